import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { laneOf } from '@mission-control/contracts';
import { startTestNats, type TestNats } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectMessaging, type Messaging } from '../connection/connect.ts';
import { DeliveryPublisher } from '../publishing/publisher.ts';
import { OwnedLane } from './owned-lane.ts';
import { consumers, lane, payloadIds, publish, silent, stored, take } from './test-lane.spec-support.ts';

describe('an owned lane', () => {
  let nats: TestNats;
  let messaging: Messaging;
  let publisher: DeliveryPublisher;
  const connections: Messaging[] = [];

  beforeEach(async () => {
    nats = await startTestNats();
    messaging = await connect();
    publisher = await DeliveryPublisher.open(messaging, silent);
  });

  afterEach(async () => {
    for (const connection of connections.splice(0)) await connection.close();
    await nats.stop();
  });

  const connect = async () => {
    const connection = await connectMessaging(nats.url, 'spec', silent);
    connections.push(connection);
    return connection;
  };

  const tryToClaim = (on = messaging) => OwnedLane.claim({ messaging: on, lane, log: silent });
  const claim = async (on = messaging) => {
    const owned = await waitFor(() => tryToClaim(on));
    return { owned, messages: owned.messages[Symbol.asyncIterator]() };
  };
  const ended = async (owned: OwnedLane) => {
    if (!owned.signal.aborted) await once(owned.signal, 'abort');
    expect(await owned.messages[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
  };

  it('has one owner, also among processes that claim it at the same time', async () => {
    const claims = await Promise.all([
      tryToClaim(),
      tryToClaim(await connect()),
      tryToClaim(await connect()),
    ]);
    const [owned, ...others] = claims.filter((claimed) => claimed !== null);
    expect(others).toEqual([]);
    expect(owned?.owned()).toBe(true);
    expect(await tryToClaim()).toBeNull();
    const other = await OwnedLane.claim({ messaging, lane: laneOf(randomUUID()), log: silent });
    expect(other?.owned()).toBe(true);
  });

  it('hands out waiting messages in order and then new ones, whatever number an older release gave their subject', async () => {
    const references = Array.from({ length: 8 }, () => randomUUID());
    for (const [n, id] of references.entries()) {
      const reference = {
        payloadId: id,
        boardId: id,
        webhookId: id,
        cause: { type: 'WebhookPayloadReceived', eventId: id, stream: 's', revision: 0, position: '1' },
      };
      await messaging.client.publish(`deliveries.none.${n % 4}`, JSON.stringify(reference));
    }
    const { messages } = await claim();
    const before = await take(messages, 8);
    expect(payloadIds(before)).toEqual(references);
    expect(before.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    publisher = await DeliveryPublisher.open(messaging, silent);
    const after = await publish(publisher, 3);
    expect(payloadIds(await take(messages, 3))).toEqual(after);
  });

  it('passes 50,000 messages on: a released lane begins with the unacknowledged ones, in order', async () => {
    const ids: string[] = [];
    while (ids.length < 50_000) ids.push(...(await publish(publisher, 1_000)));
    const first = await claim();
    const inHand = await take(first.messages, 50_000);
    expect(payloadIds(inHand)).toEqual(ids);
    for (const [n, message] of inHand.entries()) if (n % 10 !== 0) message.ack();
    await first.owned.release();
    expect(first.owned.owned()).toBe(false);
    expect(await stored(messaging)).toBe(5_000);
    const later = await publish(publisher, 1);
    const second = await claim();
    const left = ids.filter((_, n) => n % 10 === 0);
    expect(payloadIds(await take(second.messages, 5_001))).toEqual([...left, ...later]);
  });

  it('ignores acknowledgements that come after the release, and hands those messages on', async () => {
    await publish(publisher, 2);
    const first = await claim();
    const [one, two] = await take(first.messages, 2);
    one?.ack();
    await first.owned.release();
    two?.ack();
    const second = await claim();
    expect(payloadIds(await take(second.messages, 1))).toEqual([two?.reference.payloadId]);
  });

  it('stays owned briefly when it is stopped, so that work in progress can be finished', async () => {
    await publish(publisher, 1);
    const { owned, messages } = await claim();
    const [message] = await take(messages, 1);
    owned.stop();
    await ended(owned);
    expect(owned.owned()).toBe(true);
    message?.ack();
    await owned.release();
    expect(await stored(messaging)).toBe(0);
    expect(await consumers(messaging)).toEqual([]);
  });

  it('stays owned while it is idle, for longer than the server keeps the consumer of a silent owner', async () => {
    const { owned, messages } = await claim();
    const other = await connect();
    const since = performance.now();
    const claimed: OwnedLane[] = [];
    await waitFor(async () => {
      const second = await tryToClaim(other);
      if (second) claimed.push(second);
      return performance.now() - since > 8_000;
    });
    expect(claimed).toEqual([]);
    expect(owned.signal.aborted).toBe(false);
    await waitFor(() => owned.owned());
    const [id] = await publish(publisher, 1);
    expect(payloadIds(await take(messages, 1))).toEqual([id]);
  });

  it('ends when its consumer is deleted', async () => {
    await publish(publisher, 3);
    const { owned, messages } = await claim();
    await take(messages, 3);
    const [name = ''] = await consumers(messaging);
    await messaging.manager.consumers.delete(messaging.names.stream, name);
    await ended(owned);
    expect(owned.owned()).toBe(false);
    const next = await claim();
    expect(await take(next.messages, 3)).toHaveLength(3);
  });

  it('ends when the stream is deleted', async () => {
    const { owned } = await claim();
    await messaging.manager.streams.delete(messaging.names.stream);
    await ended(owned);
    expect(owned.owned()).toBe(false);
  });

  it.each([true, false])('ends when the server is restarted (data lost: %s)', async (loseData) => {
    const ids = await publish(publisher, 3);
    const { owned, messages } = await claim();
    await take(messages, 3);
    await nats.restart({ loseData });
    await ended(owned);
    expect(owned.owned()).toBe(false);
    await owned.release();
    publisher = await waitFor(() => DeliveryPublisher.open(messaging, silent));
    const after = await publish(publisher, 1);
    const next = await claim();
    const expected = loseData ? after : [...ids, ...after];
    expect(payloadIds(await take(next.messages, expected.length))).toEqual(expected);
  });

  it('ends when its connection is closed, and the server lets another process own it', async () => {
    const own = await connect();
    const ids = await publish(publisher, 2);
    const { messages } = await claim(own);
    await take(messages, 2);
    await own.close();
    const next = await claim();
    expect(payloadIds(await take(next.messages, 2))).toEqual(ids);
  });

  it('discards a message that is not a delivery reference', async () => {
    await messaging.client.publish('deliveries.none.0', '{"not":"a reference"}');
    await messaging.client.publish('deliveries.none.0', 'not JSON');
    publisher = await DeliveryPublisher.open(messaging, silent);
    const [id] = await publish(publisher, 1);
    const { messages } = await claim();
    expect(payloadIds(await take(messages, 1))).toEqual([id]);
    await waitFor(async () => (await stored(messaging)) === 1);
  });
});
