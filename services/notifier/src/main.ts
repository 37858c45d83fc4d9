import 'reflect-metadata';
import { openEventStore } from '@mission-control/event-store';
import { connectMessaging } from '@mission-control/messaging';
import { connectOpenClaw } from '@mission-control/openclaw';
import { eventStoreUrlOf, runService } from '@mission-control/runtime';
import { notifierVariables } from './config.ts';
import { startNotifier } from './notifier.ts';

await runService({
  name: 'notifier',
  managementPort: 9104,
  variables: notifierVariables,
  start: (context) => {
    const { config, log, metrics, signal } = context;
    const url = eventStoreUrlOf(config);
    return startNotifier(context, {
      openStore: () => openEventStore(url, { name: 'notifier', log, meter: metrics.meter }),
      connect: () => connectMessaging(config.NATS_URL, 'notifier', log, signal),
      connectOpenClaw,
    });
  },
});
