import { createHash } from 'node:crypto';
import { Content, type Dedupe, payloadIdOf, type SignatureScheme } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { deliveryNameOf } from './delivery-name-of.ts';

/** Ids from the first releases: a body in hex, its type, and the id. */
const published: readonly [
  name: string,
  scheme: SignatureScheme,
  dedupe: Dedupe,
  hex: string,
  type: string | null,
  id: string,
][] = [
  ['JSON', 'hmac', 'body:/id', '7b226964223a226531227d', null, 'a592d0a9-b29a-53c6-b4d3-7e59c6512097'],
  [
    'a number beyond 2^53',
    'hmac',
    'body:/id',
    '7b226964223a3832303938323931313934363135343530383132333435363738397d',
    null,
    '6f769c12-15d6-58c5-b729-e427c7b01500',
  ],
  [
    'a nested name',
    'github',
    'body:/data/0/id',
    '7b2264617461223a5b7b226964223a377d5d7d',
    'application/json',
    '5a01180d-4780-5dd5-a07b-09d561abfad6',
  ],
  [
    'a name under a member beyond ASCII',
    'hmac',
    'body:/é',
    '7b22c3a9223a226531227d',
    'application/json; charset=iso-8859-1',
    'd5fcd961-feec-5f22-975b-7a1c44516da6',
  ],
  [
    'JSON that curl calls a form',
    'none',
    'body:/id',
    '7b226964223a226531227d',
    'application/x-www-form-urlencoded',
    '9cb845aa-f525-55b6-bfdc-6e333a2fc934',
  ],
  [
    'JSON in UTF-8 that is called UTF-16',
    'hmac',
    'body:/id',
    '7b226964223a226531227d',
    'application/json; charset=utf-16',
    'a592d0a9-b29a-53c6-b4d3-7e59c6512097',
  ],
  [
    'JSON in Latin-1, declared',
    'hmac',
    'body:/id',
    '7b226964223a226531222c2261223a22e9227d',
    'application/json; charset=iso-8859-1',
    'a592d0a9-b29a-53c6-b4d3-7e59c6512097',
  ],
  [
    'JSON in Latin-1, not declared',
    'hmac',
    'body:/id',
    '7b226964223a226531222c2261223a22e9227d',
    'application/json',
    'a592d0a9-b29a-53c6-b4d3-7e59c6512097',
  ],
  [
    'JSON in Latin-1 that is called UTF-16',
    'token',
    'body:/id',
    '7b226964223a226531222c2261223a22e9227d20',
    'application/json; charset=utf-16',
    'bfa0fc3e-b98f-5220-b146-421caf8b9da9',
  ],
  [
    'JSON in Latin-1 that is called a form',
    'token',
    'body:/id',
    '7b226964223a226531222c2261223a22e9227d',
    'application/x-www-form-urlencoded',
    'd6b2a1fb-10d8-5439-980d-a42bb0f7c654',
  ],
  [
    'an event of Stripe',
    'stripe',
    'scheme',
    '7b226964223a226576745f31222c2263726561746564223a313737323731323030307d',
    'application/json',
    '08ccef5c-7756-5436-a6d9-bdfc2302e3ef',
  ],
  [
    'an event of Slack',
    'slack',
    'scheme',
    '7b226576656e745f6964223a2245763038227d',
    'application/json',
    'd9c25939-19ef-568f-ad78-8b2e58e199f3',
  ],
  [
    'a header, with the body',
    'github',
    'scheme',
    '613d31',
    'application/x-www-form-urlencoded',
    '048ede65-03ec-5876-9d88-e5732b09bf78',
  ],
  [
    'a header, with a byte order mark',
    'github',
    'scheme',
    'efbbbf7b7d',
    null,
    'cc59a275-d3db-512a-b4ba-d258aeefbf92',
  ],
];

describe('the id of a body that the first releases could read', () => {
  it.each(published)('has not changed: %s', (_, scheme, dedupe, hex, type, id) => {
    const body = Buffer.from(hex, 'hex');
    const verdict = scheme === 'none' ? 'unverified' : 'verified';
    const headers = { 'x-github-delivery': 'd-1', ...(type && { 'content-type': type }) };
    const name = deliveryNameOf(scheme, { headers, content: new Content(body, type) }, verdict, dedupe);
    const arrival = {
      webhookId: '6a0d9c52-3c0b-4c5e-9d52-7c1f2a3b4c02',
      verdict,
      sha256: createHash('sha256').update(body).digest('hex'),
      name,
      dedupeDiffering: 'same',
      windowSeconds: 604_800,
      receivedAt: Date.UTC(2026, 10, 27, 12),
    } as const;
    expect(payloadIdOf(arrival)).toBe(id);
  });
});
