import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { BoundServer } from '../conformance/event-store-conformance.spec-support.ts';
import { Follower } from '../conformance/follower.ts';
import { ServerProxy } from '../conformance/server-proxy.ts';
import { bindFake } from '../eventstoredb/bind-fake.spec-support.ts';
import { openEventStore } from '../open.ts';
import type { EventFilter, EventStore, NewEvent } from '../port.ts';
import { bindPostgres } from '../postgres/bind-postgres.spec-support.ts';

const kibibyte = 1024;

const events = (count: number, type: string, bytes = 10): NewEvent[] =>
  Array.from({ length: count }, () => ({
    id: randomUUID(),
    type,
    data: { text: 'x'.repeat(bytes) },
    metadata: {},
  }));

describe.for([
  ['Postgres', () => bindPostgres()],
  ['EventStoreDB, the fake', () => bindFake()],
] as const)('the subscriptions of a process on %s', ([, bind]) => {
  let server: BoundServer;
  let writer: EventStore;

  beforeAll(async () => {
    server = await bind();
    writer = await openEventStore(server.binding.url);
  });

  afterAll(async () => {
    await writer.close();
    await server.release();
  });

  const process = async () => {
    const proxy = await ServerProxy.to(server.binding.url);
    const store = await openEventStore(proxy.url);
    onTestFinished(async () => {
      await store.close();
      proxy.close();
    });
    return { proxy, store };
  };

  const follow = async (store: EventStore, filter: EventFilter): Promise<Follower> => {
    const follower = new Follower(store, { from: 'end', filter });
    onTestFinished(() => follower.end());
    await follower.caughtUp();
    return follower;
  };

  /** Resolves once the followers take what is new from the shared reader. */
  const settled = async (type: string, followers: readonly Follower[]): Promise<void> => {
    for (const follower of followers) {
      const known = follower.events.length;
      const next = follower.untilEvents(known + 1);
      await writer.append(`sharing-${type}`, 'any', events(1, type));
      await next;
      await follower.caughtUp();
    }
    await Promise.all(followers.map((follower) => follower.untilEvents(followers.length)));
  };

  test('read an event once for all of them', async () => {
    const { proxy, store } = await process();
    const followers = await Promise.all(
      Array.from({ length: 10 }, (_, number) =>
        follow(store, number % 2 === 0 ? { types: ['Shared'] } : { types: ['Shared', `Own${number}`] }),
      ),
    );
    await settled('Shared', followers);
    const before = proxy.received;
    const all = followers.map((follower) => follower.untilEvents(10 + 40));
    for (let round = 0; round < 40; round += 1)
      await writer.append('sharing-big', 'any', events(1, 'Shared', 10 * kibibyte));
    await Promise.all(all);
    expect(proxy.received - before).toBeLessThan(2 * 40 * 10 * kibibyte);
  });

  test('get what their own filters pass, also those that come later', async () => {
    const { store } = await process();
    const one = await follow(store, { types: ['One'] });
    await settled('One', [one]);
    const two = await follow(store, { streamPrefixes: ['later-'] });
    const three = await follow(store, {});
    const read = [one.untilEvents(3), two.untilEvents(2), three.untilEvents(4)];
    await writer.append('sharing-1', 'any', events(1, 'One'));
    await writer.append('later-1', 'any', [...events(1, 'One'), ...events(1, 'Two')]);
    await writer.append('sharing-1', 'any', events(1, 'Two'));
    await Promise.all(read);
    const typesOf = (follower: Follower) => follower.events.map(({ type }) => type);
    expect(typesOf(one)).toEqual(['One', 'One', 'One']);
    expect(typesOf(two)).toEqual(['One', 'Two']);
    expect(typesOf(three)).toEqual(['One', 'One', 'Two', 'Two']);
  });

  test('do not wait for a slow one, which gets everything once and in order', async () => {
    const { store } = await process();
    const fast = await follow(store, { types: ['Slow'] });
    const slow = await follow(store, { types: ['Slow'] });
    await settled('Slow', [fast, slow]);
    for (let round = 0; round < 12; round += 1) {
      const read = fast.untilEvents(2 + (round + 1) * 500);
      await writer.append('sharing-slow', 'any', events(500, 'Slow'));
      await read;
    }
    const all = (await fast.untilEvents(6_002)).map(({ id }) => id);
    expect((await slow.untilEvents(6_002)).map(({ id }) => id)).toEqual(all);
    expect(new Set(all).size).toBe(6_002);
  });

  test('take what arrives in a pause as one batch', async () => {
    const { store } = await process();
    const patienceMs = 2_000;
    const followers = ['PatientOne', 'PatientTwo'].map((type) => {
      const made = new Follower(store, { from: 'end', filter: { types: ['Patient', type] }, patienceMs });
      onTestFinished(() => made.end());
      return made;
    });
    await Promise.all(followers.map((follower) => follower.caughtUp()));
    await settled('Patient', followers);
    await writer.append('sharing-patient', 'any', events(1, 'Patient'));
    await Promise.all(followers.map((follower) => follower.untilEvents(3)));
    const readAt = performance.now();
    await Promise.all(followers.map((follower) => follower.caughtUp()));
    const before = followers.map(({ messages }) => messages.length);
    for (let round = 0; round < 5; round += 1)
      await writer.append('sharing-patient', 'any', events(1, 'Patient'));
    await Promise.all(followers.map((follower) => follower.untilEvents(8)));
    expect(performance.now() - readAt).toBeGreaterThan(0.5 * patienceMs);
    for (const [number, { messages }] of followers.entries())
      expect(messages.slice(before[number]).map(({ kind }) => kind)).toEqual(Array(5).fill('event'));
  });

  test('resume with one that ended', async () => {
    const { store } = await process();
    const first = await follow(store, { types: ['Again'] });
    await settled('Again', [first]);
    await first.end();
    const second = await follow(store, { types: ['Again'] });
    const read = second.untilEvents(5);
    await writer.append('sharing-again', 'any', events(5, 'Again'));
    await read;
  });

  test('read pages once for those that are far behind at the same place', async () => {
    const { proxy, store } = await process();
    for (let round = 0; round < 16; round += 1)
      await writer.append('sharing-pages', 'any', events(500, 'Page', kibibyte));
    await writer.append('sharing-pages', 'any', events(3, 'Rare'));
    const follower = (types: string[], by = store) => {
      const made = new Follower(by, { from: 'start', filter: { types } });
      onTestFinished(() => made.end());
      return made;
    };
    const alone = await process();
    await follower(['Page', 'Rare'], alone.store).untilEvents(8_003);
    const before = proxy.received;
    const [first, second] = [follower(['Page', 'PageOne']), follower(['Page', 'PageTwo', 'Rare'])];
    const untilRare = follower(['Rare']).untilEvents(3);
    // They stay at the same place, also on a busy machine.
    for (let count = 100; count <= 8_000; count += 100)
      await Promise.all([first.untilEvents(count), second.untilEvents(count)]);
    const [one, two, rare] = [first.events, await second.untilEvents(8_003), await untilRare];
    // Two that read by themselves would read twice as much as one. Their first pages are small, and are not shared.
    expect(proxy.received - before).toBeLessThan(1.7 * alone.proxy.received);
    const ids = (read: readonly { readonly id: string }[]) => read.map(({ id }) => id);
    expect(new Set(ids(one)).size).toBe(8_000);
    expect(ids(two.slice(0, 8_000))).toEqual(ids(one));
    expect(ids(two.slice(8_000))).toEqual(ids(rare));
  });
});
