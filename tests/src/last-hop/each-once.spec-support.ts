import { expect } from 'vitest';
import { forbiddenIn } from './allowed-events.spec-support.ts';
import type { DeliveryEvents } from './delivery-events.spec-support.ts';
import type { Arrived } from './last-hop.spec-support.ts';

/** The messages that agents received, by canonical session key, in order. */
export type Consumed = Readonly<
  Record<string, readonly { readonly idempotencyKey: string; readonly text: string }[]>
>;

/** A message that was sent again has another key, which begins with the id of its delivery. */
export const deliveryOf = (idempotencyKey: string): string => idempotencyKey.slice(0, 36);

const payloadIdIn = (text: string): string | undefined => /^Payload ID: (\S+)$/m.exec(text)?.[1];

/** Expects that the session of each arrival got its message once, and that no session got anything else. */
export const expectEachOnce = (arrived: readonly Arrived[], consumed: Consumed): void => {
  const expected = arrived.map(({ sessionKey, deliveryId, payloadId }) =>
    [sessionKey, deliveryId, payloadId].join(' '),
  );
  const got = Object.entries(consumed).flatMap(([sessionKey, messages]) =>
    messages.map(({ idempotencyKey, text }) =>
      [sessionKey, deliveryOf(idempotencyKey), payloadIdIn(text)].join(' '),
    ),
  );
  const missing = expected.filter((one) => !got.includes(one));
  const several = [...new Set(got.filter((one, n) => got.indexOf(one) !== n))];
  const unexpected = got.filter((one) => !expected.includes(one));
  expect({ missing, several, unexpected }).toEqual({ missing: [], several: [], unexpected: [] });
};

/**
 * Expects that each session got its messages in the order in which the payloads arrived. Only a message that was sent again, because the
 * OpenClaw gateway lost it, may follow a later one.
 */
export const expectArrivalOrder = (arrived: readonly Arrived[], consumed: Consumed): void => {
  const positions = new Map(arrived.map(({ deliveryId, position }) => [deliveryId, position]));
  const late: string[] = [];
  for (const [sessionKey, messages] of Object.entries(consumed)) {
    let newest = -1n;
    for (const { idempotencyKey } of messages) {
      const deliveryId = deliveryOf(idempotencyKey);
      const position = positions.get(deliveryId) ?? -1n;
      if (position < newest && idempotencyKey === deliveryId) late.push(`${sessionKey} ${deliveryId}`);
      if (position > newest) newest = position;
    }
  }
  expect(late).toEqual([]);
};

/** Expects that the log has only allowed events for each delivery, and that lost messages were sent again before anything new. */
export const expectAllowedEvents = (arrived: readonly Arrived[], events: DeliveryEvents): void => {
  const forbidden = arrived.flatMap(({ deliveryId }) => {
    const own = events.of(deliveryId).map(({ event }) => event);
    const wrong = forbiddenIn(own);
    return wrong === null ? [] : `${deliveryId}: ${wrong} in ${own.map(({ type }) => type).join(' ')}`;
  });
  expect(forbidden).toEqual([]);
  expect(overtakenLosses(arrived, events)).toEqual([]);
};

/** Deliveries that began in a session while a lost message waited to be sent again. */
const overtakenLosses = (arrived: readonly Arrived[], events: DeliveryEvents): string[] => {
  const overtaken: string[] = [];
  for (const [sessionKey, ofSession] of Map.groupBy(arrived, (one) => one.sessionKey)) {
    const waiting = new Set<string>();
    const all = ofSession
      .flatMap(({ deliveryId }) => events.of(deliveryId).map((one) => ({ ...one, deliveryId })))
      .sort((one, other) => (one.position < other.position ? -1 : 1));
    for (const { event, deliveryId } of all) {
      if (event.type === 'MessageLost') {
        waiting.add(deliveryId);
        continue;
      }
      const first = event.type === 'DeliveryAttempted' && event.data.idempotencyKey === deliveryId;
      if (first && waiting.size > 0) overtaken.push(`${sessionKey}: ${deliveryId} before ${[...waiting]}`);
      waiting.delete(deliveryId);
    }
  }
  return overtaken;
};

/** Expects that the session has the message of each arrival, as far as the log knows. */
export const expectAllTold = (arrived: readonly Arrived[], events: DeliveryEvents): void => {
  const untold = arrived
    .filter(({ deliveryId }) => !events.has(deliveryId, 'MessageConfirmed'))
    .map(({ deliveryId }) => [deliveryId, ...events.of(deliveryId).map(({ event }) => event.type)].join(' '));
  expect(untold).toEqual([]);
};
