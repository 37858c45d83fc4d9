import { z } from 'zod';

/** What a receipt states: this installation has stored these bytes. */
const receiptClaimsSchema = z.object({
  payload_id: z.uuid(),
  board_id: z.uuid(),
  webhook_id: z.uuid(),
  /** The arrival: the id of its `WebhookPayloadReceived`. Several arrivals of a payload have a receipt each. */
  event_id: z.uuid(),
  /** Of the body, byte for byte as received, in hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  received_at: z.iso.datetime(),
});
export type ReceiptClaims = z.infer<typeof receiptClaimsSchema>;

const headerSchema = z.object({
  alg: z.literal('EdDSA'),
  kid: z.string().min(1),
  typ: z.literal('payload-receipt'),
});

/** A receipt whose signature is not verified yet. */
export interface Receipt {
  readonly keyId: string;
  readonly claims: ReceiptClaims;
  /** What is signed: the text of the receipt before its last dot. */
  readonly signed: Buffer;
  /** Ed25519, 64 bytes. */
  readonly signature: Buffer;
}

const base64url = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');

/**
 * The part of a receipt that is signed. A receipt is this, a dot, and the signature in base64url: a JWS (RFC 7515) in compact serialization
 * with EdDSA (RFC 8037).
 */
export const signedPartOf = (keyId: string, claims: ReceiptClaims): string => {
  const header = { alg: 'EdDSA', kid: keyId, typ: 'payload-receipt' } satisfies z.infer<typeof headerSchema>;
  return `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
};

/** Parses the value of `X-Payload-Receipt`; null: it is not a receipt. */
export const parseReceipt = (text: string): Receipt | null => {
  const parts = /^([\w-]+)\.([\w-]+)\.([\w-]{86})$/.exec(text);
  if (!parts) return null;
  const [, head = '', body = '', signature = ''] = parts;
  const header = headerSchema.safeParse(jsonIn(head));
  const claims = receiptClaimsSchema.safeParse(jsonIn(body));
  if (!header.success || !claims.success) return null;
  return {
    keyId: header.data.kid,
    claims: claims.data,
    signed: Buffer.from(`${head}.${body}`, 'ascii'),
    signature: Buffer.from(signature, 'base64url'),
  };
};

const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
};
