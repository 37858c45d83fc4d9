import type { KeyObject } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Content, DeliveryName } from '@mission-control/contracts';

/** A request as its sender signed it. */
export interface SignedRequest {
  readonly headers: IncomingHttpHeaders;
  /** The bytes as they arrived. */
  readonly body: Buffer;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
}

/** What a webhook's configuration says about its scheme. */
interface VerificationSettings {
  /** Lower case; null: what the scheme reads by itself. */
  readonly signatureHeader: string | null;
  /** How far a signed time may lie from receipt, either way. */
  readonly toleranceSeconds: number;
}

/**
 * Why a request is not proven. An admin is told; the sender is told only whether the headers of the proof were all there.
 *
 * The further a check came, the later its cause is in this list: with two secrets the later one says more.
 */
export const signatureFaults = [
  /** A header that carries the proof is missing or empty. */
  'no_signature_header',
  /** The proof is not written as the scheme writes it. */
  'unknown_format',
  /** The signed time is in milliseconds, microseconds or nanoseconds instead of seconds. */
  'timestamp_unit',
  /** The token is not the webhook's. */
  'token_mismatch',
  /** The digest was made with another secret or over other bytes. */
  'digest_mismatch',
  /** The digest is right, but the signed time is further in the past than is tolerated. */
  'timestamp_too_old',
  /** The digest is right, but the signed time is further in the future than is tolerated. */
  'timestamp_in_future',
] as const;
export type SignatureFault = (typeof signatureFaults)[number];

export type SignatureVerdict = 'valid' | SignatureFault;

/** A delivery that we send ourselves. */
interface UnsignedDelivery {
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
  /**
   * The challenge of a 401 (RFC 9110, 15.5.2), for a sender whose documentation demands that status for a request without a valid
   * proof. Without it such a request is answered 403.
   */
  readonly challenge?: string;
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
export interface NamedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly content: Content;
}
