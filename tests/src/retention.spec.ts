import { type DomainEvent, parseEvent, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEventStores, type StartedEventStore } from './system/event-stores.spec-support.ts';
import type { Webhook } from './system/scene.ts';
import { type RunningSystem, startSystem } from './system/standalone.ts';

const full = process.env.TEST_SIZE === 'full';
const kept = full ? 100 : 40;
const sent = full ? 1_000 : 400;
const waves = 4;
const senders = 8;

let eventStore: StartedEventStore;
/** For the event store on Postgres: the test reads it as well. */
let database: TestDatabase;
let system: RunningSystem;
let store: EventStore;

/**
 * What ends payloads and deliveries, as it is appended. A fact that is removed before this reads it is not seen: that can
 * happen to `DeliveryFailed`, never to `WebhookPayloadsExpired`.
 */
const followLog = async () => {
  const stopping = new AbortController();
  const events: DomainEvent[] = [];
  const types = ['DeliveryFailed', 'WebhookPayloadsExpired'];
  const { signal } = stopping;
  const caughtUp = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const message of store.subscribeToAll({ from: 'end', filter: { types }, signal }))
      if (message.kind === 'event') events.push(parseEvent(message.event));
      else if (message.kind === 'caught_up') caughtUp.resolve();
  })();
  await Promise.race([caughtUp.promise, reading]);
  return {
    events,
    stop: async () => {
      stopping.abort();
      await reading;
    },
  };
};

/** Sends some payloads, a few at a time. Returns their ids, in no particular order. */
const send = async (url: string, number: number): Promise<string[]> => {
  let left = number;
  const ids: string[] = [];
  const sender = async () => {
    while (left > 0) {
      const body = JSON.stringify({ number: left-- });
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(url, { method: 'POST', headers, body });
      expect(answer.status).toBe(202);
      ids.push(((await answer.json()) as { payload_id: string }).payload_id);
    }
  };
  await Promise.all(Array.from({ length: senders }, sender));
  return ids;
};

let killed: number | null = null;
const killSteward = async (): Promise<void> => {
  await waitFor(async () => (await system.pidOf('steward')) !== killed, { timeout: 240_000 });
  killed = await system.killService('steward');
};

const expiredIn = (events: readonly DomainEvent[]): Set<string> =>
  new Set(
    events.flatMap((one) => (one.type === 'WebhookPayloadsExpired' ? (one.data.payloadIds ?? []) : [])),
  );

describeOnEventStores('the retention of payloads', 'postgres', ({ start }) => {
  beforeAll(async () => {
    [eventStore, database] = await Promise.all([start(), createTestDatabase()]);
    const { url = database.url, prefix } = eventStore;
    system = await startSystem({
      env: { EVENTSTORE_URL: url, EVENTSTORE_PREFIX: prefix, WEBHOOK_RETENTION_CHECK_SECONDS: '1' },
    });
    store = await openEventStore(url, { prefix });
  });
  afterAll(async () => {
    await store?.close();
    await system?.stop();
    await eventStore?.stop();
    await database?.drop();
  });

  it(`keeps exactly the newest ${kept} of ${sent} payloads, however often the steward is killed, and ends the deliveries of the others first`, async () => {
    const { admin } = system;
    const board = await admin.post<{ id: string }>('/api/v1/boards', { name: 'Busy' });
    const webhook = await admin.post<Webhook>(`/api/v1/boards/${board.id}/webhooks`, {
      description: 'Keep some',
      signature_scheme: 'none',
      retention: { max_payloads: kept },
    });
    const path = `/api/v1/boards/${board.id}/webhooks/${webhook.id}/payloads`;
    const log = await followLog();
    const accepted: string[] = [];
    for (let wave = 1; wave <= waves; wave += 1) {
      accepted.push(...(await send(`${system.url}${webhook.endpoint_path}`, sent / waves)));
      const before = log.events.length;
      const expected = (wave * sent) / waves - kept;
      const isOver = () => expiredIn(log.events).size === expected;
      const seen = (kind: string) => log.events.slice(before).some(({ type }) => type === kind);
      // While it ends deliveries, if that can be seen before they are tombstoned; or after it has appended a fact.
      const kind = wave % 2 === 1 ? 'DeliveryFailed' : 'WebhookPayloadsExpired';
      await waitFor(() => seen(kind) || isOver(), { timeout: 240_000 });
      await killSteward();
      await waitFor(isOver, { timeout: 240_000 });
    }

    const inStream = () => Array.fromAsync(store.readStream(streams.payloads(webhook.id)));
    await waitFor(
      async () =>
        (await admin.get<{ total: number }>(`${path}?limit=1`)).total === kept &&
        (await inStream()).length === kept,
      { timeout: 240_000 },
    );
    await log.stop();

    const remaining = await inStream();
    expect(remaining.map(({ revision }) => revision)).toEqual(
      Array.from({ length: kept }, (_, place) => sent - kept + place),
    );
    const newest = remaining.map((one) => (parseEvent(one).data as { payloadId: string }).payloadId);
    const rows = await admin.get<{ items: { id: string }[] }>(`${path}?limit=200`);
    expect(rows.items.map(({ id }) => id)).toEqual([...newest].reverse());
    const memory = await waitFor(async () => {
      const found = await admin.get<{ total: number; items: { tags: string[] }[] }>(
        `/api/v1/boards/${board.id}/memory?limit=200`,
      );
      return found.total === kept && found;
    });
    expect(new Set(memory.items.flatMap(({ tags }) => tags.slice(2)))).toEqual(
      new Set(newest.map((id) => `payload:${id}`)),
    );

    const expired = accepted.filter((id) => !newest.includes(id));
    expect(expired.length).toBe(sent - kept);
    expect(expiredIn(log.events)).toEqual(new Set(expired));
    const gone = new Set<string>();
    for (const { type, data } of log.events) {
      if (type === 'DeliveryFailed') {
        expect(data.reason).toBe('expired_undelivered');
        expect(gone.has(data.payloadId)).toBe(false);
      } else if (type === 'WebhookPayloadsExpired') {
        // No agent could be told of any of them.
        expect(data.undeliveredIds).toEqual(data.payloadIds);
        for (const id of data.payloadIds ?? []) gone.add(id);
      }
    }
    await waitFor(async () => {
      const [first = ''] = expired;
      return (await Array.fromAsync(store.readStream(streams.delivery(first)))).length === 0;
    });
  }, 600_000);
});
