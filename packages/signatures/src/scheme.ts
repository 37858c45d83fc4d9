import type { KeyObject } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Content, DeliveryName } from '@mission-control/contracts';

/** A request exactly as its sender signed it. */
export interface SignedRequest {
  readonly headers: IncomingHttpHeaders;
  /** The bytes as received. */
  readonly body: Buffer;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
}

/** The settings of a webhook that verification needs. */
interface VerificationSettings {
  /** Lower case; null: the scheme's own headers. */
  readonly signatureHeader: string | null;
  /** How far a signed time may be from the time of receipt, in either direction. */
  readonly toleranceSeconds: number;
}

/**
 * Why a request's proof is not valid. Admins see the fault. Senders are told only whether a header of the proof is missing.
 *
 * Ordered by how far verification got: the later a fault is in the list, the more it tells. With two secrets, the later fault is used.
 */
export const signatureFaults = [
  /** A header that carries the proof is missing or empty. */
  'no_signature_header',
  /** The proof is not in the scheme's format. */
  'unknown_format',
  /** The signed time is in milliseconds, microseconds or nanoseconds instead of seconds. */
  'timestamp_unit',
  /** The token is not the webhook's. */
  'token_mismatch',
  /** The digest was computed with another secret or over other bytes. */
  'digest_mismatch',
  /** The digest is right, but the signed time is older than the tolerance allows. */
  'timestamp_too_old',
  /** The digest is right, but the signed time is further in the future than the tolerance allows. */
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
  /** Printable ASCII without spaces or periods, for example a UUID. */
  readonly deliveryId: string;
}

/** A test delivery before it is signed. */
export interface Sample {
  /** Lower case; without the headers that `sign` adds. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** How a request is proven with a shared secret. */
export interface Proof {
  /** Whether a webhook must have a secret. Where it is optional, a webhook without one accepts every request. */
  readonly needsSecret: boolean;
  /**
   * The secret as a key. Call it once per secret and keep the result.
   *
   * @throws InvalidSecret
   */
  readonly keyOf: (secret: string) => KeyObject;
  /**
   * Verifies the proof over the raw bytes, in constant time. A signed time is compared with the time of receipt. Never throws, for any
   * request.
   */
  readonly verify: (
    request: SignedRequest,
    key: KeyObject,
    settings: VerificationSettings,
  ) => SignatureVerdict;
  /** The headers, in lower case, with which the sender proves and names a delivery. */
  readonly sign: (
    delivery: UnsignedDelivery,
    settings: Pick<VerificationSettings, 'signatureHeader'>,
  ) => Record<string, string>;
}

/** How a sender checks, before it sends events, that the owner of a URL wants them. */
interface UrlVerification {
  /** The request, as the API description calls it. */
  readonly request: string;
  /** The string that the response must return as `challenge`; null: another request. */
  readonly challengeOf: (content: Content) => string | null;
}

/** How one kind of sender proves that a request is its own, and names what it delivers. */
export interface Scheme {
  /** Whether the scheme can be chosen as a `preset`: it sets everything for one sender, except the secret. */
  readonly preset: boolean;
  /** The headers that carry a secret or a signature, in lower case. Their values are redacted before anything is stored. */
  readonly secretHeaders: (settings: Pick<VerificationSettings, 'signatureHeader'>) => readonly string[];
  /** null: the sender proves nothing, so its requests are never verified. */
  readonly proof: Proof | null;
  /**
   * The `WWW-Authenticate` of a 401 (RFC 9110, 15.5.2), for a sender whose documentation requires that status for a request without a
   * valid proof. Without it, such a request is answered 403.
   */
  readonly wwwAuthenticate?: string;
  /** Its requests are answered with 200 instead of being stored, but only after their proof has been verified. */
  readonly urlVerification?: UrlVerification;
  /** Whether `signatureHeader` may be configured. */
  readonly acceptsSignatureHeader: boolean;
  /** Whether a time is signed, so that `toleranceSeconds` applies. */
  readonly timestamped: boolean;
  /** What the signature covers; header names in lower case. */
  readonly covers: { readonly body: boolean; readonly headers: readonly string[] };
  /** The sender's own name of the delivery. The scheme decides where it is read, never the request. */
  readonly deliveryName: (request: NamedRequest, verdict: 'verified' | 'unverified') => DeliveryName | null;
  /**
   * What the sender might send, for a test delivery. The text says that it is a test, so that no agent acts on it. The delivery name
   * depends on `deliveryId`, so that no sample is a repeat of an earlier one.
   */
  readonly sample: (delivery: Pick<UnsignedDelivery, 'deliveryId' | 'signedAt'>) => Sample;
}

/** The parts of a request that a delivery name may be read from. */
export interface NamedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly content: Content;
}
