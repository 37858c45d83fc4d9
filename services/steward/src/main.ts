import { openInstallationLog } from '@mission-control/installation';
import { runService } from '@mission-control/runtime';
import { stewardVariables } from './config.ts';
import { startSteward } from './steward.ts';

await runService({
  name: 'steward',
  managementPort: 9105,
  variables: stewardVariables,
  start: (context) => startSteward(context, () => openInstallationLog(context, 'steward')),
});
