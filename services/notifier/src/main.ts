import 'reflect-metadata';
import { openEventStore } from '@mission-control/event-store';
import { connectMessaging } from '@mission-control/messaging';
import { connectOpenClaw } from '@mission-control/openclaw';
import { ConfigError, runService } from '@mission-control/runtime';
import { notifierVariables } from './config.ts';
import { startNotifier } from './notifier.ts';

await runService({
  name: 'notifier',
  managementPort: 9104,
  variables: notifierVariables,
  start: (context) => {
    const { config, log, signal } = context;
    const url = config.EVENTSTORE_URL ?? config.DATABASE_URL;
    if (!url) {
      throw new ConfigError([
        'EVENTSTORE_URL is missing, and DATABASE_URL, which stands in for it, too. Example: EVENTSTORE_URL=postgres://user:password@localhost:5432/mission_control',
      ]);
    }
    return startNotifier(context, {
      openStore: () => openEventStore(url, { name: 'notifier', log }),
      connect: () => connectMessaging(config.NATS_URL, 'notifier', log, signal),
      connectOpenClaw,
    });
  },
});
