import { randomUUID } from 'node:crypto';
import { asEvent, newOrderedId, newRandomId, parseEvent, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { Scene } from '@mission-control/test-scene';
import { createTestDatabase } from '@mission-control/test-servers';
import { startEventStoreDbFake } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hiddenIn, visibleIn, writeRichLog } from '../testing/rich-log.ts';
import { compareLogs } from '../verify/compare-logs.ts';
import { copyLog } from './copy-log.ts';

const endings: (() => Promise<unknown>)[] = [];
const open = async (url: string, prefix = ''): Promise<EventStore> => {
  const store = await openEventStore(url, { prefix });
  endings.push(() => store.close());
  return store;
};
const postgres = async (): Promise<EventStore> => {
  const database = await createTestDatabase();
  endings.push(database.drop);
  return open(database.url);
};
const eventStoreDb = async (): Promise<EventStore> => {
  const fake = await startEventStoreDbFake({ maxAppendSize: 4 * 1024 * 1024 });
  endings.push(() => fake.stop());
  return open(fake.url);
};
const steps = { begins: () => {}, goesOn: () => {} };
const copy = (source: EventStore, target: EventStore) => copyLog({ source, target, quietMs: 0, steps });

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const event = (type = 'WebhookEnabled') => ({ id: randomUUID(), type, data: {}, metadata: {} });

describe.each([
  { name: 'Postgres to EventStoreDB', from: postgres, to: eventStoreDb },
  { name: 'EventStoreDB to Postgres', from: eventStoreDb, to: postgres },
  { name: 'Postgres to Postgres', from: postgres, to: postgres },
  { name: 'EventStoreDB to EventStoreDB', from: eventStoreDb, to: eventStoreDb },
])('a copy from $name', ({ from, to }) => {
  let source: EventStore;
  let target: EventStore;
  let special: Awaited<ReturnType<typeof writeRichLog>>;
  beforeEach(async () => {
    [source, target] = [await from(), await to()];
    await source.append('somebody_elses-1', 'any', [event('Theirs')]);
    special = await writeRichLog(source);
    await source.append('somebody_elses-1', 'any', [event('Theirs')]);
  });

  it('has the same visible events, hidden revisions, metadata and tombstones', async () => {
    const before = await visibleIn(source);
    const report = await copy(source, target);
    expect(report).toMatchObject({
      difference: null,
      continued: false,
      events: before.length,
      tombstones: 2,
    });
    expect(await visibleIn(target)).toEqual(before);
    expect(await Array.fromAsync(target.readStream(special.foreign))).toEqual([]);

    const hidden = await hiddenIn(target);
    expect(hidden[special.truncated]).toBe(3);
    expect(hidden[special.emptied]).toBe(4);
    expect(hidden[special.bounded]).toBe(4);
    for (const [stream, next] of [
      [special.emptied, 4],
      [special.truncated, 5],
    ] as const)
      expect(await target.append(stream, next - 1, [event()])).toMatchObject({ ok: true, revision: next });
    // The bound applies to what follows.
    await target.append(special.bounded, 6, [event()]);
    const revisions = await Array.fromAsync(target.readStream(special.bounded), ({ revision }) => revision);
    expect(revisions).toEqual([5, 6, 7]);
    for (const stream of [special.tombstoned, special.neverExisted])
      expect(await target.append(stream, 'any', [event()])).toEqual({ ok: false, reason: 'stream_deleted' });
  });

  it('is a new log, in which checkpoints are those of the same events', async () => {
    await copy(source, target);
    const [before, after] = await Promise.all(
      [source, target].map((store) => Array.fromAsync(store.readStream(special.relay), parseEvent)),
    );
    const incarnation = (await target.head())?.incarnation;
    expect(incarnation).not.toBe((await source.head())?.incarnation);
    expect(after).toHaveLength(2);
    for (const [n, mark] of (after ?? []).entries()) {
      if (mark.type !== 'RelayLowWaterMarkMoved') throw new Error(`There is ${mark.type}.`);
      const from = { ...mark.data, position: BigInt(mark.data.position) };
      expect(mark.data.incarnation).toBe(incarnation);
      const following = async (store: EventStore, at: typeof from) => {
        const stop = new AbortController();
        for await (const message of store.subscribeToAll({ from: at, signal: stop.signal }))
          if (message.kind === 'event' && message.event.stream !== special.foreign) return message.event.id;
        throw new Error('The subscription has ended.');
      };
      const original = before?.[n];
      if (original?.type !== 'RelayLowWaterMarkMoved') throw new Error('There is no original.');
      const place = { ...original.data, position: BigInt(original.data.position) };
      expect(await following(target, from)).toBe(await following(source, place));
    }
  });

  it('has the replays, and which of them have not ended', async () => {
    const head = await source.head();
    if (!head) throw new Error('The log is empty.');
    const open = [newRandomId()];
    const place = { incarnation: head.incarnation, position: `${head.position}`, eventId: head.eventId };
    const moved = { type: 'ReplaysPlaceMoved', data: { ...place, open } } as const;
    const scene = new Scene(source);
    const replay = { replayId: open[0] ?? '', boardId: newRandomId() };
    await scene.append(streams.replayItems(replay.replayId), {
      type: 'ReplayItemsListed',
      data: { ...replay, webhookIds: [], items: [] },
    });
    await scene.append(streams.replay(replay.replayId), { type: 'ReplayPaused', data: replay });
    await scene.append(streams.replays, moved);
    await copy(source, target);
    const [copied] = await Array.fromAsync(target.readStream(streams.replays), parseEvent);
    for (const stream of [streams.replay(replay.replayId), streams.replayItems(replay.replayId)])
      expect(await Array.fromAsync(target.readStream(stream))).toHaveLength(1);
    expect(copied?.data).toMatchObject({ open, incarnation: (await target.head())?.incarnation });
  });

  it('marks the copy once, and has nothing to do the second time', async () => {
    await copy(source, target);
    expect(await copy(source, target)).toMatchObject({ difference: null, continued: true, copied: 0 });
    const marks = await Array.fromAsync(target.readStream(streams.installation), parseEvent);
    expect(marks.map(({ type, data }) => [type, data])).toEqual([['LogRestored', { origin: 'copy' }]]);
  });

  it('continues with what was appended to the source meanwhile, as long as nothing uses the copy', async () => {
    await copy(source, target);
    await source.append(special.plain, 4, [event()]);
    expect(await copy(source, target)).toMatchObject({ difference: null, copied: 1 });
    expect(await visibleIn(target)).toEqual(await visibleIn(source));
    await target.append(special.plain, 5, [event()]);
    await expect(copy(source, target)).rejects.toMatchObject({ code: 'target_not_empty' });
  });

  it('of a copy is the same again', async () => {
    await copy(source, target);
    const back = await from();
    expect(await copy(target, back)).toMatchObject({ difference: null });
    expect(await visibleIn(back)).toEqual(await visibleIn(source));
  });
});

it('a copy of a scavenged log has placeholders for what is no longer in it', async () => {
  const fake = await startEventStoreDbFake({ maxAppendSize: 4 * 1024 * 1024 });
  endings.push(() => fake.stop());
  const [source, target] = [await open(fake.url), await postgres()];
  const special = await writeRichLog(source);
  const [visible, hidden] = [await visibleIn(source), await hiddenIn(source)];
  fake.scavenge();
  expect((await hiddenIn(source))[special.truncated]).toBeUndefined();
  expect(await copy(source, target)).toMatchObject({ difference: null });
  expect(await visibleIn(target)).toEqual(visible);
  const copied = await hiddenIn(target);
  for (const stream of [special.truncated, special.emptied, special.bounded])
    expect(copied[stream]).toBe(hidden[stream]);
});

it("a copy of one installation's part of a shared log holds nothing of the others, and fits into another shared log", async () => {
  const [shared, fake] = [
    await createTestDatabase(),
    await startEventStoreDbFake({ maxAppendSize: 4 * 1024 * 1024 }),
  ];
  endings.push(shared.drop, () => fake.stop());
  const [source, neighbour] = [await open(shared.url, 'acme'), await open(shared.url)];
  await writeRichLog(neighbour);
  const special = await writeRichLog(source);
  await neighbour.append(streams.keyring, 'any', [event()]);
  const [target, resident] = [await open(fake.url, 'moved'), await open(fake.url)];
  await writeRichLog(resident);
  const [before, residents] = [await visibleIn(source), await visibleIn(resident)];

  expect(await copy(source, target)).toMatchObject({
    difference: null,
    events: before.length,
    tombstones: 2,
  });
  expect(await visibleIn(target)).toEqual(before);
  const [hidden, copied] = [await hiddenIn(source), await hiddenIn(target)];
  for (const stream of [special.truncated, special.emptied, special.bounded])
    expect(copied[stream]).toBe(hidden[stream]);
  expect(await visibleIn(resident)).toEqual(residents);
  expect(await copy(source, target)).toMatchObject({ difference: null, copied: 0 });
  await expect(copy(neighbour, resident)).rejects.toMatchObject({ code: 'target_not_empty' });
});

describe('a copy is refused', () => {
  let source: EventStore;
  let target: EventStore;
  beforeEach(async () => {
    [source, target] = [await postgres(), await eventStoreDb()];
    await writeRichLog(source);
  });

  it('into a log that is in use, and into itself', async () => {
    await target.append(streams.keyring, 'any', [event()]);
    await expect(copy(source, target)).rejects.toMatchObject({ code: 'target_not_empty' });
    await expect(copy(source, source)).rejects.toMatchObject({ code: 'same_log' });
  });

  it('into a copy of another log', async () => {
    const other = await postgres();
    await writeRichLog(other);
    await copy(other, target);
    await expect(copy(source, target)).rejects.toMatchObject({ code: 'target_not_empty' });
  });

  it('while a service is connected to the database of the source, unless it belongs to another installation', async () => {
    const database = await createTestDatabase();
    endings.push(database.drop);
    const [one, relay] = await Promise.all([
      openEventStore(database.url, { name: 'events' }),
      openEventStore(database.url, { name: 'relay' }),
    ]);
    endings.push(
      () => one.close(),
      () => relay.close(),
    );
    await writeRichLog(one);
    await relay.ping();
    await expect(copy(one, target)).rejects.toMatchObject({ code: 'source_active' });
    const anyway = copyLog({ source: one, target, quietMs: 0, ignoreConnections: true, steps });
    expect(await anyway).toMatchObject({ difference: null });
  });

  it('while something is written to the source', async () => {
    const writing = setInterval(() => void source.append(streams.steward, 'any', [event()]), 20);
    await expect(copyLog({ source, target, quietMs: 500, steps })).rejects.toMatchObject({
      code: 'source_active',
    });
    clearInterval(writing);
  });

  it('at its end if the source has grown, and continues when it is run again', async () => {
    let written: Promise<unknown> | undefined;
    const begins = () => {
      written ??= source.append(streams.keyring, 'any', [event()]);
    };
    const late = copyLog({ source, target, quietMs: 0, steps: { ...steps, begins } });
    await expect(late).rejects.toMatchObject({ code: 'source_active' });
    await written;
    expect(await Array.fromAsync(target.readStream(streams.installation))).toEqual([]);
    expect(await copy(source, target)).toMatchObject({ difference: null, continued: true });
    expect(await visibleIn(target)).toEqual(await visibleIn(source));
  });

  it('if the target holds something else than the copy has written', async () => {
    const progress = {
      source: (await source.head())?.incarnation ?? '',
      upTo: null,
      places: [],
      status: 'copying' as const,
    };
    const context = {
      occurredAt: new Date().toISOString(),
      actor: { kind: 'service', id: 'spec' } as const,
      correlationId: newOrderedId(),
      causationId: null,
    };
    await target.append(streams.logCopy, 'no_stream', [
      asEvent({ type: 'LogCopyProgressed', data: progress }, context),
    ]);
    await target.append(streams.keyring, 'any', [event()]);
    await expect(copy(source, target)).rejects.toMatchObject({ code: 'target_out_of_order' });
  });
});

describe('a comparison', () => {
  it('finds an event that differs, one that is missing, one that is too many, and a missing tombstone', async () => {
    const [source, target] = [await postgres(), await postgres()];
    const special = await writeRichLog(source);
    await copy(source, target);
    const difference = async () => (await compareLogs(source, target)).difference;
    expect(await difference()).toBeNull();
    const late = event();
    await source.append(special.plain, 'any', [late]);
    expect(await difference()).toMatch(`the copy does not have WebhookEnabled ${late.id}`);
    await target.append(special.plain, 'any', [{ ...late, data: { changed: true } }]);
    expect(await difference()).toMatch(late.id);
    const [again, deleted] = [await postgres(), await postgres()];
    await copy(source, again);
    await again.append(streams.keyring, 'any', [event()]);
    expect(await difference.call(null)).not.toBeNull();
    expect((await compareLogs(source, again)).difference).toMatch('only the copy has');
    await copy(source, deleted);
    await source.tombstone(special.truncated);
    const { difference: hiding } = await compareLogs(source, deleted);
    expect(hiding).not.toBeNull();
  });
});
