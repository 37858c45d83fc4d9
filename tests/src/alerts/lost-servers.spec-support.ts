import { noRedisServer } from '@mission-control/test-servers';
import { expect } from 'vitest';
import type { Case } from './case.spec-support.ts';
import { allAre, greatest } from './scrape.spec-support.ts';

/** Servers and services that end, until they are started again. */
export const lostServers: readonly Case[] = [
  {
    name: 'the event store is killed, until it is started',
    fires: ['EventStoreAway', 'IngestFailing', 'ServiceNotReady'],
    fault: async ({ eventStore, send }) => ({
      begin: () => eventStore.kill(),
      shows: (scraped) =>
        allAre(0, scraped, 'mission_control_readiness_check', 'check="event_store"') &&
        allAre(0, scraped, 'mission_control_ready'),
      meanwhile: async () => expect(new Set(await send(5))).toEqual(new Set([503])),
      mitigate: () => eventStore.start(),
    }),
  },
  {
    name: 'Postgres of the read models is killed, until it is started',
    fires: ['ProjectionLagging', 'ReadModelsAway', 'ServiceNotReady'],
    fault: async ({ installation: { servers }, accepted }) => ({
      begin: async () => {
        await servers.readModels.kill();
        await accepted(1);
      },
      shows: (scraped) =>
        allAre(0, scraped, 'mission_control_readiness_check', 'job="projector"', 'check="database"') &&
        allAre(0, scraped, 'mission_control_readiness_check', 'job="admin-api"', 'check="read_models"') &&
        greatest(scraped, 'mission_control_projection_lag_seconds') > 0,
      mitigate: () => servers.readModels.start(),
    }),
  },
  {
    name: 'NATS is killed, until it is started',
    fires: ['NatsAway', 'RelayLagging', 'ServiceNotReady'],
    fault: async ({ installation: { servers }, accepted }) => ({
      begin: () => servers.nats.kill(),
      shows: (scraped) => allAre(0, scraped, 'mission_control_readiness_check', 'check="nats"'),
      meanwhile: () => accepted(1),
      mitigate: () => servers.nats.restart(),
    }),
  },
  {
    name: 'Redis is killed, until it is started',
    fires: ['RateLimitRedisAway'],
    lacks: noRedisServer,
    fault: async ({ installation: { servers }, accepted }) => ({
      begin: async () => servers.redis?.kill(),
      shows: (scraped) => allAre(0, scraped, 'mission_control_rate_limit_redis_up'),
      meanwhile: () => accepted(3),
      mitigate: async () => servers.redis?.restart(),
    }),
  },
  {
    name: 'the notifier is killed, until it is started',
    fires: ['DeliveriesWaiting', 'ServiceDown', 'ServiceMissing'],
    fault: async ({ installation: { services }, accepted }) => ({
      begin: async () => {
        await services.notifier.kill();
        await accepted(1);
      },
      shows: (scraped) =>
        allAre(0, scraped, 'up', 'job="notifier"') &&
        greatest(scraped, 'mission_control_relay_outstanding_age_seconds') > 0,
      mitigate: async () => {
        services.notifier.start();
        await services.notifier.ready();
      },
    }),
  },
];
