import { StoredCheckpoint } from '@mission-control/aggregates';
import { type CoalesceRule, type DeliveryReference, isEvent, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { Scene, type ScenePayload } from '@mission-control/test-scene';
import {
  createTestDatabase,
  startTestNats,
  type TestDatabase,
  type TestNats,
} from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectNotified, startTestRelay, type TestRelay } from '../testing/test-relay.ts';

/** A window that closes only when it is full. */
const rule: CoalesceRule = { key: '/id', window_seconds: 3_600, max_wait_seconds: 3_600, max_payloads: 3 };
/** Windows of payloads that were received then have closed by their time. */
const longAgo = { receivedAt: '2026-03-05T12:00:00.000Z' };

describe('the relay, for a webhook whose payloads are told together', () => {
  let database: TestDatabase;
  let nats: TestNats;
  let store: EventStore;
  let scene: Scene;
  let webhook: { boardId: string; webhookId: string };
  const ending: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
    nats = await startTestNats();
    store = await openEventStore(database.url);
    scene = new Scene(store);
    const boardId = await scene.board();
    webhook = { boardId, webhookId: await scene.webhook(boardId, { rules: { coalesce: rule } }) };
  });

  afterEach(async () => {
    for (const end of ending.splice(0).reverse()) await end();
    await store.close();
    await nats.stop();
    await database.drop();
  });

  const start = async (): Promise<TestRelay> => {
    const relay = await startTestRelay(database.url, nats.url);
    ending.push(relay.stop);
    return relay;
  };
  const collect = async (mayAck?: (reference: DeliveryReference) => boolean) => {
    const collected = await collectNotified(nats.url, mayAck);
    ending.push(collected.stop);
    return collected;
  };
  const arrive = (id: unknown, settings = {}) =>
    scene.arrival(webhook, { body: JSON.stringify({ id }), ...settings });
  const decided = async () =>
    (await scene.facts(streams.coalesced(webhook.webhookId))).flatMap((event) =>
      isEvent(event, 'PayloadsCoalesced') ? event : [],
    );
  const idsOf = (payloads: readonly ScenePayload[]) => payloads.map(({ payloadId }) => payloadId);
  const decidedIds = async () =>
    (await decided()).map(({ data }) => data.payloads.map(({ payloadId }) => payloadId));
  const mark = async () => (await StoredCheckpoint.load(store, 'relay')).checkpoint;
  const factsOf = async ({ payloadId }: ScenePayload) =>
    (await scene.facts(streams.delivery(payloadId))).map(({ type }) => type);

  it('publishes one delivery for a full window, and tells alone what has nothing in common', async () => {
    const { notified } = await collect();
    const relay = await start();
    await waitFor(relay.ready);
    const first = await arrive(1);
    const alone = await arrive(undefined);
    const second = await arrive(1);
    const other = await arrive(2);
    const third = await arrive(1);
    await waitFor(() => notified.length === 2);
    const [{ id = '' } = {}] = await decided();
    expect(notified.map(({ reference }) => reference.cause.eventId)).toEqual([alone.id, id]);
    expect(notified[1]?.reference).toMatchObject({
      payloadId: id,
      cause: { type: 'PayloadsCoalesced', stream: streams.coalesced(webhook.webhookId), revision: 0 },
      agentId: null,
    });
    expect(await decidedIds()).toEqual([idsOf([first, second, third])]);
    for (const payload of [first, second, third])
      expect(await factsOf(payload)).toEqual(['DeliveryCoalesced']);
    expect(await factsOf(other)).toEqual([]);
    await waitFor(async () => (await relay.metric('mission_control_relay_coalescing')) === 1);
  });

  it('waits with its low-water mark, and finds the same window after a restart', async () => {
    const before = await arrive(undefined);
    const first = await arrive(1);
    const relay = await start();
    const { notified } = await collect();
    await waitFor(() => notified.length === 1);
    await scene.append(streams.delivery(before.payloadId), {
      type: 'DeliveryFailed',
      data: {
        ...{ ...webhook, payloadId: before.payloadId, deliveryId: before.id },
        ...{ reason: 'payload_expired', gatewayCode: null },
      },
    });
    const second = await arrive(1);
    await waitFor(async () => (await mark())?.eventId === before.id);
    await relay.stop();
    const third = await arrive(1);
    await start();
    await waitFor(async () => (await decidedIds()).length > 0);
    expect(await decidedIds()).toEqual([idsOf([first, second, third])]);
    await waitFor(() => notified.length === 2);
  });

  it('tells a payload alone if no other has come in time, and others together', async () => {
    const single = await arrive(1, longAgo);
    const pair = [await arrive(2, longAgo), await arrive(2, longAgo)];
    const { notified } = await collect();
    await start();
    await waitFor(() => notified.length === 2);
    expect(await decidedIds()).toEqual([idsOf(pair)]);
    expect(notified.map(({ reference }) => reference.cause.type).sort()).toEqual([
      'PayloadsCoalesced',
      'WebhookPayloadReceived',
    ]);
    expect(await factsOf(single)).toEqual([]);
  });

  it('continues what a killed relay had begun: no payload is lost, and none is told twice', async () => {
    const payloads = [await arrive(1), await arrive(1), await arrive(1)];
    const alone = await arrive(2, longAgo);
    // It had claimed these, also together with one that is gone since, and had decided nothing.
    for (const { payloadId, id: deliveryId } of [...payloads.slice(0, 2), alone])
      await scene.append(streams.delivery(payloadId), {
        type: 'DeliveryCoalesced',
        data: { ...webhook, payloadId, deliveryId },
      });
    const { notified } = await collect();
    await start();
    await waitFor(() => notified.length === 2);
    expect((await decidedIds()).sort()).toEqual([idsOf(payloads), idsOf([alone])].sort());
    for (const payload of payloads) expect(await factsOf(payload)).toEqual(['DeliveryCoalesced']);
  });

  it('does not tell together what was told alone, or removed', async () => {
    const [begun, removed, repeated] = [await arrive(1), await arrive(1), await arrive(1)];
    const [second] = [await arrive(2), await arrive(2, { payloadId: repeated.payloadId }), await arrive(2)];
    await scene.append(streams.delivery(begun.payloadId), {
      type: 'DeliveryAttempted',
      data: {
        ...{ ...webhook, payloadId: begun.payloadId, deliveryId: begun.id, arrivalRevision: begun.revision },
        ...{
          agentId: webhook.boardId,
          gatewayId: webhook.boardId,
          sessionKey: 's',
          idempotencyKey: begun.id,
        },
        ...{ revisions: { board: 0, webhook: 0, agent: 0, gateway: 0 }, template: 2, baseUrl: 'http://x' },
        textSha256: '0'.repeat(64),
      },
    });
    await store.tombstone(streams.delivery(removed.payloadId));
    const { notified } = await collect();
    await start();
    await waitFor(async () => (await decidedIds()).length === 2);
    const [one = [], two = []] = await decidedIds();
    expect(one).toEqual([repeated.payloadId]);
    expect(two).toHaveLength(2);
    expect(two).toContain(second?.payloadId);
    expect(two).not.toContain(repeated.payloadId);
    await waitFor(() => notified.some(({ reference }) => reference.cause.eventId === begun.id));
  });

  it('accepts what another relay has decided', async () => {
    const { notified } = await collect();
    const relay = await start();
    await waitFor(relay.ready);
    const [first, second] = [await arrive(1), await arrive(1)];
    const other = await scene.append(streams.coalesced(webhook.webhookId), {
      type: 'PayloadsCoalesced',
      data: {
        ...webhook,
        keySha256: null,
        payloads: [{ payloadId: first.payloadId, arrivalRevision: first.revision, eventId: first.id }],
      },
    });
    await waitFor(() => notified.length === 1);
    const more = [await arrive(1), await arrive(1)];
    await waitFor(() => notified.length === 2);
    const [, { id = '' } = {}] = await decided();
    expect(await decidedIds()).toEqual([idsOf([first]), idsOf([second, ...more])]);
    expect(notified.map(({ reference }) => reference.payloadId)).toEqual([other.id, id]);
  });

  describe('by the value of an expression', () => {
    const expression = 'has(body.id) ? body.kind + "#" + string(body.id) : null';

    beforeEach(async () => {
      const coalesce = { ...rule, key: expression, max_payloads: 2 };
      webhook = { ...webhook, webhookId: await scene.webhook(webhook.boardId, { rules: { coalesce } }) };
    });

    const arriveAs = (body: object, settings = {}) =>
      scene.arrival(webhook, { body: JSON.stringify(body), ...settings });
    const issue = (id: unknown) => arriveAs({ kind: 'issue', id });

    it('tells together what has the same value, and tells alone what has none: if it failed, it says why', async () => {
      const { notified } = await collect();
      const relay = await start();
      await waitFor(relay.ready);
      const [first, other] = [await issue(7), await arriveAs({ kind: 'push', id: 7 })];
      const without = await arriveAs({ kind: 'ping' });
      const failing = await arriveAs({ id: 7 });
      const second = await issue(7);
      await waitFor(() => notified.length === 3);
      const [{ id = '' } = {}] = await decided();
      expect(notified.map(({ reference }) => reference.cause.eventId)).toEqual([without.id, failing.id, id]);
      expect(await decidedIds()).toEqual([idsOf([first, second])]);
      expect([await factsOf(without), await factsOf(other)]).toEqual([[], []]);
      expect(await scene.facts(streams.delivery(failing.payloadId))).toMatchObject([
        {
          type: 'DeliveryFilterFailed',
          data: {
            ...{ deliveryId: failing.id, setting: 'coalesce.key', webhookRevision: 0, code: 'error' },
            detail: expect.stringContaining('kind'),
          },
        },
      ]);
      expect(await relay.metric('mission_control_relay_filter_failures_total')).toBe(1);
    });

    it('finds the same windows after a restart, and tells alone what a relay has told alone', async () => {
      const before = await arriveAs({ kind: 'ping' });
      const first = await issue(7);
      const alone = await issue(7);
      // The expression took too long then, and would not now.
      await scene.append(streams.delivery(alone.payloadId), {
        type: 'DeliveryFilterFailed',
        data: {
          ...{ ...webhook, payloadId: alone.payloadId, deliveryId: alone.id },
          ...{ setting: 'coalesce.key', webhookRevision: 0, code: 'timeout' },
        },
      });
      const { notified } = await collect();
      const relay = await start();
      await waitFor(() => notified.length === 2);
      await relay.stop();
      await start();
      const second = await issue(7);
      await waitFor(async () => (await decidedIds()).length > 0);
      expect(await decidedIds()).toEqual([idsOf([first, second])]);
      const [{ id = '' } = {}] = await decided();
      await waitFor(() => notified.some(({ reference }) => reference.cause.eventId === id));
      const told = new Set(notified.map(({ reference }) => reference.cause.eventId));
      expect(told).toEqual(new Set([before.id, alone.id, id]));
      expect(await factsOf(alone)).toEqual(['DeliveryFilterFailed']);
    });

    it('tells alone what waits, once it reads that another relay tells it alone', async () => {
      const { notified } = await collect();
      const relay = await start();
      const waiting = await issue(7);
      await waitFor(async () => (await relay.metric('mission_control_relay_coalescing')) === 1);
      await scene.append(streams.delivery(waiting.payloadId), {
        type: 'DeliveryFilterFailed',
        data: {
          ...{ ...webhook, payloadId: waiting.payloadId, deliveryId: waiting.id },
          ...{ setting: 'coalesce.key', webhookRevision: 0, code: 'memory' },
        },
      });
      await waitFor(() => notified.length === 1);
      expect(notified[0]?.reference.cause.eventId).toBe(waiting.id);
      await waitFor(async () => (await relay.metric('mission_control_relay_coalescing')) === 0);
    });

    it('tells a payload once that was claimed, and whose value is not found again', async () => {
      const claimed = await arriveAs({ id: 7 }, longAgo);
      await scene.append(streams.delivery(claimed.payloadId), {
        type: 'DeliveryCoalesced',
        data: { ...webhook, payloadId: claimed.payloadId, deliveryId: claimed.id },
      });
      const { notified } = await collect();
      await start();
      await waitFor(() => notified.length === 1);
      expect(await decidedIds()).toEqual([idsOf([claimed])]);
      expect(notified[0]?.reference.cause.type).toBe('PayloadsCoalesced');
      expect(await factsOf(claimed)).toEqual(['DeliveryCoalesced']);
    });

    it('says of both expressions that they failed, once, and tells the payload alone', async () => {
      const rules = { coalesce: { ...rule, key: 'body.key' }, notifyWhen: 'body.wanted' };
      webhook = { ...webhook, webhookId: await scene.webhook(webhook.boardId, { rules }) };
      const payload = await arriveAs({ n: 1 });
      const { notified } = await collect();
      for (let n = 0; n < 2; n += 1) {
        const relay = await start();
        const next = await arriveAs({ n: 2, wanted: true });
        await waitFor(() => notified.some(({ reference }) => reference.cause.eventId === next.id));
        await relay.stop();
      }
      const settings = (await scene.facts(streams.delivery(payload.payloadId))).map((event) =>
        isEvent(event, 'DeliveryFilterFailed') ? (event.data.setting ?? 'notify_when') : event.type,
      );
      expect(settings).toEqual(['notify_when', 'coalesce.key']);
    });
  });

  it('publishes a redelivery at once, and forgets what waits when the webhook is deleted', async () => {
    const { notified } = await collect();
    const relay = await start();
    await waitFor(relay.ready);
    const waiting = await arrive(1);
    const again = await scene.append(streams.delivery(waiting.payloadId), {
      type: 'RedeliveryRequested',
      data: { ...webhook, payloadId: waiting.payloadId, arrivalRevision: 0, agentId: null, reason: 'again' },
    });
    await waitFor(() => notified.length === 1);
    expect(notified[0]?.reference.cause.eventId).toBe(again.id);
    const gone = await scene.append(streams.webhook(webhook.webhookId), {
      type: 'WebhookDeleted',
      data: { ...webhook, cleanupMemory: false },
    });
    await waitFor(async () => (await mark())?.eventId === gone.id);
    expect(await decided()).toEqual([]);
  });
});
