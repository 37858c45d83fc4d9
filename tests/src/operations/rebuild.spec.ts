import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type OpenClawSimulator, startOpenClawSimulator, waitFor } from '@mission-control/testing';
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { AdminClient } from '../system/admin-client.ts';
import {
  type EventStoreServer,
  type Installation,
  startInstallation,
} from '../system/installation.spec-support.ts';
import { startRestartablePostgres } from '../system/restartable-postgres.spec-support.ts';
import { setScene } from '../system/scene.ts';
import { startLoad } from './load.spec-support.ts';

const full = process.env.TEST_SIZE === 'full';
const accepted = full ? 2_000 : 40;
const kills = full ? 20 : 4;

/** A compiled checkout of the previous version. */
const previous = process.env.PREVIOUS_VERSION_DIR?.replace(/\/?$/, '/');

let eventStore: EventStoreServer | undefined;
let installation: Installation | undefined;
let openclaw: OpenClawSimulator | undefined;

afterEach(async () => {
  await installation?.stop();
  await openclaw?.stop();
  await eventStore?.stop();
});

interface Page {
  readonly items: readonly { id: string; content_type: string }[];
  readonly total: number;
  readonly next_cursor: string | null;
}
interface ProjectionState {
  readonly name: string;
  readonly build: number;
  readonly state: string;
  readonly rebuild: { readonly build: number; readonly progress: number } | null;
}

it(`a projection that was shipped with a mistake is put right by the release that corrects it, while a reader asks every 10 ms and the projector is killed ${kills} times`, async () => {
  openclaw = await startOpenClawSimulator();
  eventStore = await startRestartablePostgres();
  const running = await startInstallation({
    eventStore,
    env: { PROJECTIONS_GRACE_SECONDS: '1' },
    firstProgram: { projector: 'tests/src/operations/mistaken-projector.spec-support.ts' },
  });
  installation = running;
  const { admin } = running;
  const scene = await setScene(admin, openclaw, 'Rebuilt');
  const webhook = await scene.webhook('github', 'Create a task for each push');
  const load = startLoad(running.url, webhook, scene.secret);
  await load.more(accepted);
  await load.end();
  const path = `/api/v1/boards/${webhook.board_id}/webhooks/${webhook.id}/payloads`;
  const total = load.accepted.length;
  // The simulated agent ends its runs well.
  const handled = async () => (await admin.get<Page>(`${path}?status=handled&limit=1`)).total;
  await waitFor(async () => (await handled()) === total, { timeout: 240_000 });
  const wrong = (await admin.get<Page>(`${path}?limit=200`)).items;
  expect(new Set(wrong.map(({ content_type }) => content_type))).toEqual(new Set(['mistake']));
  const right = wrong.map((payload) => ({ ...payload, content_type: 'application/json' }));
  const messages = countMessages(openclaw);

  const reading = startReading(() => admin.call<Page>('GET', `${path}?limit=200`));
  const begun = (await admin.get<Page>(`${path}?limit=7`)).next_cursor;
  await reading.sees((page) => page.items.every(({ content_type }) => content_type === 'mistake'));
  // This one is of the release that corrects it.
  await running.services.projector.stop();
  running.services.projector.start();
  for (let n = 0; n < kills; n += 1) {
    await running.services.projector.kill();
    running.services.projector.start();
    // Somewhere between its start and the switch.
    await delay(Math.random() * 1_500);
  }
  const state = async () => {
    const { items } = await admin.get<{ items: ProjectionState[] }>('/api/v1/projections');
    return items.find(({ name }) => name === 'payloads');
  };
  await waitFor(async () => (await state())?.build === 2 && (await state())?.rebuild === null, {
    timeout: 120_000,
  });
  await reading.sees((page) => page.items.every(({ content_type }) => content_type !== 'mistake'));
  const answers = await reading.stop();

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  for (const { body } of answers) {
    expect([body.total, body.items.length]).toEqual([total, Math.min(total, 200)]);
    const mistakes = body.items.filter(({ content_type }) => content_type === 'mistake');
    expect([0, body.items.length]).toContain(mistakes.length);
  }
  expect((await admin.get<Page>(`${path}?limit=200`)).items).toEqual(right);
  // A page that was begun in the old build continues in the new one.
  expect((await admin.get<Page>(`${path}?limit=193&cursor=${begun}`)).items).toEqual(right.slice(7));
  expect(countMessages(openclaw)).toBe(messages);

  // The old build is dropped once nobody reads it.
  const database = new pg.Client({ connectionString: running.servers.readModels.url });
  await database.connect();
  await waitFor(
    async () => (await database.query('select from board_webhook_payloads limit 1')).rowCount === 0,
    { timeout: 120_000 },
  );
  await database.end();
  expect((await admin.get<Page>(`${path}?limit=200`)).items).toEqual(right);
}, 900_000);

it('what the previous version stored is rebuilt by itself, while that version goes on beside', async ({
  skip,
}) => {
  if (!previous) return skip('needs PREVIOUS_VERSION_DIR, a compiled checkout of the previous version');
  openclaw = await startOpenClawSimulator();
  eventStore = await startRestartablePostgres();
  const token = randomBytes(32).toString('hex');
  const env = { LOCAL_AUTH_TOKEN: token, PROJECTIONS_GRACE_SECONDS: '0' };
  const running = await startInstallation({ eventStore, root: previous, env });
  installation = running;
  const previousAdmin = new AdminClient(running.url, token);
  const scene = await setScene(previousAdmin, openclaw, 'Previous');
  const webhook = await scene.webhook('github', 'Create a task for each push');
  const load = startLoad(running.url, webhook, scene.secret);
  await load.more(accepted);
  // As if this version had raised the version of the projection.
  const readModels = new pg.Client({ connectionString: running.servers.readModels.url });
  await readModels.connect();
  await readModels.query(
    `update projection_checkpoints set version = version - 1 where projection = 'payloads'`,
  );

  await running.startAnother('projector');
  const admin = new AdminClient((await running.startAnother('admin-api')).url, token);
  const state = async () => {
    const { items } = await admin.get<{ items: ProjectionState[] }>('/api/v1/projections');
    return items.find(({ name }) => name === 'payloads');
  };
  await waitFor(async () => (await state())?.build === 2, { timeout: 120_000 });
  await load.more(10);
  await load.end();
  await readModels.end();
  const path = `/api/v1/boards/${webhook.board_id}/webhooks/${webhook.id}/payloads?status=handled&limit=200`;
  const handled = (client: AdminClient) => client.get<Page>(path);
  for (const client of [previousAdmin, admin])
    await waitFor(async () => (await handled(client)).total === load.accepted.length, { timeout: 240_000 });
  // A newer version may show more of a payload.
  expect((await handled(admin)).items).toMatchObject((await handled(previousAdmin)).items);
  // The previous version goes on, in the old build or the new one.
  expect(running.services.projector.output()).not.toContain('projection payloads failed');
}, 900_000);

const countMessages = (simulator: OpenClawSimulator): number =>
  Object.values(simulator.consumed()).flat().length;

/** Reads every 10 ms. */
const startReading = <T>(read: () => Promise<{ status: number; body: T }>) => {
  const answers: { status: number; body: T }[] = [];
  let isDone = false;
  const reading = (async () => {
    while (!isDone) {
      answers.push(await read());
      await delay(10);
    }
  })();
  reading.catch(() => {});
  return {
    sees: (wanted: (body: T) => boolean) =>
      waitFor(() => answers.some(({ status, body }) => status === 200 && wanted(body)), { timeout: 60_000 }),
    stop: async () => {
      isDone = true;
      await reading;
      return answers;
    },
  };
};
