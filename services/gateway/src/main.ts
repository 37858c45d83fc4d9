import { openEventStore } from '@mission-control/event-store';
import { ConfigError, runService } from '@mission-control/runtime';
import { gatewayVariables } from './config.ts';
import { startGateway } from './gateway.ts';

await runService({
  name: 'gateway',
  managementPort: 9100,
  variables: gatewayVariables,
  start: (context) => {
    const { EVENTSTORE_URL, DATABASE_URL } = context.config;
    const url = EVENTSTORE_URL ?? DATABASE_URL;
    if (!url) {
      throw new ConfigError([
        'EVENTSTORE_URL is missing, and DATABASE_URL, which stands in for it, too. Example: EVENTSTORE_URL=postgres://user:password@localhost:5432/mission_control',
      ]);
    }
    return startGateway(context, () => openEventStore(url, { name: 'gateway', log: context.log }));
  },
});
