import { openEventStore } from '@mission-control/event-store';
import { eventStoreUrlOf, runService } from '@mission-control/runtime';
import { gatewayVariables } from './config.ts';
import { startGateway } from './gateway.ts';
import { largestEventOf } from './ingest/largest-event.ts';

await runService({
  name: 'gateway',
  managementPort: 9100,
  variables: gatewayVariables,
  start: (context) => {
    const url = eventStoreUrlOf(context.config);
    const { log, metrics, config } = context;
    const largestEvent = largestEventOf(config.WEBHOOK_MAX_PAYLOAD_BYTES);
    return startGateway(context, () =>
      openEventStore(url, { name: 'gateway', log, meter: metrics.meter, largestEvent }),
    );
  },
});
