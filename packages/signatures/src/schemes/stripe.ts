import { valueAt } from '@mission-control/contracts';
import { documentIn } from '../delivery-name/document-in.ts';
import { nameInBody } from '../delivery-name/name-in.ts';
import { compareDigests, digestOfHex, hmacSha256 } from '../digest.ts';
import { headerValue } from '../header-value.ts';
import { jsonSample, sampleText } from '../sample.ts';
import type { Scheme } from '../scheme.ts';
import { textKey } from '../secret.ts';
import { timestampOf, verdictWithTime } from '../signed-time.ts';

const signatureHeader = 'stripe-signature';

interface StripeSignature {
  /** Exactly as the sender wrote it, because these characters are signed. */
  readonly timestamp: string;
  readonly v1: readonly string[];
}

/** `t=<unix seconds>,v1=<hex>[,v1=<hex>…]`, other members are ignored; null when there is not exactly one time or no v1. */
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
  if (timestamp === undefined || timestamps.length > 1 || v1.length === 0) return null;
  return { timestamp, v1 };
};

/**
 * https://docs.stripe.com/webhooks/signature
 *
 * Any matching `v1` counts: there are two while a secret is rolled. When an event is repeated, its `created` stays the same but the
 * signed time does not.
 */
export const stripe: Scheme = {
  preset: true,
  secretHeaders: () => [signatureHeader],
  proof: {
    needsSecret: true,
    keyOf: textKey,
    verify: ({ headers, body, receivedAt }, key, { toleranceSeconds }) => {
      const header = headerValue(headers, signatureHeader);
      if (!header) return 'no_signature_header';
      const signature = parseSignature(header);
      if (!signature) return 'unknown_format';
      const { timestamp, v1 } = signature;
      return verdictWithTime(timestamp, { receivedAt, toleranceSeconds }, () =>
        compareDigests(v1.map(digestOfHex), () => hmacSha256(key, `${timestamp}.`, body)),
      );
    },
    sign: ({ body, key, signedAt }) => {
      const timestamp = timestampOf(signedAt);
      const digest = hmacSha256(key, `${timestamp}.`, body);
      return { [signatureHeader]: `t=${timestamp},v1=${digest.toString('hex')}` };
    },
  },
  acceptsSignatureHeader: false,
  timestamped: true,
  covers: { body: true, headers: [] },
  deliveryName: ({ content }, verdict) => {
    const name = nameInBody(content, '/id', true);
    const created = valueAt(documentIn(content)?.value, ['created']);
    return name && verdict === 'verified' && isTime(created) ? { ...name, signedAt: created } : name;
  },
  sample: ({ deliveryId, signedAt }) =>
    jsonSample({
      id: `evt_test_${deliveryId.replaceAll('-', '')}`,
      object: 'event',
      type: 'mission_control.test',
      created: Math.floor(signedAt / 1000),
      livemode: false,
      data: { object: { description: sampleText } },
    }),
};

const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;
