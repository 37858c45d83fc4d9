import { openEventStore } from '@mission-control/event-store';
import { eventStoreUrlOf, runService } from '@mission-control/runtime';
import { gatewayVariables } from './config.ts';
import { startGateway } from './gateway.ts';

await runService({
  name: 'gateway',
  managementPort: 9100,
  variables: gatewayVariables,
  start: (context) => {
    const url = eventStoreUrlOf(context.config);
    return startGateway(context, () => openEventStore(url, { name: 'gateway', log: context.log }));
  },
});
