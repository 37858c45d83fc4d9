import { randomBytes, randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createTestDatabase,
  startTestNats,
  type TestDatabase,
  type TestNats,
} from '@mission-control/test-servers';
import { type OpenClawSimulator, startOpenClawSimulator, waitFor } from '@mission-control/testing';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { githubDelivery } from './senders/github.ts';
import { postUntilAccepted } from './senders/post.ts';
import { githubPush } from './senders/samples.ts';
import { describeOnEventStores, type StartedEventStore } from './system/event-stores.spec-support.ts';
import { type Scene, setScene, type Webhook } from './system/scene.ts';
import { startProcess } from './system/service-process.ts';
import { type RunningSystem, startSystem } from './system/standalone.ts';

/** A system with its own data directory, agents and webhook, and what it shares with the other one. */
interface Installation {
  readonly system: RunningSystem;
  readonly openclaw: OpenClawSimulator;
  readonly scene: Scene;
  readonly webhook: Webhook;
}

const deliveries = 10;

let database: TestDatabase;
let nats: TestNats;
let eventStore: StartedEventStore;
let one: Installation;
let other: Installation;

const shared = () => ({
  DATABASE_URL: database.url,
  EVENTSTORE_URL: eventStore.url,
  EVENTSTORE_PREFIX: eventStore.prefix,
  NATS_URL: nats.url,
  LOG_LEVEL: 'warn',
});

const install = async (name: string, prefix: string): Promise<Installation> => {
  const system = await startSystem({ env: { ...shared(), EVENTSTORE_PREFIX: prefix } });
  const openclaw = await startOpenClawSimulator();
  const scene = await setScene(system.admin, openclaw, name);
  return { system, openclaw, scene, webhook: await scene.webhook('github', 'Read it') };
};

/** Of two installations, one has no prefix, unless their server is shared with others. */
const otherPrefix = (): string => (eventStore.prefix === '' ? 'acme' : `${eventStore.prefix}_acme`);

const idOf = async ({ system }: Installation): Promise<string> =>
  (await readFile(join(system.dataDir, 'installation-id'), 'utf8')).trim();

const deliveryTo = ({ scene, webhook }: Installation, url: string, number: number) =>
  githubDelivery(`${url}${webhook.endpoint_path}`, scene.secret, 'push', { ...githubPush(), number });

const messagesIn = ({ openclaw }: Installation) => Object.values(openclaw.sessions()).flat();

describeOnEventStores(
  'two installations on one event store, database and nats-server',
  'postgres',
  ({ start }) => {
    beforeAll(async () => {
      [database, nats, eventStore] = await Promise.all([createTestDatabase(), startTestNats(), start()]);
      one = await install('Without', eventStore.prefix);
      other = await install('Prefixed', otherPrefix());
    });
    afterAll(async () => {
      for (const installation of [one, other]) {
        await installation?.system.stop();
        await installation?.openclaw.stop();
      }
      await eventStore?.stop();
      await nats?.stop();
      await database?.drop();
    });

    it('each tells its own agents about its own payloads, and shows nothing of the other', async () => {
      const accepted = await Promise.all(
        [one, other].map(async (installation) => {
          const ids: string[] = [];
          for (let number = 0; number < deliveries; number += 1) {
            const delivery = await deliveryTo(installation, installation.system.url, number);
            ids.push((await postUntilAccepted(delivery)).payloadId);
          }
          return ids;
        }),
      );
      for (const [index, installation] of [one, other].entries()) {
        const { system, scene, webhook } = installation;
        const path = `/api/v1/boards/${scene.boardId}/webhooks/${webhook.id}/payloads`;
        await waitFor(
          async () =>
            (await system.admin.get<{ total: number }>(`${path}?status=handled&limit=1`)).total ===
            deliveries,
          { timeout: 240_000 },
        );
        const payloads = await system.admin.get<{ items: { id: string }[] }>(`${path}?limit=100`);
        expect(payloads.items.map(({ id }) => id).sort()).toEqual(accepted[index]?.toSorted());
        const boards = await system.admin.get<{ items: { id: string }[] }>('/api/v1/boards');
        expect(boards.items.map(({ id }) => id)).toEqual([scene.boardId]);
        const told = messagesIn(installation).map(({ text }) => /^Payload ID: (\S+)$/m.exec(text)?.[1]);
        expect(told.sort()).toEqual(accepted[index]?.toSorted());
      }
    }, 600_000);

    it('neither knows the webhooks and boards of the other', async () => {
      for (const [own, foreign] of [
        [one, other],
        [other, one],
      ] as const) {
        const { url, body, headers } = await deliveryTo(foreign, own.system.url, 99);
        expect((await fetch(url, { method: 'POST', body, headers })).status).toBe(404);
        const board = `/api/v1/boards/${foreign.scene.boardId}`;
        expect((await own.system.admin.call('GET', board)).status).toBe(404);
        expect((await own.system.admin.call('PATCH', board, { name: 'Taken' })).status).toBe(404);
      }
    }, 120_000);

    it('each has a stream of its own in JetStream', async () => {
      const { host, username, password } = new URL(nats.url);
      const connection = await connect({
        servers: host,
        ...(username && { user: username, pass: password }),
      });
      const manager = await jetstreamManager(connection);
      const found = await Array.fromAsync(manager.streams.list());
      expect(found.map(({ config }) => [config.name, config.subjects]).sort()).toEqual(
        [eventStore.prefix, otherPrefix()].map((prefix) => {
          const suffix = prefix === '' ? '' : `_${prefix}`;
          return [`DELIVERIES${suffix}`, [`deliveries${suffix}.>`]];
        }),
      );
      await connection.close();
    });

    it('a third one with a prefix that is taken, or without one like another, refuses to start with one message', async () => {
      for (const [prefix, owner] of [
        [eventStore.prefix, one],
        [otherPrefix(), other],
      ] as const) {
        const ownerId = await idOf(owner);
        const refused = await startSystem({ env: { ...shared(), EVENTSTORE_PREFIX: prefix } }).then(
          async (started) => `started: ${await started.stop()}`,
          (error) => String(error.message),
        );
        expect(refused).toContain(`belongs to the installation ${ownerId} since`);
        expect(refused).toContain('set EVENTSTORE_PREFIX');
        expect(refused).toContain(`set INSTALLATION_ID=${ownerId}`);
        expect(refused.match(/belongs to the installation/g)).toHaveLength(1);
      }
    }, 240_000);

    it.each(['gateway', 'admin-api', 'projector', 'relay', 'notifier', 'steward'])(
      'a %s of a third one refuses to start, too',
      async (service) => {
        const started = startProcess(`services/${service}/dist/main.js`, {
          env: {
            ...shared(),
            EVENTSTORE_URL: eventStore.url ?? database.url,
            INSTALLATION_ID: randomUUID(),
            ENCRYPTION_KEY: randomBytes(32).toString('base64'),
            LOCAL_AUTH_TOKEN: randomBytes(32).toString('hex'),
            BASE_URL: 'http://mission-control.test',
            ADMIN_API_URL: one.system.url,
            PORT: '0',
            MANAGEMENT_PORT: '0',
          },
        });
        expect(await started.exited).toBe(1);
        expect(started.output()).toContain(
          `${service} cannot start:\nThe event store (EVENTSTORE_URL) belongs to`,
        );
        expect(started.output()).toContain(`INSTALLATION_ID=${await idOf(one)}`);
      },
      120_000,
    );

    it('each keeps its id in a file that only its owner may read', async () => {
      const file = join(other.system.dataDir, 'installation-id');
      expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600');
      expect(await idOf(one)).not.toBe(await idOf(other));
    });
  },
);
