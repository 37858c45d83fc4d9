import { openEventStore } from '@mission-control/event-store';
import { connectMessaging } from '@mission-control/messaging';
import { ConfigError, runService } from '@mission-control/runtime';
import { relayVariables } from './config.ts';
import { startRelay } from './relay.ts';

await runService({
  name: 'relay',
  managementPort: 9103,
  variables: relayVariables,
  start: (context) => {
    const { config, log, signal } = context;
    const url = config.EVENTSTORE_URL ?? config.DATABASE_URL;
    if (!url) {
      throw new ConfigError([
        'EVENTSTORE_URL is missing, and DATABASE_URL, which stands in for it, too. Example: EVENTSTORE_URL=postgres://user:password@localhost:5432/mission_control',
      ]);
    }
    return startRelay(context, {
      openStore: () => openEventStore(url, { name: 'relay', log }),
      connect: () => connectMessaging(config.NATS_URL, 'relay', log, signal),
    });
  },
});
