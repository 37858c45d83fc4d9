import { randomUUID } from 'node:crypto';
import { type EventData, parseEvent, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { freePorts } from '@mission-control/free-ports';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import {
  type EventStoreDbFake,
  type OpenClawSimulator,
  startEventStoreDbFake,
  startOpenClawSimulator,
  waitFor,
} from '@mission-control/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runEvents } from '../logs/events-command.spec-support.ts';
import { githubDelivery } from '../senders/github.ts';
import { type Delivery, postUntilAccepted } from '../senders/post.ts';
import { type Scene, setScene, type Webhook } from '../system/scene.ts';
import { type Service, startService } from '../system/service.spec-support.ts';
import { type RunningSystem, startSystem } from '../system/standalone.ts';
import { type Rows, rowsOf, withoutPositions } from './rows.spec-support.ts';

const patience = { timeout: 240_000, pause: 100 };
const unknown = '0198b1ad-2f6c-4c2e-8f0a-3d1f6a2b9c10';
/** The new read models would not be those of the log without it. */
const installationId = randomUUID();

let log: TestDatabase;
let models: TestDatabase;
let copiedModels: TestDatabase;
let fake: EventStoreDbFake;
let openclaw: OpenClawSimulator;
let store: EventStore;
let copied: EventStore | undefined;
let system: RunningSystem;
let projector: Service | undefined;
let scene: Scene;

beforeAll(async () => {
  [log, models, copiedModels] = [
    await createTestDatabase(),
    await createTestDatabase(),
    await createTestDatabase(),
  ];
  [fake, openclaw] = [
    await startEventStoreDbFake({ maxAppendSize: 4 * 1024 * 1024 }),
    await startOpenClawSimulator(),
  ];
  store = await openEventStore(log.url);
  system = await startSystem({
    env: {
      EVENTSTORE_URL: log.url,
      DATABASE_URL: models.url,
      WEBHOOK_RATE_LIMIT: '0',
      WEBHOOK_RETENTION_CHECK_SECONDS: '1',
      PROJECTIONS_GRACE_SECONDS: '0',
      INSTALLATION_ID: installationId,
    },
  });
  scene = await setScene(system.admin, openclaw, 'Seams');
});
afterAll(async () => {
  await projector?.kill();
  await system?.stop();
  await store?.close();
  await copied?.close();
  await openclaw?.stop();
  await fake?.stop();
  for (const database of [copiedModels, models, log]) await database?.drop();
});

interface Replay {
  readonly id: string;
  readonly state: string;
}
interface Page<T = { readonly id: string }> {
  readonly items: readonly T[];
  readonly total: number;
}

const pathOf = (webhook: Webhook) => `/api/v1/boards/${webhook.board_id}/webhooks/${webhook.id}`;
const ofBoard = (path: string) => `/api/v1/boards/${scene.boardId}/${path}`;
const total = async (path: string) => (await system.admin.get<Page>(path)).total;
const payloadsIn = (webhook: Webhook, count: number, query = '') =>
  waitFor(async () => (await total(`${pathOf(webhook)}/payloads?limit=1${query}`)) === count, patience);

/** Resolves to the deliveries, in the order of arrival, with the ids of their payloads. */
const send = async (webhook: Webhook, count: number): Promise<{ delivery: Delivery; id: string }[]> => {
  const all = [];
  for (let number = 0; number < count; number += 1) {
    const url = `${system.url}${webhook.endpoint_path}`;
    const delivery = await githubDelivery(url, scene.secret, 'push', { number });
    all.push({ delivery, id: (await postUntilAccepted(delivery)).payloadId });
  }
  return all;
};

const replay = async (path: string, body: object): Promise<Replay> => {
  const { id } = await system.admin.post<Replay>(path, { rate: 200, ...body });
  return waitFor(async () => {
    const shown = await system.admin.get<Replay>(ofBoard(`replays/${id}`));
    return shown.state === 'completed' && shown;
  }, patience);
};

/** Resolves when the others are removed, from the log as well. */
const keep = async (webhook: Webhook, payloads: number): Promise<void> => {
  await system.admin.patch(pathOf(webhook), { retention: { max_payloads: payloads } });
  await payloadsIn(webhook, payloads);
  const { items } = await system.admin.get<Page>(`${pathOf(webhook)}/payloads?limit=200`);
  await waitFor(async () => {
    const [first] = await Array.fromAsync(store.readStream(streams.payloads(webhook.id), { limit: 1 }));
    return items.some(({ id }) => id === (first?.data as { payloadId?: string } | undefined)?.payloadId);
  }, patience);
};

/** Resolves when the rows in the schema say that each of so many deliveries has ended, and the memory has so many entries. */
const settled = async (schema: string, deliveries: number, entries: number): Promise<void> => {
  await waitFor(async () => {
    const { webhook_deliveries: rows = [] } = await rowsOf(models.url, schema, ['webhook_deliveries']);
    const ended = rows.filter((row) => (JSON.parse(row) as { status: string }).status === 'handled');
    return rows.length === deliveries && ended.length === deliveries;
  }, patience);
  await waitFor(async () => (await total(ofBoard('memory?limit=1'))) === entries, patience);
};

/** Payloads that expired or were deleted, one that came again, pruned memory, and replays. */
const history = async () => {
  const { admin } = system;
  const busy = await scene.webhook('github', 'Create a task for each push');
  const quiet = await scene.webhook('github', 'Summarise it');
  const [expired] = await send(busy, 8);
  const [deleted, left] = await send(quiet, 4);
  if (!expired || !deleted || !left) throw new Error('Too few payloads.');
  await payloadsIn(busy, 8, '&status=handled');
  await payloadsIn(quiet, 4, '&status=handled');
  expect(await replay(`${pathOf(quiet)}/replays`, { reason: 'all of them' })).toMatchObject({ done: 4 });

  for (const tag of ['old', 'new'])
    await admin.post(ofBoard('memory'), { content: `It is ${tag}.`, tags: [tag] });
  expect(await admin.post(ofBoard('memory/prune'), { tag: 'old' })).toMatchObject({ pruned: 1 });
  const gone = `${pathOf(quiet)}/payloads/${deleted.id}`;
  expect((await admin.call('DELETE', gone)).status).toBe(200);
  await keep(busy, 5);
  expect((await postUntilAccepted(expired.delivery)).payloadId).toBe(expired.id);
  const forged = await githubDelivery(`${system.url}${busy.endpoint_path}`, 'wrong', 'push', {});
  expect((await fetch(forged.url, { method: 'POST', ...forged })).status).toBe(403);

  const listed = await replay(ofBoard('replays'), {
    reason: 'these',
    payload_ids: [expired.id, deleted.id, unknown, left.id],
  });
  expect(listed).toMatchObject({ total: 4, done: 1, failed: 0, skipped: 3 });
  const items = await waitFor(async () => {
    const page = await admin.get<Page<{ payload_id: string; reason: string }>>(
      ofBoard(`replays/${listed.id}/items`),
    );
    return page.items.length === 3 && page.items;
  }, patience);
  expect(Object.fromEntries(items.map((item) => [item.payload_id, item.reason]))).toEqual({
    [expired.id]: 'payload_gone',
    [deleted.id]: 'payload_gone',
    [unknown]: 'payload_not_found',
  });
  // Eight first deliveries are left, and four by replays.
  await settled('public', 12, 9);
  await waitFor(async () => (await total(`${pathOf(busy)}/rejections?limit=1`)) === 1, patience);
  return { busy, quiet };
};

interface ProjectionState {
  readonly name: string;
  readonly build: number;
  readonly rebuild: unknown;
}
const states = async () => (await system.admin.get<Page<ProjectionState>>('/api/v1/projections')).items;

/** Rebuilds all projections; the projector is killed meanwhile. Resolves to the schemas of the new builds. */
const rebuildAll = async (): Promise<string[]> => {
  const names = (await states()).map(({ name }) => name);
  for (const name of names) {
    const { status } = await system.admin.call('POST', `/api/v1/projections/${name}/rebuild`);
    expect(status).toBe(202);
  }
  await system.killService('projector');
  await waitFor(async () => {
    const all = await states();
    return all.every(({ build, rebuild }) => build === 2 && rebuild === null);
  }, patience);
  return names.map((name) => `public-${name}-2`);
};

const rowsOfBuilds = async (schemas: readonly string[]): Promise<Rows> => {
  const all: Record<string, readonly string[]> = {};
  for (const schema of schemas) Object.assign(all, await rowsOf(models.url, schema));
  // In the order of their names, so that they can be compared as text.
  return Object.fromEntries(Object.entries(all).sort(([one], [other]) => (one < other ? -1 : 1)));
};

/** Resolves when the audit index has everything that was recorded so far. */
const indexed = () =>
  waitFor(async () => {
    const { status } = await system.admin.call('GET', `/api/v1/audit/trail/board/${scene.boardId}`);
    return status === 200;
  }, patience);

interface AuditEvent {
  readonly stream: string | null;
  readonly type: string;
}
const auditEvents = (rows: Rows, change: (event: AuditEvent) => object[]): Rows => {
  const { audit_events: events = [] } = rows;
  const changed = events.flatMap((row) => change(JSON.parse(row) as AuditEvent));
  return { ...rows, audit_events: changed.map((event) => JSON.stringify(event)).sort() };
};
/** The steward seals what was recorded a few seconds later, while rows are compared. */
const isSeal = ({ stream }: AuditEvent): boolean => stream === streams.merkle;
/** The index also has the events that requested and ended the rebuilds. */
const withoutRebuilds = (rows: Rows): Rows =>
  auditEvents(rows, (event) => (isSeal(event) || event.stream?.startsWith('projection-') ? [] : [event]));
/** A copy has a mark of its own, and not the times at which the source recorded its events. */
const asCopied = (rows: Rows): Rows =>
  auditEvents(rows, (event) =>
    isSeal(event) || event.type === 'LogRestored' ? [] : [{ ...event, recorded_at: null }],
  );

/** Copies the log to EventStoreDB, and fills read models there from its first event. */
const copyAndFill = async (): Promise<EventStore> => {
  await runEvents('copy', '--from', log.url, '--to', fake.url, '--quiet-seconds', '0');
  const [port = 0, managementPort = 0] = await freePorts(2);
  const env = {
    EVENTSTORE_URL: fake.url,
    DATABASE_URL: copiedModels.url,
    INSTALLATION_ID: installationId,
  };
  projector = startService('projector', { port, managementPort, env });
  await projector.ready();
  copied = await openEventStore(fake.url);
  return copied;
};

it('after retention, deletions, pruning and replays, a rebuild on either event store has the rows that are live, and what follows uses the new build', async () => {
  const { busy, quiet } = await history();
  await indexed();
  const before = withoutRebuilds(await rowsOf(models.url, 'public'));
  const schemas = await rebuildAll();
  const rebuilt = withoutRebuilds(await rowsOfBuilds(schemas));
  const tables = Object.keys(rebuilt);
  expect(tables).toEqual(expect.arrayContaining(['payloads_removed_payloads', 'replay_items']));
  for (const table of tables) expect({ [table]: rebuilt[table] }).toEqual({ [table]: before[table] });
  for (const table of [
    'board_webhook_payloads',
    'board_memory',
    'replays',
    'replay_items',
    'webhook_rejections',
    'audit_events',
    'audit_removals',
  ])
    expect(rebuilt[table]?.length, table).toBeGreaterThan(0);

  // Whoever still read the first build would see nothing from now on.
  await waitFor(async () => {
    const emptied = await rowsOf(models.url, 'public', tables);
    return Object.values(emptied).every((rows) => rows.length === 0);
  }, patience);
  await keep(busy, 2);
  const later = await replay(`${pathOf(quiet)}/replays`, { reason: 'once more' });
  expect(later).toMatchObject({ total: 3, done: 3, skipped: 0 });
  const [recorded] = await Array.fromAsync(store.readStream(streams.replay(later.id), { limit: 1 }));
  if (!recorded) throw new Error('The replay has no event.');
  const { asOf } = parseEvent(recorded).data as EventData<'ReplayRequested'>;
  expect(asOf.incarnation).toBe((await store.head())?.incarnation);
  expect(BigInt(asOf.position)).toBeGreaterThan(0n);
  await settled('public-payloads-2', 12, 6);

  await indexed();
  await system.process.stop();
  const live = asCopied(await withoutPositions(await rowsOfBuilds(schemas), store));
  const other = await copyAndFill();
  const onCopy = async () =>
    asCopied(await withoutPositions(await rowsOf(copiedModels.url, 'public', tables), other));
  const agrees = async () => JSON.stringify(await onCopy()) === JSON.stringify(live);
  // Which rows differ says more than that the time is up.
  await waitFor(agrees, { timeout: 60_000 }).catch(() => {});
  expect(await onCopy()).toEqual(live);
}, 900_000);
