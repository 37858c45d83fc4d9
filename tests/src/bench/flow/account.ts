import { isEvent, parseEvent } from '@mission-control/contracts';
import type { EventStore, Position } from '@mission-control/event-store';
import { requireOrder } from '../notify/order.ts';
import type { Target } from '../notify/scene.ts';
import type { SimulatedOpenclawGateways } from '../notify/simulated.ts';
import type { LoadAnswers } from './load.ts';

/** When what happened to a payload, milliseconds since 1970. */
interface Course {
  readonly acceptedAt: number;
  readonly receivedAt: number;
  readonly toldAt: number;
}

export interface Account {
  readonly courses: readonly Course[];
  /** Of the last of the arrivals in the log. */
  readonly lastArrival: Position;
  /** Events in the log, by type, of these payloads. */
  readonly events: Readonly<Record<string, number>>;
}

const types = [
  'WebhookPayloadReceived',
  'DeliveryAttempted',
  'MessageSent',
  'MessageConfirmed',
  'AgentRunEnded',
  'DeliveryParked',
  'DeliveryFailed',
  'DeliveryAttemptFailed',
  'DeliveryOutcomeUnknown',
  'MessageLost',
];

/**
 * Follows every accepted payload through the log and the sessions.
 *
 * @param from the position before the first of them
 * @throws if one was lost, stored or told twice, or out of order
 */
export const accountFor = async (
  store: EventStore,
  simulated: SimulatedOpenclawGateways,
  { from, targets, answers }: { from: Position | 'start'; targets: readonly Target[]; answers: LoadAnswers },
): Promise<Account> => {
  const received = await simulated.received();
  const deliveryOf = new Map<string, string>();
  const told = new Map<string, number[]>();
  const events: Record<string, number> = {};
  const sessionOf = new Map(targets.map(({ webhookId, sessionKey }) => [webhookId, sessionKey]));
  const stored = new Map<string, string[]>(targets.map(({ sessionKey }) => [sessionKey, []]));
  let lastArrival: Position | null = null;
  for await (const recorded of store.readAll({ from, filter: { types } })) {
    const event = parseEvent(recorded);
    events[event.type] = (events[event.type] ?? 0) + 1;
    if (isEvent(event, 'WebhookPayloadReceived')) {
      const { payloadId, webhookId } = event.data;
      if (deliveryOf.has(payloadId)) throw new Error(`Payload ${payloadId} was stored twice.`);
      deliveryOf.set(payloadId, recorded.id);
      stored.get(sessionOf.get(webhookId) ?? '')?.push(recorded.id);
      lastArrival = recorded.position;
    } else if (isEvent(event, 'MessageConfirmed')) {
      const { deliveryId } = event.data;
      told.set(deliveryId, [...(told.get(deliveryId) ?? []), Date.parse(recorded.recordedAt)]);
    }
  }
  requireOrder(stored, received.bySession);
  const courses = answers.accepted.map(([payloadId, acceptedAt]): Course => {
    const deliveryId = deliveryOf.get(payloadId);
    if (deliveryId === undefined)
      throw new Error(`Payload ${payloadId} was answered 202 and is not in the log.`);
    const [toldAt, ...again] = told.get(deliveryId) ?? [];
    const receivedAt = received.at.get(deliveryId);
    if (toldAt === undefined || receivedAt === undefined || again.length > 0)
      throw new Error(`Payload ${payloadId} was told ${toldAt === undefined ? 'never' : 'more than once'}.`);
    return { acceptedAt, receivedAt, toldAt };
  });
  if (deliveryOf.size !== courses.length || lastArrival === null)
    throw new Error(`${courses.length} payloads were accepted, but ${deliveryOf.size} are stored.`);
  return { courses, lastArrival, events };
};
