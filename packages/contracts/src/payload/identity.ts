import { createHash } from 'node:crypto';
import type { DedupeDiffering } from '../events/webhook.ts';
import { deriveId, namespaces, newOrderedId } from '../ids.ts';
import { randomBytesAhead } from '../random.ts';

/** How the sender names the delivery, where it does. */
export interface DeliveryName {
  readonly key: string;
  /** `header:<name>` or `body:<JSON pointer>`; fixed by the webhook's scheme. */
  readonly source: string;
  /** True when the key lies inside what the signature covers: then it can identify alone. */
  readonly signed: boolean;
  /** Seconds since 1970 that the sender signed beside the key, the same in every repeat; undefined: receipt counts. */
  readonly signedAt?: number;
}

export interface Arrival {
  readonly webhookId: string;
  readonly verdict: 'verified' | 'unverified';
  readonly sha256: string;
  readonly name: DeliveryName | null;
  readonly dedupeDiffering: DedupeDiffering;
  readonly windowSeconds: number;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
}

/** Seven days. */
export const defaultDedupeWindowSeconds = 7 * 24 * 60 * 60;

/**
 * The payload's id: the same for every arrival of what the sender calls one delivery, else new.
 *
 * A key that the signature does not cover identifies only together with the body, and so does every key where differing bodies are
 * `separate`. Verified and unverified arrivals never share ids. Repeats share an id within slots of `windowSeconds`; where slots begin differs from key to key, so that no
 * moment splits all of them.
 */
export const payloadIdOf = (arrival: Arrival): string => {
  const { name, windowSeconds, dedupeDiffering } = arrival;
  if (!name) return newOrderedId();
  const seconds = name.signedAt ?? Math.floor(arrival.receivedAt / 1000);
  const identifiesAlone = name.signed && arrival.verdict === 'verified' && dedupeDiffering === 'same';
  const offset = createHash('sha256').update(name.key).digest().readUInt32BE(0) % windowSeconds;
  return deriveId(namespaces.payload, [
    arrival.webhookId,
    arrival.verdict,
    name.source,
    name.key,
    identifiesAlone ? null : arrival.sha256,
    windowSeconds,
    Math.floor((seconds + offset) / windowSeconds),
  ]);
};

/** 128 random bits, hex. Chosen after the sender sent its bytes, so they cannot contain it. */
export const newFence = (): string => randomBytesAhead(16).toString('hex');
