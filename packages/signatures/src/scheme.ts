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
}

/** What a webhook's configuration says about its scheme. */
export interface VerificationSettings {
  /** Lower case; null: what the scheme reads by itself. */
  readonly signatureHeader: string | null;
  /** How far a signed time may lie from receipt, either way. */
  readonly toleranceSeconds: number;
}

export type SignatureVerdict = 'valid' | 'missing' | 'invalid';

/** A delivery that we send ourselves. */
export interface UnsignedDelivery {
  readonly body: Buffer;
  readonly key: KeyObject;
  /** Milliseconds since 1970. */
  readonly signedAt: number;
  /** Printable ASCII without spaces and full stops, a UUID for example. */
  readonly deliveryId: string;
}

/** How a request is proven with a secret that both sides know. */
export interface Proof {
  /**
   * The secret as a key. Once a secret: the caller keeps it.
   *
   * @throws InvalidSecret
   */
  readonly keyOf: (secret: string) => KeyObject;
  /**
   * Over the raw bytes, compared in constant time; a signed time is held against receipt. Never throws, whatever the request says.
   * `missing`: the headers that carry the proof are not all there.
   */
  readonly verify: (
    request: SignedRequest,
    key: KeyObject,
    settings: VerificationSettings,
  ) => SignatureVerdict;
  /** The headers, lower case, with which the sender proves and names a delivery. */
  readonly sign: (
    delivery: UnsignedDelivery,
    settings: Pick<VerificationSettings, 'signatureHeader'>,
  ) => Record<string, string>;
}

/** How one kind of sender proves that a request is its own, and names what it delivers. */
export interface Scheme {
  /** The headers that carry a secret or a signature, lower case. Their values are redacted before anything is stored. */
  readonly secretHeaders: (settings: Pick<VerificationSettings, 'signatureHeader'>) => readonly string[];
  /** null: the sender proves nothing, its requests are never verified. */
  readonly proof: Proof | null;
  /** Whether `signatureHeader` may be configured. */
  readonly takesSignatureHeader: boolean;
  /** Whether a time is signed, so that `toleranceSeconds` applies. */
  readonly timestamped: boolean;
  /** What the signature covers; header names in lower case. */
  readonly covers: { readonly body: boolean; readonly headers: readonly string[] };
  /** The sender's own name of the delivery. Where it is read is fixed by the scheme, never by what a request offers. */
  readonly deliveryName: (request: NamedRequest, verdict: 'verified' | 'unverified') => DeliveryName | null;
}

/** What a delivery's name may be read from. */
export type NamedRequest = Pick<SignedRequest, 'headers' | 'body'>;
