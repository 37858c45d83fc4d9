import { StoredCheckpoint } from '@mission-control/aggregates';
import { type DeliveryReference, type Fact, laneOf, newRandomId, streams } from '@mission-control/contracts';
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
import {
  collectNotified,
  limitStream,
  startTestRelay,
  storedMessages,
  type TestRelay,
} from './testing/test-relay.ts';

const agentId = newRandomId();
const message = {
  agentId,
  gatewayId: newRandomId(),
  sessionKey: 's',
  idempotencyKey: 'k',
  runId: null,
  attempt: 1,
};
/** Events after which no message has to be published. */
const outcomes = [
  ['AgentTold', { agentId, sessionKey: 's', runId: null, attempt: 1 }],
  ['MessageConfirmed', { ...message, evidence: 'history', sentAgain: false }],
  ['DeliveryOutcomeUnknown', { reason: 'session_reset' }],
  ['DeliveryParked', { arrivalRevision: 0, reason: 'no_agent' }],
  ['DeliveryFailed', { reason: 'payload_expired', gatewayCode: null }],
  ['DeliveryFiltered', { arrivalRevision: 0, webhookRevision: 0, reason: 'notify_when' }],
] as const;

describe('the relay', () => {
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
    webhook = { boardId, webhookId: await scene.webhook(boardId) };
  });

  afterEach(async () => {
    for (const end of ending.splice(0).reverse()) await end();
    await store.close();
    await nats.stop();
    await database.drop();
  });

  const start = async (
    env: Record<string, string> = {},
    timing: { standbyMs?: number } = {},
  ): Promise<TestRelay> => {
    const relay = await startTestRelay(database.url, nats.url, env, timing);
    ending.push(relay.stop);
    return relay;
  };

  const collect = async (mayAck?: (reference: DeliveryReference) => boolean) => {
    const collected = await collectNotified(nats.url, mayAck);
    ending.push(collected.stop);
    return collected;
  };

  const told = (payload: ScenePayload, deliveryId = payload.id): Fact<'AgentTold'> => ({
    type: 'AgentTold',
    data: {
      ...webhook,
      payloadId: payload.payloadId,
      deliveryId,
      agentId: newRandomId(),
      sessionKey: 's',
      runId: null,
      attempt: 1,
    },
  });

  const settle = (payload: ScenePayload) => scene.append(streams.delivery(payload.payloadId), told(payload));
  const stored = () => storedMessages(nats.url);
  const mark = async () => (await StoredCheckpoint.load(store, 'relay')).checkpoint;

  it('publishes a reference to each arrival and each redelivery request, in order, on the lane of the board', async () => {
    const { notified } = await collect();
    const relay = await start();
    const gatewayId = await scene.gateway();
    const other = await scene.board({ gatewayId });
    const elsewhere = { boardId: other, webhookId: await scene.webhook(other) };
    const agentId = newRandomId();
    const one = await scene.arrival(webhook, { body: 'secret text' });
    const two = await scene.arrival(webhook);
    const again = await scene.append(streams.delivery(one.payloadId), {
      type: 'RedeliveryRequested',
      data: { ...webhook, payloadId: one.payloadId, arrivalRevision: 0, agentId, reason: 'again' },
    });
    const three = await scene.arrival(elsewhere);
    await waitFor(() => notified.length === 4);
    const here = notified.filter(({ lane }) => lane.gatewayId === null);
    expect(here.map(({ reference }) => reference.cause)).toEqual([
      {
        type: 'WebhookPayloadReceived',
        eventId: one.id,
        stream: one.stream,
        revision: 0,
        position: `${one.position}`,
      },
      {
        type: 'WebhookPayloadReceived',
        eventId: two.id,
        stream: two.stream,
        revision: 1,
        position: `${two.position}`,
      },
      {
        type: 'RedeliveryRequested',
        eventId: again.id,
        stream: again.stream,
        revision: 0,
        position: `${again.position}`,
      },
    ]);
    expect(notified.filter(({ lane }) => lane.gatewayId !== null)).toEqual([
      { lane: laneOf(gatewayId), reference: expect.objectContaining({ payloadId: three.payloadId }) },
    ]);
    expect(JSON.stringify([notified, relay.logged])).not.toContain('secret text');
    const [{ reference: first } = {}, , { reference: redelivery } = {}] = here;
    expect(first).toMatchObject({ agentId: null, requestedAt: expect.stringMatching(/^2.*Z$/) });
    expect(redelivery).toMatchObject({ agentId, requestedAt: expect.stringMatching(/^2.*Z$/) });
  });

  it('follows the log by types alone, so that one filter of the server serves the process', async () => {
    const relay = await start();
    await waitFor(() => relay.filters.length === 2);
    for (const filter of relay.filters) expect(Object.keys(filter)).toEqual(['types']);
  });

  it('publishes only deliveries without an outcome at startup, and starts next time before the oldest of them', async () => {
    const payloads: ScenePayload[] = [];
    for (let n = 0; n < 20; n += 1) payloads.push(await scene.arrival(webhook));
    for (const [n, payload] of payloads.entries()) if (n !== 7 && n !== 13) await settle(payload);
    const first = await start();
    await waitFor(first.ready);
    await waitFor(mark);
    await first.stop();
    const open = [payloads[7]?.id, payloads[13]?.id];
    const { eventIds } = await collect();
    await waitFor(() => eventIds().length === 2);
    expect(eventIds()).toEqual(open);
    expect((await mark())?.eventId).toBe(payloads[6]?.id);

    const second = await start();
    await waitFor(second.ready);
    for (const n of [7, 13]) await settle(payloads[n] as ScenePayload);
    await waitFor(async () => {
      const checkpoint = await mark();
      return checkpoint && checkpoint.position > (payloads[19]?.position ?? 0n);
    });
  });

  it('publishes everything outstanding again when the server has lost its data', async () => {
    const relay = await start();
    await waitFor(relay.ready);
    const payloads = [];
    for (let n = 0; n < 10; n += 1) payloads.push(await scene.arrival(webhook));
    await settle(payloads[0] as ScenePayload);
    await waitFor(async () => (await stored()) === 10);
    await nats.restart({ loseData: true });
    const { eventIds } = await collect();
    await waitFor(() => eventIds().length >= 9);
    expect(eventIds()).toEqual(payloads.slice(1).map(({ id }) => id));
  });

  it('publishes an overdue delivery again if it is in no lane, and forgets one that needs no outcome', async () => {
    const { eventIds } = await collect();
    const relay = await start({ RELAY_SWEEP_SECONDS: '1' });
    await waitFor(relay.ready);
    const lost = await scene.arrival(webhook);
    const payload = await scene.arrival(webhook);
    await settle(payload);
    const repeat = await scene.arrival(webhook, { payloadId: payload.payloadId });
    await waitFor(() => eventIds().filter((id) => id === lost.id).length >= 2);
    await settle(lost);
    await waitFor(async () => ((await mark())?.position ?? 0n) > repeat.position);
    expect(eventIds().filter((id) => id === repeat.id)).toHaveLength(1);
    await waitFor(async () => (await stored()) === 0);
  });

  it('does not publish an overdue delivery again while it waits in its lane', async () => {
    const boardId = await scene.board({ gatewayId: await scene.gateway() });
    const resting = { boardId, webhookId: await scene.webhook(boardId) };
    const { eventIds } = await collect((reference) => reference.boardId !== boardId);
    await start({ RELAY_SWEEP_SECONDS: '1' });
    const waiting = [await scene.arrival(resting), await scene.arrival(resting)];
    const lost = await scene.arrival(webhook);
    await waitFor(() => eventIds().filter((id) => id === lost.id).length >= 4);
    await waitFor(async () => (await stored()) === waiting.length);
    expect(eventIds().filter((id) => id !== lost.id)).toEqual(waiting.map(({ id }) => id));
  });

  it('waits while JetStream is full, can be stopped meanwhile, and skips nothing', async () => {
    const relay = await start();
    await waitFor(relay.ready);
    await limitStream(nats.url, 3);
    const arrivals = [];
    for (let n = 0; n < 8; n += 1) arrivals.push(await scene.arrival(webhook));
    await waitFor(() => relay.logged.some((line) => line.includes('the stream is full')));
    await relay.stop();
    expect(await stored()).toBe(3);
    await start();
    const { eventIds } = await collect();
    await waitFor(() => eventIds().length === 8);
    expect(eventIds()).toEqual(arrivals.map(({ id }) => id));
  });

  it('reports what is published and outstanding, and the age of the oldest event that JetStream has not stored', async () => {
    const relay = await start();
    await waitFor(relay.ready);
    await limitStream(nats.url, 1);
    await scene.arrival(webhook);
    await scene.arrival(webhook);
    await waitFor(async () => (await relay.metric('messaging_client_sent_messages_total')) === 1);
    await waitFor(async () => ((await relay.metric('mission_control_relay_lag_seconds')) ?? 0) > 0);
    expect(await relay.metric('mission_control_relay_outstanding')).toBe(2);
    await limitStream(nats.url, 2);
    await waitFor(async () => (await relay.metric('messaging_client_sent_messages_total')) === 2);
    await waitFor(async () => (await relay.metric('mission_control_relay_lag_seconds')) === 0);
    expect(await relay.metric('mission_control_relay_outstanding')).toBe(2);
    expect(await relay.metric('mission_control_relay_outstanding_age_seconds')).toBeGreaterThan(0);
    expect(await relay.metric('mission_control_relay_republished_total')).toBe(0);
  });

  it('publishes what is outstanding on a board again, in order, when the board moves to another OpenClaw gateway', async () => {
    const relay = await start();
    await waitFor(relay.ready);
    const [before, after] = [await scene.gateway(), await scene.gateway()];
    const boardId = await scene.board({ gatewayId: before });
    const moving = { boardId, webhookId: await scene.webhook(boardId) };
    const payloads: ScenePayload[] = [];
    for (let n = 0; n < 5; n += 1) {
      payloads.push(await scene.arrival(moving));
      await scene.arrival(webhook);
    }
    await waitFor(async () => (await stored()) === 10);
    // Not before: what is settled when the relay reads its arrival is not published.
    await settle(payloads[1] as ScenePayload);
    const update = (data: { name: string } | { gatewayId: string }) =>
      scene.append(streams.board(boardId), { type: 'BoardUpdated', data: { boardId, ...data } });
    await update({ name: 'Renamed' });
    await update({ gatewayId: after });
    payloads.push(await scene.arrival(moving));
    await waitFor(async () => (await stored()) === 15);
    const { notified } = await collect();
    await waitFor(() => notified.length === 15);
    const on = (gatewayId: string) =>
      notified.filter(({ lane }) => lane.gatewayId === gatewayId).map(({ reference }) => reference.payloadId);
    const ids = payloads.map(({ payloadId }) => payloadId);
    expect(on(before)).toEqual(ids.slice(0, 5));
    expect(on(after)).toEqual(ids.filter((_, n) => n !== 1));
  });

  it.each(outcomes)('has nothing left to do about a delivery after %s', async (type, outcome) => {
    const relay = await start();
    await waitFor(relay.ready);
    const payload = await scene.arrival(webhook);
    const { payloadId, id: deliveryId } = payload;
    const settled = await scene.append(streams.delivery(payloadId), {
      type,
      data: { ...webhook, payloadId, deliveryId, ...outcome },
    } as Fact);
    await waitFor(async () => (await mark())?.eventId === settled.id);
  });

  it('checks every overdue delivery eventually when many are waiting', async () => {
    const boardId = await scene.board({ gatewayId: await scene.gateway() });
    const resting = { boardId, webhookId: await scene.webhook(boardId) };
    await Promise.all(Array.from({ length: 600 }, () => scene.arrival(resting)));
    const { eventIds } = await collect((reference) => reference.boardId !== boardId);
    await start({ RELAY_SWEEP_SECONDS: '1' });
    const lost = await scene.arrival(webhook);
    await waitFor(() => eventIds().filter((id) => id === lost.id).length >= 2);
    expect(await stored()).toBeLessThanOrEqual(601);
    expect(new Set(eventIds()).size).toBe(601);
    expect(eventIds().filter((id) => id !== lost.id)).toHaveLength(600);
  });

  it('stands by as long as another relay is active, even an idle one, and takes over when that one ends', async () => {
    const waiting = await scene.arrival(webhook);
    const one = await start({}, { standbyMs: 7_000 });
    await waitFor(async () => (await stored()) === 1);
    const other = await start({}, { standbyMs: 7_000 });
    await waitFor(other.ready);
    const sessions = ({ logged }: typeof one) =>
      logged.filter((line) => line.includes('reading the log')).length;
    const standsBy = ({ logged }: typeof one) => logged.some((line) => line.includes('standing by'));
    // The one that publishes first fences the other one.
    await waitFor(async () => {
      if (![one, other].some(standsBy)) await scene.arrival(webhook);
      return [one, other].some(standsBy);
    });
    const [fenced, active] = standsBy(one) ? [one, other] : [other, one];
    expect(sessions(fenced)).toBe(1);
    const { eventIds } = await collect((reference) => reference.cause.eventId !== waiting.id);
    const since = performance.now();
    await waitFor(() => performance.now() - since > 16_000);
    expect(sessions(fenced)).toBe(1);
    expect(standsBy(active)).toBe(false);
    await active.stop();
    await waitFor(fenced.ready);
    const later = await scene.arrival(webhook);
    await waitFor(() => eventIds().includes(later.id));
  });

  it('forgets the deliveries of a deleted webhook', async () => {
    const relay = await start();
    await waitFor(relay.ready);
    await scene.arrival(webhook);
    const gone = await scene.append(streams.webhook(webhook.webhookId), {
      type: 'WebhookDeleted',
      data: { ...webhook, cleanupMemory: false },
    });
    await waitFor(async () => (await mark())?.eventId === gone.id);
  });

  it('forgets the deliveries of a payload that was removed, and of its later arrivals', async () => {
    const { eventIds } = await collect();
    const relay = await start({ RELAY_SWEEP_SECONDS: '1' });
    await waitFor(relay.ready);
    const removed = await scene.arrival(webhook);
    await store.tombstone(streams.delivery(removed.payloadId));
    const later = await scene.arrival(webhook, { payloadId: removed.payloadId });
    await waitFor(() => eventIds().includes(later.id));
    await waitFor(async () => ((await mark())?.position ?? 0n) >= later.position);
  });

  it('lets only one of two relays work', async () => {
    const one = await start();
    await waitFor(one.ready);
    const first = await scene.arrival(webhook);
    const other = await start();
    await waitFor(other.ready);
    const second = await scene.arrival(webhook);
    await waitFor(() =>
      [one, other].some(({ logged }) => logged.some((line) => line.includes('standing by'))),
    );
    const { eventIds } = await collect();
    await waitFor(() => eventIds().length >= 2);
    expect(eventIds()).toEqual([first.id, second.id]);
  });

  it('reads the log from the start when its mark is not in the log', async () => {
    const payload = await scene.arrival(webhook);
    const head = await store.head();
    if (!head) throw new Error('The log is empty.');
    const foreign = await StoredCheckpoint.load(store, 'relay');
    await foreign.move({ ...head, incarnation: newRandomId() });
    const relay = await start();
    const { eventIds } = await collect();
    await waitFor(() => eventIds().length === 1);
    expect(eventIds()).toEqual([payload.id]);
    expect(relay.logged.join('')).toContain('the log was restored or replaced');
  });
});
