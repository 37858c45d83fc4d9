import type { KeyObject } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { DeliveryName } from '@mission-control/contracts';

/** A request as its sender signed it. */
export interface SignedRequest {
  readonly headers: IncomingHttpHeaders;
  /** The bytes as they arrived. */
  readonly body: Buffer;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** The header that the webhook's configuration names, lower case; null: what the scheme reads by itself. */
  readonly signatureHeader: string | null;
}

export type SignatureVerdict = 'valid' | 'missing' | 'invalid';

/** How one kind of sender proves that a request is its own, and names what it delivers. */
export interface Scheme {
  /** The headers that carry the signature, lower case. Their values are redacted before anything is stored. */
  readonly signatureHeaders: (configured: string | null) => readonly string[];
  /** Compares in constant time. null: the scheme has no signature, its requests are never verified. */
  readonly verify: ((request: SignedRequest, secret: KeyObject) => SignatureVerdict) | null;
  /** The sender's own name of the delivery. Where it is read is fixed by the scheme, never by what a request offers. */
  readonly deliveryName: (request: SignedRequest, verdict: 'verified' | 'unverified') => DeliveryName | null;
}

const plainName = /^[\x21-\x7e]{1,256}$/;

/** The value as a delivery's name, if it is one: printable ASCII without spaces, 256 characters at most. */
export const asDeliveryKey = (value: unknown): string | null =>
  typeof value === 'string' && plainName.test(value) ? value : null;
