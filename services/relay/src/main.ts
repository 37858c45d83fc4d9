import { openEventStore } from '@mission-control/event-store';
import { connectMessaging } from '@mission-control/messaging';
import { eventStoreUrlOf, runService } from '@mission-control/runtime';
import { relayVariables } from './config.ts';
import { startRelay } from './relay.ts';

await runService({
  name: 'relay',
  managementPort: 9103,
  variables: relayVariables,
  start: (context) => {
    const { config, log, metrics, signal } = context;
    const url = eventStoreUrlOf(config);
    return startRelay(context, {
      openStore: () => openEventStore(url, { name: 'relay', log, meter: metrics.meter }),
      connect: () => connectMessaging(config.NATS_URL, 'relay', log, signal),
    });
  },
});
