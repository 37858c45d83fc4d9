import { openInstallationLog } from '@mission-control/installation';
import { runService } from '@mission-control/runtime';
import { gatewayVariables } from './config.ts';
import { startGateway } from './gateway.ts';
import { largestEventOf } from './ingest/largest-event.ts';

await runService({
  name: 'gateway',
  managementPort: 9100,
  variables: gatewayVariables,
  start: (context) => {
    const largestEvent = largestEventOf(context.config.WEBHOOK_MAX_PAYLOAD_BYTES);
    return startGateway(context, () => openInstallationLog(context, 'gateway', { largestEvent }));
  },
});
