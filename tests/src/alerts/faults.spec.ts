import { randomBytes } from 'node:crypto';
import { streams } from '@mission-control/contracts';
import { openEventStore } from '@mission-control/event-store';
import { Scene as Facts } from '@mission-control/test-scene';
import { noRedisServer } from '@mission-control/test-servers';
import { type OpenClawSimulator, startOpenClawSimulator, waitFor } from '@mission-control/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { githubDelivery } from '../senders/github.ts';
import { type Installation, startInstallation } from '../system/installation.spec-support.ts';
import {
  type RestartablePostgres,
  startRestartablePostgres,
} from '../system/restartable-postgres.spec-support.ts';
import { type Scene, setScene, type Webhook } from '../system/scene.ts';
import { fire } from './fire.spec-support.ts';
import { noPromtool } from './promtool.spec-support.ts';
import { type Snapshot, scrape, type Target, valuesOf } from './scrape.spec-support.ts';

let eventStore: RestartablePostgres;
let installation: Installation;
/** What Prometheus would scrape. */
let targets: Target[];
let openclaw: OpenClawSimulator;
let scene: Scene;
let webhook: Webhook;

/** Sends that many payloads and resolves to the status codes. */
const send = (count: number, to = webhook, secret = scene.secret): Promise<number[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const delivery = await githubDelivery(`${installation.url}${to.endpoint_path}`, secret, 'push', { n });
      const { url, body, headers } = delivery;
      const answer = await fetch(url, { method: 'POST', body, headers });
      await answer.arrayBuffer();
      return answer.status;
    }),
  );
const accepted = async (count: number, to = webhook) =>
  expect(new Set(await send(count, to))).toEqual(new Set([202]));

const every = (scraped: Snapshot, value: number, metric: string, ...labels: string[]): boolean => {
  const values = valuesOf(scraped, metric, ...labels);
  return values.length > 0 && values.every((one) => one === value);
};
const parked = (scraped: Snapshot): number =>
  Math.max(0, ...valuesOf(scraped, 'mission_control_delivery_outcomes_total', 'outcome="parked"'));
const some = (scraped: Snapshot, metric: string, ...labels: string[]): boolean =>
  valuesOf(scraped, metric, ...labels).some((value) => value > 0);

describe.skipIf(noPromtool !== null)('the alerts on what is scraped', () => {
  beforeAll(async () => {
    openclaw = await startOpenClawSimulator();
    eventStore = await startRestartablePostgres();
    installation = await startInstallation({
      eventStore,
      redis: noRedisServer === null,
      env: {
        WEBHOOK_RATE_LIMIT: '1000000/60',
        WEBHOOK_REJECTION_RATE_LIMIT: '1000000/60',
        NOTIFIER_RETRY_BASE_SECONDS: '0.1',
        NOTIFIER_RETRY_MAX_SECONDS: '0.5',
      },
    });
    targets = Object.values(installation.services).map(({ name: job, instance }) => ({ job, instance }));
    scene = await setScene(installation.admin, openclaw, 'Alerts');
    webhook = await scene.webhook('github', 'Look at each push');
    await accepted(1);
    await openclaw.waitForMessage(({ text }) => text.includes(webhook.id));
  });
  afterAll(async () => {
    await installation?.stop();
    await eventStore?.stop();
    await openclaw?.stop();
  });

  it('the event store is killed: EventStoreAway, IngestFailing and ServiceNotReady until it is started', async () => {
    await fire(targets, {
      fires: ['EventStoreAway', 'IngestFailing', 'ServiceNotReady'],
      begin: () => eventStore.kill(),
      shows: (scraped) =>
        every(scraped, 0, 'mission_control_readiness_check', 'check="event_store"') &&
        every(scraped, 0, 'mission_control_ready'),
      meanwhile: async () => expect(new Set(await send(5))).toEqual(new Set([503])),
      mitigate: () => eventStore.start(),
    });
  });

  it('a session locks a table of the projector: ProjectionLagging until the blocking session is ended', async () => {
    const { url } = installation.servers.readModels;
    const blocker = new pg.Client({ connectionString: url });
    blocker.on('error', () => {});
    await fire(targets, {
      fires: ['ProjectionLagging'],
      begin: async () => {
        await blocker.connect();
        await blocker.query('begin');
        await blocker.query(`lock table ${await tableIn(url, 'board_webhook_payloads')} in exclusive mode`);
        await accepted(1);
      },
      shows: (scraped) => some(scraped, 'mission_control_projection_lag_seconds', 'projection="payloads"'),
      mitigate: () =>
        query(
          url,
          `select pg_terminate_backend(blocker) from (select distinct unnest(pg_blocking_pids(pid)) as blocker
             from pg_stat_activity where wait_event_type = 'Lock') as blocking`,
        ),
    });
  });

  it('the OpenClaw gateway refuses connections: OpenClawGatewayAway and DeliveriesWaiting until it is started', async () => {
    await fire(targets, {
      fires: ['DeliveriesWaiting', 'OpenClawGatewayAway'],
      begin: async () => {
        await openclaw.fail({ mode: 'refuse_connections' });
        await accepted(3);
      },
      shows: (scraped) =>
        every(scraped, 0, 'mission_control_openclaw_gateway_available') &&
        some(scraped, 'mission_control_relay_outstanding_age_seconds'),
      mitigate: () => openclaw.heal(),
    });
  });

  it('the notifier is killed: ServiceDown, ServiceMissing and DeliveriesWaiting until it is started', async () => {
    await fire(targets, {
      fires: ['DeliveriesWaiting', 'ServiceDown', 'ServiceMissing'],
      begin: async () => {
        await installation.services.notifier.kill();
        await accepted(1);
      },
      shows: (scraped) =>
        every(scraped, 0, 'up', 'job="notifier"') &&
        some(scraped, 'mission_control_relay_outstanding_age_seconds'),
      mitigate: async () => {
        installation.services.notifier.start();
        await installation.services.notifier.ready();
      },
    });
  });

  it('NATS is killed: NatsAway, RelayLagging and ServiceNotReady until it is started', async () => {
    await fire(targets, {
      fires: ['NatsAway', 'RelayLagging', 'ServiceNotReady'],
      begin: () => installation.servers.nats.kill(),
      shows: (scraped) => every(scraped, 0, 'mission_control_readiness_check', 'check="nats"'),
      meanwhile: () => accepted(1),
      mitigate: () => installation.servers.nats.restart(),
    });
  });

  it('a sender signs with a wrong secret: RejectionsSpiking until the webhook has that secret', async () => {
    const senders = randomBytes(24).toString('hex');
    const misled = await scene.webhook('github', 'Its sender has another secret');
    await fire(targets, {
      fires: ['RejectionsSpiking'],
      begin: async () => expect(await send(1, misled, senders)).toEqual([403]),
      shows: (scraped) =>
        some(scraped, 'mission_control_ingest_rejections_total', 'code="signature_invalid"'),
      meanwhile: async () => expect(new Set(await send(10, misled, senders))).toEqual(new Set([403])),
      mitigate: async () => {
        await installation.admin.patch(pathOf(misled), { secret: senders });
        expect(await send(1, misled, senders)).toEqual([202]);
      },
    });
  });

  it('a stored secret was changed: SecretsUnreadable and IngestFailing until the secret is set again', async () => {
    const broken = await scene.webhook('github', 'Its secret becomes unreadable');
    await fire(targets, {
      fires: ['IngestFailing', 'SecretsUnreadable'],
      begin: () => changeStoredSecret(broken),
      shows: (scraped) => every(scraped, 1, 'mission_control_ready'),
      meanwhile: async () => expect(new Set(await send(5, broken))).toEqual(new Set([503])),
      mitigate: async () => {
        await installation.admin.patch(pathOf(broken), { secret: scene.secret });
        await accepted(1, broken);
      },
    });
  });

  it('Redis is killed: RateLimitRedisAway until it is started', async (context) => {
    const { redis } = installation.servers;
    if (redis === null) return context.skip(noRedisServer ?? '');
    await fire(targets, {
      fires: ['RateLimitRedisAway'],
      begin: () => redis.kill(),
      shows: (scraped) => every(scraped, 0, 'mission_control_rate_limit_redis_up'),
      meanwhile: () => accepted(3),
      mitigate: () => redis.restart(),
    });
  });

  it('an agent has no session: DeliveriesParked until it has one', async () => {
    const { admin } = installation;
    const agent = await admin.post<{ id: string }>('/api/v1/agents', {
      board_id: scene.boardId,
      name: 'Without a session',
    });
    const sent = await admin.post<Webhook>(`/api/v1/boards/${scene.boardId}/webhooks`, {
      description: 'Its agent has no session',
      enabled: true,
      agent_id: agent.id,
      secret: scene.secret,
      preset: 'github',
    });
    await fire(targets, {
      fires: ['DeliveriesParked'],
      begin: () => accepted(1, sent),
      shows: (scraped) => parked(scraped) > 0,
      meanwhile: async () => {
        await accepted(3, sent);
        await waitFor(async () => parked(await scrape(targets)) > 1);
      },
      mitigate: async () => {
        const session = 'agent:main:given-later';
        await admin.patch(`/api/v1/agents/${agent.id}`, { openclaw_session_id: session });
        await openclaw.waitForMessage(({ text }) => text.includes(sent.id));
      },
    });
  });

  it('Postgres of the read models is killed: ReadModelsAway, ProjectionLagging and ServiceNotReady until it is started', async () => {
    await fire(targets, {
      fires: ['ProjectionLagging', 'ReadModelsAway', 'ServiceNotReady'],
      begin: async () => {
        await installation.servers.readModels.kill();
        await accepted(1);
      },
      shows: (scraped) =>
        every(scraped, 0, 'mission_control_readiness_check', 'job="projector"', 'check="database"') &&
        every(scraped, 0, 'mission_control_readiness_check', 'job="admin-api"', 'check="read_models"') &&
        some(scraped, 'mission_control_projection_lag_seconds'),
      mitigate: () => installation.servers.readModels.start(),
    });
  });

  const pathOf = ({ id }: Webhook) => `/api/v1/boards/${scene.boardId}/webhooks/${id}`;

  /** Puts the secret of another webhook in the place of its own, which binds each secret to its webhook. */
  const changeStoredSecret = async ({ id, board_id: boardId }: Webhook) => {
    const store = await openEventStore(eventStore.url);
    try {
      const facts = new Facts(store);
      const created = (await facts.facts(streams.webhook(webhook.id))).find(
        (fact) => fact.type === 'WebhookCreated',
      );
      if (created?.type !== 'WebhookCreated') throw new Error('There is no such webhook.');
      await facts.append(streams.webhook(id), {
        type: 'WebhookUpdated',
        data: { webhookId: id, boardId, secret: created.data.secret },
      });
    } finally {
      await store.close();
    }
  };
});

if (noPromtool) it('promtool evaluates the alerts', (context) => context.skip(noPromtool ?? ''));

const query = async (url: string, sql: string): Promise<Record<string, string>[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

/** With its schema. */
const tableIn = async (url: string, table: string): Promise<string> => {
  const found = await query(url, `select schemaname from pg_tables where tablename = '${table}'`);
  return `${found[0]?.schemaname}.${table}`;
};
