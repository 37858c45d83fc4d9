export { claimLog } from './claim-log.ts';
export { openInstallationLog } from './open-log.ts';
export { requireNoUnfinishedCopy } from './unfinished-copy.ts';
