import { hash } from 'node:crypto';
import { parse, v4, v7 } from 'uuid';
import { randomBytesAhead } from './random.ts';

/** Random UUIDv4, for ids that must not be guessable (boards, webhooks, agents). */
export const newRandomId = (): string => v4();

/** Time-ordered UUIDv7, for events, and for payloads without a delivery name. */
export const newOrderedId = (): string => {
  const random = randomBytesAhead(16);
  const now = Date.now();
  if (now > last.milliseconds) {
    // The upper half of the counter's range is left for further ids in the same millisecond.
    last = { milliseconds: now, counter: random.readUInt32BE(0) >>> 1 };
  } else {
    last = { milliseconds: last.milliseconds, counter: last.counter + 1 };
  }
  return v7({ msecs: last.milliseconds, seq: last.counter, random });
};

/** State that keeps this process's ids ascending, even within a millisecond and when the clock is set back. */
let last = { milliseconds: 0, counter: 0 };

/** Whether it is a UUIDv7. One that a sender's name determines is not. */
export const isOrderedId = (id: string): boolean => id[14] === '7';

/**
 * UUIDv5 (RFC 9562, 5.5) of `parts` in `namespace`. The same parts always give the same id, in every process. The library's own makes a
 * `Hash` object for each, which takes three times as long.
 */
export const deriveId = (namespace: string, parts: readonly (string | number | null)[]): string => {
  let bytes = parsedNamespaces.get(namespace);
  if (bytes === undefined) {
    bytes = parse(namespace);
    parsedNamespaces.set(namespace, bytes);
  }
  const digest = hash('sha1', Buffer.concat([bytes, Buffer.from(JSON.stringify(parts))]));
  const part = (start: number, end: number) => digest.slice(start, end);
  const variant = ((Number.parseInt(part(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${part(0, 8)}-${part(8, 12)}-5${part(13, 16)}-${variant}${part(17, 20)}-${part(20, 32)}`;
};

/** There are few, and one is parsed for each payload otherwise. */
const parsedNamespaces = new Map<string, Uint8Array>();

/** Namespaces of derived ids. They must never change, because ids of stored events depend on them. */
export const namespaces = {
  payload: 'a5b0a1e4-6f0e-5c1e-9d0b-3a1f6b1d7c01',
  memoryEntry: 'a5b0a1e4-6f0e-5c1e-9d0b-3a1f6b1d7c02',
  event: 'a5b0a1e4-6f0e-5c1e-9d0b-3a1f6b1d7c03',
} as const;

/** The id of the request, and so of the delivery, by which a replay tells an agent about a payload. There is one for each of both. */
export const replayedDeliveryIdOf = (replayId: string, payloadId: string): string =>
  deriveId(namespaces.event, ['RedeliveryRequested', replayId, payloadId]);

/** The id of a payload's board memory entry. There is one per payload, however often the payload arrives. */
export const memoryEntryIdOf = (payloadId: string): string => deriveId(namespaces.memoryEntry, [payloadId]);
