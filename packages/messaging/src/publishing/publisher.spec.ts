import { randomUUID } from 'node:crypto';
import { laneOf } from '@mission-control/contracts';
import { startTestNats, type TestNats } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectMessaging, type Messaging } from '../connection/connect.ts';
import { OwnedLane } from '../owning/owned-lane.ts';
import { lane, messageOf, silent } from '../owning/test-lane.spec-support.ts';
import { PublisherFenced, PublishingLost } from './errors.ts';
import { type DeliveryMessage, DeliveryPublisher } from './publisher.ts';

const message = (id = randomUUID()): DeliveryMessage => messageOf(id);

/** Consumes and acknowledges messages of the lane. Returns the ids of the events that they refer to. */
const take = async (messaging: Messaging, count: number): Promise<string[]> => {
  const owned = await waitFor(() => OwnedLane.claim({ messaging, lane, log: silent }));
  const ids: string[] = [];
  for await (const taken of owned.messages) {
    ids.push(taken.reference.cause.eventId);
    taken.ack();
    if (ids.length === count) break;
  }
  await owned.release();
  return ids;
};

describe('the delivery publisher', () => {
  let nats: TestNats;
  let messaging: Messaging;

  beforeEach(async () => {
    nats = await startTestNats();
    messaging = await connectMessaging(nats.url, 'spec', silent);
  });

  afterEach(async () => {
    await messaging.close();
    await nats.stop();
  });

  it('keeps the order of a thousand messages, and stores repeats once wherever they occur', async () => {
    const publisher = await DeliveryPublisher.open(messaging, silent);
    const first = Array.from({ length: 500 }, () => message());
    await Promise.all(first.map((one) => publisher.publish(one)));
    const later = Array.from({ length: 500 }, () => message());
    const mixed = later.flatMap((one, i) => (i % 7 === 0 ? [first[i] ?? one, one, one] : [one]));
    await Promise.all(mixed.map((one) => publisher.publish(one)));
    expect(await take(messaging, 1_000)).toEqual([...first, ...later].map(({ id }) => id));
    await waitFor(
      async () => (await messaging.manager.streams.info(messaging.names.stream)).state.messages === 0,
    );
  });

  it('is fenced by a publisher that publishes to the stream after it', async () => {
    const one = await DeliveryPublisher.open(messaging, silent);
    await one.publish(message());
    const other = await DeliveryPublisher.open(messaging, silent);
    await other.publish(message());
    const late = Array.from({ length: 10 }, () => one.publish(message()));
    for (const result of await Promise.allSettled(late)) {
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(PublisherFenced) });
    }
    await expect(one.publish(message())).rejects.toThrow(PublisherFenced);
    await other.publish(message());
    expect((await messaging.manager.streams.info(messaging.names.stream)).state.messages).toBe(3);
  });

  it('is fenced even when both publish the same message', async () => {
    const one = await DeliveryPublisher.open(messaging, silent);
    const other = await DeliveryPublisher.open(messaging, silent);
    const same = message();
    await one.publish(same);
    await one.publish(same);
    await expect(other.publish(same)).rejects.toThrow(PublisherFenced);
  });

  it('waits while the stream is full', async () => {
    const publisher = await DeliveryPublisher.open(messaging, silent);
    await messaging.manager.streams.update(messaging.names.stream, { max_msgs: 3 });
    const messages = Array.from({ length: 10 }, () => message());
    const stored = Promise.all(messages.map((one) => publisher.publish(one)));
    expect(await take(messaging, 10)).toEqual(messages.map(({ id }) => id));
    await stored;
  });

  it('notices that the server has lost its data, and a new publisher recreates everything', async () => {
    const publisher = await DeliveryPublisher.open(messaging, silent);
    await publisher.publish(message());
    await publisher.check();
    await nats.restart({ loseData: true });
    await expect(publisher.check()).rejects.toThrow(PublishingLost);
    const next = await waitFor(() => DeliveryPublisher.open(messaging, silent));
    const again = message();
    await next.publish(again);
    await next.check();
    expect(await take(messaging, 1)).toEqual([again.id]);
  });

  it('announces a lane when it publishes to it', async () => {
    const heard: string[] = [];
    messaging.connection.subscribe(messaging.names.laneAnnouncements, {
      callback: (_, { subject }) => void heard.push(subject),
    });
    const publisher = await DeliveryPublisher.open(messaging, silent);
    const elsewhere = laneOf(randomUUID());
    await Promise.all(
      [message(), message(), messageOf(randomUUID(), elsewhere)].map((one) => publisher.publish(one)),
    );
    await waitFor(() => heard.length >= 2);
    expect([...new Set(heard)]).toEqual([lane, elsewhere].map(messaging.names.laneAnnouncement));
  });

  it('rejects waiting messages when it is closed', async () => {
    const publisher = await DeliveryPublisher.open(messaging, silent);
    await messaging.manager.streams.update(messaging.names.stream, { max_msgs: 1 });
    await publisher.publish(message());
    const waiting = publisher.publish(message());
    publisher.close();
    await expect(waiting).rejects.toThrow(PublishingLost);
  });
});
