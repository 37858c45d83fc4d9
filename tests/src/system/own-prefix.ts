import { randomBytes } from 'node:crypto';

/** A prefix (`EVENTSTORE_PREFIX`) that nothing else uses, for a server whose log is shared with other runs. */
export const ownPrefix = (): string => `run_${randomBytes(6).toString('hex')}`;
