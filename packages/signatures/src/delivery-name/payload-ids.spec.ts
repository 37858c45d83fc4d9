import {
  Content,
  type Dedupe,
  type DedupeDiffering,
  defaultDedupeWindowSeconds,
  payloadIdOf,
  signatureSchemeSchema,
} from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { deliveryNameOf } from './delivery-name-of.ts';

const request = {
  headers: {
    'x-github-delivery': '72d3162e-cc78',
    'x-shopify-webhook-id': 'b54557e4',
    'idempotency-key': 'f5e5f430',
    'webhook-id': 'msg_1',
    'x-mine': 'mine-1',
  },
  content: new Content(
    Buffer.from('{"id":"evt_1","event_id":"Ev1","created":1772712000,"data":{"id":9007199254740993}}'),
    'application/json',
  ),
};
const dedupes: Dedupe[] = [
  'scheme',
  'off',
  'header:x-mine',
  'header:webhook-id',
  'header:absent',
  'body:/id',
  'body:/data/id',
  'body:/absent',
];

const idOf = (
  scheme: (typeof signatureSchemeSchema.options)[number],
  dedupe: Dedupe,
  verdict: 'verified' | 'unverified',
  dedupeDiffering: DedupeDiffering,
): string => {
  const name = deliveryNameOf(scheme, request, verdict, dedupe);
  if (!name) return 'a new one each time';
  return payloadIdOf({
    webhookId: '6a0d9c52-3c0b-4c5e-9d52-7c1f2a3b4c02',
    verdict,
    sha256: 'c2ff02c28f0e8ba91fe899f58ca2ae81faf1373e9191554623c3799eb288b480',
    name,
    dedupeDiffering,
    windowSeconds: defaultDedupeWindowSeconds,
    receivedAt: Date.UTC(2026, 2, 5, 12),
  });
};

describe('payload ids', () => {
  it.each([
    ['same', './payload-ids.golden.txt'],
    ['separate', './payload-ids-separate.golden.txt'],
  ] as const)('with %s never change', async (dedupeDiffering, golden) => {
    const lines = signatureSchemeSchema.options.flatMap((scheme) =>
      dedupes.flatMap((dedupe) =>
        (['verified', 'unverified'] as const).map(
          (verdict) => `${scheme} ${dedupe} ${verdict}: ${idOf(scheme, dedupe, verdict, dedupeDiffering)}`,
        ),
      ),
    );
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(golden);
  });
});
