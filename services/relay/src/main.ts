import { openInstallationLog } from '@mission-control/installation';
import { connectMessaging } from '@mission-control/messaging';
import { runService } from '@mission-control/runtime';
import { relayVariables } from './config.ts';
import { startRelay } from './relay.ts';

await runService({
  name: 'relay',
  managementPort: 9103,
  variables: relayVariables,
  start: (context) => {
    const { config, log, signal } = context;
    return startRelay(context, {
      openStore: () => openInstallationLog(context, 'relay'),
      connect: () => connectMessaging(config.NATS_URL, 'relay', log, signal, config.EVENTSTORE_PREFIX),
    });
  },
});
