import { randomUUID } from 'node:crypto';
import { type Lane, laneOf } from '@mission-control/contracts';
import type { Messaging } from '../connection/connect.ts';
import type { DeliveryMessage, DeliveryPublisher } from '../publishing/publisher.ts';
import type { LaneMessage } from '../transport/lane-context.ts';

export const silent = { info: () => {}, warn: () => {}, error: () => {} };
export const lane = laneOf(null);

/** A message with one id as payload id, cause and message id. */
export const messageOf = (id: string, on: Lane = lane): DeliveryMessage => ({
  id,
  lane: on,
  reference: {
    payloadId: id,
    boardId: randomUUID(),
    webhookId: randomUUID(),
    cause: { type: 'WebhookPayloadReceived', eventId: id, stream: 'payloads-x', revision: 0, position: '1' },
  },
});

/** Publishes references to that many new payloads. Returns their ids in order. */
export const publish = async (
  publisher: DeliveryPublisher,
  count: number,
  on: Lane = lane,
): Promise<string[]> => {
  const ids = Array.from({ length: count }, () => randomUUID());
  await Promise.all(ids.map((id) => publisher.publish(messageOf(id, on))));
  return ids;
};

/** Returns the next messages of the lane. It does not end the iteration, so it can be called again. */
export const take = async (messages: AsyncIterator<LaneMessage>, count: number): Promise<LaneMessage[]> => {
  const taken: LaneMessage[] = [];
  while (taken.length < count) {
    const { value, done } = await messages.next();
    if (done) throw new Error('The messages ended.');
    taken.push(value);
  }
  return taken;
};

export const payloadIds = (messages: readonly LaneMessage[]): string[] =>
  messages.map(({ reference }) => reference.payloadId);

export const stored = async ({ manager, names }: Messaging): Promise<number> =>
  (await manager.streams.info(names.stream)).state.messages;

export const consumers = async ({ manager, names }: Messaging): Promise<string[]> =>
  (await Array.fromAsync(manager.consumers.list(names.stream))).map(({ name }) => name);
