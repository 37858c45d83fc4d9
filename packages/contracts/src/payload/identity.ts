import { hash } from 'node:crypto';
import type { DedupeDiffering } from '../events/webhook-settings.ts';
import { deriveId, namespaces, newOrderedId } from '../ids.ts';
import { randomBytesAhead } from '../random.ts';

/** The sender's own name of a delivery. */
export interface DeliveryName {
  readonly key: string;
  /** Where the key was read: `header:<name>` or `body:<JSON pointer>`. */
  readonly source: string;
  /** true: the signature covers the key, so the key alone can identify a payload. */
  readonly signed: boolean;
  /** Time that the sender signed with the key, in seconds since 1970, the same in every repeat; undefined: the time of receipt counts. */
  readonly signedAt?: number;
}

/** What decides which payload an arrival belongs to. */
export interface PayloadIdentity {
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
 * The payload's id: the same for every arrival of what the sender calls one delivery. Without a delivery name it is new.
 *
 * A key that the signature does not cover identifies a payload only together with the body. So does every key if differing bodies are
 * `separate`. Verified and unverified arrivals never share an id. Repeats share an id within time slots of `windowSeconds`. The slots of
 * different keys begin at different times, so that no moment splits the repeats of all keys.
 */
export const payloadIdOf = (identity: PayloadIdentity): string => {
  const { name, windowSeconds, dedupeDiffering } = identity;
  if (!name) return newOrderedId();
  const seconds = name.signedAt ?? Math.floor(identity.receivedAt / 1000);
  const identifiesAlone = name.signed && identity.verdict === 'verified' && dedupeDiffering === 'same';
  const offset = Number.parseInt(hash('sha256', name.key).slice(0, 8), 16) % windowSeconds;
  return deriveId(namespaces.payload, [
    identity.webhookId,
    identity.verdict,
    name.source,
    name.key,
    identifiesAlone ? null : identity.sha256,
    windowSeconds,
    Math.floor((seconds + offset) / windowSeconds),
  ]);
};

/** 128 random bits, hex. They are chosen after the sender sent its bytes, so those cannot contain them. */
export const newFence = (): string => randomBytesAhead(16).toString('hex');
