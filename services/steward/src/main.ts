import { openEventStore } from '@mission-control/event-store';
import { ConfigError, runService } from '@mission-control/runtime';
import { stewardVariables } from './config.ts';
import { startSteward } from './steward.ts';

await runService({
  name: 'steward',
  managementPort: 9105,
  variables: stewardVariables,
  start: (context) => {
    const { config, log } = context;
    const url = config.EVENTSTORE_URL ?? config.DATABASE_URL;
    if (!url) {
      throw new ConfigError([
        'EVENTSTORE_URL is missing, and DATABASE_URL, which stands in for it, too. Example: EVENTSTORE_URL=postgres://user:password@localhost:5432/mission_control',
      ]);
    }
    return startSteward(context, () => openEventStore(url, { name: 'steward', log }));
  },
});
