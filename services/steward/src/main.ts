import { openEventStore } from '@mission-control/event-store';
import { eventStoreUrlOf, runService } from '@mission-control/runtime';
import { stewardVariables } from './config.ts';
import { startSteward } from './steward.ts';

await runService({
  name: 'steward',
  managementPort: 9105,
  variables: stewardVariables,
  start: (context) => {
    const { config, log, metrics } = context;
    const url = eventStoreUrlOf(config);
    return startSteward(context, () => openEventStore(url, { name: 'steward', log, meter: metrics.meter }));
  },
});
