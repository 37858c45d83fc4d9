import 'reflect-metadata';
import { openInstallationLog } from '@mission-control/installation';
import { connectMessaging } from '@mission-control/messaging';
import { connectOpenClaw } from '@mission-control/openclaw';
import { runService } from '@mission-control/runtime';
import { notifierVariables } from './config.ts';
import { startNotifier } from './notifier.ts';

await runService({
  name: 'notifier',
  managementPort: 9104,
  variables: notifierVariables,
  start: (context) => {
    const { config, log, signal } = context;
    return startNotifier(context, {
      openStore: () => openInstallationLog(context, 'notifier'),
      connect: () => connectMessaging(config.NATS_URL, 'notifier', log, signal, config.EVENTSTORE_PREFIX),
      connectOpenClaw,
    });
  },
});
