import {
  asEvent,
  type Fact,
  newOrderedId,
  newRandomId,
  rejectionBounds,
  streams,
} from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import {
  type EventStoreDbFake,
  type OpenClawSimulator,
  startEventStoreDbFake,
  startOpenClawSimulator,
  waitFor,
} from '@mission-control/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { githubDelivery } from '../senders/github.ts';
import { postUntilAccepted } from '../senders/post.ts';
import { githubPush } from '../senders/samples.ts';
import { type Scene, setScene, type Webhook } from '../system/scene.ts';
import { type RunningSystem, startSystem } from '../system/standalone.ts';
import { runEvents, startEvents } from './events-command.spec-support.ts';
import { toldPayloads } from './messages.spec-support.ts';

const full = process.env.TEST_SIZE === 'full';
const events = full ? 100_000 : 5_000;
const kills = full ? 4 : 2;
const told = 12;
const unconfirmed = 5;

let database: TestDatabase;
let backDatabase: TestDatabase;
let fake: EventStoreDbFake;
let openclaw: OpenClawSimulator;
let system: RunningSystem | undefined;
const stores: EventStore[] = [];

beforeAll(async () => {
  [database, backDatabase] = [await createTestDatabase(), await createTestDatabase()];
  fake = await startEventStoreDbFake({ maxAppendSize: 4 * 1024 * 1024 });
  openclaw = await startOpenClawSimulator();
});
afterAll(async () => {
  await system?.stop();
  for (const store of stores) await store.close();
  await openclaw?.stop();
  await fake?.stop();
  await backDatabase?.drop();
  await database?.drop();
});

const open = async (url: string): Promise<EventStore> => {
  const store = await openEventStore(url);
  stores.push(store);
  return store;
};

const send = async (url: string, scene: Scene, webhook: Webhook, n: number): Promise<string> => {
  const delivery = await githubDelivery(`${url}${webhook.endpoint_path}`, scene.secret, 'push', {
    ...githubPush(),
    number: n,
  });
  return (await postUntilAccepted(delivery)).payloadId;
};

const context = () =>
  ({
    occurredAt: new Date().toISOString(),
    actor: { kind: 'service', id: 'spec' },
    correlationId: newOrderedId(),
    causationId: null,
  }) as const;

const perAppend = 500;

/** Appends so many entries to the board's memory, and rejections of which half are hidden. */
const fill = async (store: EventStore, boardId: string, webhookId: string): Promise<void> => {
  const append = async (stream: string, count: number, fact: () => Fact) => {
    for (let n = 0; n < count; n += perAppend) {
      const some = Array.from({ length: Math.min(perAppend, count - n) }, () => asEvent(fact(), context()));
      expect(await store.append(stream, 'any', some)).toMatchObject({ ok: true });
    }
  };
  await append(streams.memory(boardId), events, () => ({
    type: 'MemoryEntryAdded',
    data: {
      entryId: newRandomId(),
      boardId,
      content: 'remember',
      tags: [],
      isChat: false,
      ...memoryDefaults,
    },
  }));
  const rejections = streams.rejections(webhookId);
  await store.setStreamMetadata(rejections, rejectionBounds);
  await append(rejections, rejectionBounds.maxCount * 2, () => ({
    type: 'WebhookRequestRefused',
    data: { boardId, webhookId, ...rejectionDefaults, refusedAt: new Date().toISOString() },
  }));
};
const memoryDefaults = { source: null, author: { kind: 'admin', id: 'spec' } } as const;
const rejectionDefaults = {
  status: 403,
  code: 'signature_invalid',
  sourceIp: '192.0.2.1',
  declaredBytes: 51,
  receivedBytes: 51,
  omitted: 0,
} as const;

/** Everything that a copy keeps, as one line per event. */
const linesOf = async (store: EventStore): Promise<string[]> => {
  const lines: string[] = [];
  for await (const { id, type, stream, revision, data, metadata } of store.readAll()) {
    const own = stream === streams.logCopy || (type === 'LogRestored' && stream === streams.installation);
    const translated = stream === streams.relay || stream === streams.steward;
    if (!own) lines.push(JSON.stringify([id, type, stream, revision, translated ? null : data, metadata]));
  }
  return lines;
};

const tombstonesOf = async (store: EventStore): Promise<string[]> =>
  (await Array.fromAsync(store.streamSettings()))
    .flatMap(({ stream, tombstoned }) => (tombstoned ? [stream] : []))
    .sort();

/** Copies, and kills the command each time that the target has grown by another part of the log. */
const copyWithKills = async (from: string, to: string, size: () => Promise<number>): Promise<string> => {
  for (let n = 1; n <= kills; n += 1) {
    const command = startEvents('copy', '--from', from, '--to', to, '--quiet-seconds', '0');
    const enough = Math.max((events * n) / (kills + 1), (await size()) + 1);
    await Promise.race([waitFor(async () => (await size()) >= enough, { timeout: 900_000 }), command.exited]);
    command.child.kill('SIGKILL');
    expect(await command.exited, command.output()).toBeNull();
  }
  return runEvents('copy', '--from', from, '--to', to, '--quiet-seconds', '0', '--json');
};

it(`a copy of ${events} events from Postgres to EventStoreDB and back, killed ${kills} times on each way, is the same, and the system on it tells nobody again`, async () => {
  console.log(`copying ${events} events, with ${kills} kills on each way (TEST_SIZE=full: 100000, 4)`);
  system = await startSystem({ env: { EVENTSTORE_URL: database.url } });
  const { dataDir } = system;
  const scene = await setScene(system.admin, openclaw, 'Moving');
  const [webhook, deleted] = [await scene.webhook('github', 'Triage'), await scene.webhook('github', 'Old')];
  const ids: string[] = [];
  for (let n = 0; n < told; n += 1)
    ids.push(await send(system.url, scene, n % 4 === 3 ? deleted : webhook, n));
  await waitFor(() => toldPayloads(openclaw).length === told, { timeout: 240_000 });
  expect(
    (await system.admin.call('DELETE', `/api/v1/boards/${scene.boardId}/webhooks/${deleted.id}`)).status,
  ).toBe(200);
  const source = await open(database.url);
  const gone = streams.payloads(deleted.id);
  await waitFor(async () => (await tombstonesOf(source)).includes(gone), { timeout: 240_000 });
  // These messages are acknowledged, and nobody can know yet that the agent got them.
  const release = openclaw.holdHistory();
  for (let n = 0; n < unconfirmed; n += 1) ids.push(await send(system.url, scene, webhook, told + n));
  await waitFor(() => Object.values(openclaw.sessions()).flat().length === ids.length, { timeout: 240_000 });
  await system.process.stop();
  release();
  await fill(source, scene.boardId, webhook.id);
  const before = await linesOf(source);

  const report = JSON.parse(
    (await copyWithKills(database.url, fake.url, async () => fake.events().length))
      .trim()
      .split('\n')
      .at(-1) ?? '',
  );
  expect(report).toMatchObject({ difference: null, continued: true, events: before.length });
  const moved = await open(fake.url);
  expect((await linesOf(moved)).join('\n') === before.join('\n')).toBe(true);
  expect(await tombstonesOf(moved)).toEqual(await tombstonesOf(source));

  const back = await open(backDatabase.url);
  const sizeOfBack = async () => Number((await back.head())?.position ?? 0);
  await copyWithKills(fake.url, backDatabase.url, sizeOfBack);
  expect((await linesOf(back)).join('\n') === before.join('\n')).toBe(true);
  expect(await tombstonesOf(back)).toEqual(await tombstonesOf(source));

  system = await startSystem({ dataDir, env: { EVENTSTORE_URL: fake.url } });
  const last = await send(system.url, scene, webhook, 1_000);
  const path = `/api/v1/boards/${scene.boardId}/webhooks/${webhook.id}/payloads`;
  for (const id of [...ids.slice(told), last]) {
    await waitFor(
      async () => {
        const { body } = (await system?.admin.call<{ status: string }>('GET', `${path}/${id}`)) ?? {};
        return body?.status === 'handled' || body?.status === 'told';
      },
      { timeout: 240_000 },
    );
  }
  expect(toldPayloads(openclaw)).toEqual([...ids, last].sort());
}, 1_800_000);
