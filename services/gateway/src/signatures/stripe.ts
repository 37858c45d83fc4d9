import { headerValue } from '../server/header-value.ts';
import { hmacSha256, matchesHex } from './hmac-sha256.ts';
import { asDeliveryKey, type Scheme } from './scheme.ts';

const signatureHeader = 'stripe-signature';
const toleranceSeconds = 300;

interface StripeSignature {
  /** As the sender wrote it: these characters are what it signed. */
  readonly timestamp: string;
  readonly v1: readonly string[];
}

/** `t=<unix seconds>,v1=<hex>[,v1=<hex>…]`, other members ignored; null when it has no single time or no v1. */
const parseSignature = (header: string): StripeSignature | null => {
  const timestamps: string[] = [];
  const v1: string[] = [];
  for (const member of header.split(',')) {
    const equals = member.indexOf('=');
    const name = member.slice(0, equals).trim();
    const value = member.slice(equals + 1).trim();
    if (name === 't') timestamps.push(value);
    if (name === 'v1') v1.push(value);
  }
  const [timestamp] = timestamps;
  if (timestamp === undefined || timestamps.length > 1 || !/^\d{1,12}$/.test(timestamp) || v1.length === 0) {
    return null;
  }
  return { timestamp, v1 };
};

/**
 * https://docs.stripe.com/webhooks/signature
 *
 * The signed time may differ from receipt by 300 s, either way. Any matching `v1` counts: while a secret is rolled there are two.
 */
export const stripe: Scheme = {
  signatureHeaders: () => [signatureHeader],
  verify: ({ headers, body, receivedAt }, secret) => {
    const header = headerValue(headers, signatureHeader);
    if (!header) return 'missing';
    const signature = parseSignature(header);
    if (!signature) return 'invalid';
    if (Math.abs(receivedAt / 1000 - Number(signature.timestamp)) > toleranceSeconds) return 'invalid';
    const digest = hmacSha256(secret, `${signature.timestamp}.`, body);
    return signature.v1.some((hex) => matchesHex(digest, hex)) ? 'valid' : 'invalid';
  },
  deliveryName: ({ body }, verdict) => {
    const event = jsonObject(body);
    const key = asDeliveryKey(event?.id);
    if (key === null) return null;
    const name = { key, source: 'body:/id', signed: true };
    const created = event?.created;
    return verdict === 'verified' &&
      typeof created === 'number' &&
      Number.isSafeInteger(created) &&
      created > 0
      ? { ...name, signedAt: created }
      : name;
  },
};

const jsonObject = (body: Buffer): { id?: unknown; created?: unknown } | null => {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
};
