import { signatureSchemeSchema } from '@mission-control/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SignedRequest } from '../scheme.ts';
import { proofOf, receivedAt, toldToSender } from '../testing/verdict.ts';
import { schemes } from './schemes.ts';

const proving = signatureSchemeSchema.options.filter((name) => schemes[name].proof !== null);
const settings = { signatureHeader: null, toleranceSeconds: 300 };

// The last byte is not 0: HMAC pads short keys with zeros (RFC 2104, 2), so a trailing zero would make no difference.
const secrets = fc
  .uint8Array({ maxLength: 63 })
  .map((bytes) => `whsec_${Buffer.from([...bytes, 1]).toString('base64')}`);
const deliveries = fc.record({
  secret: secrets,
  body: fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  deliveryId: fc.uuid(),
  signedAt: fc.integer({ min: receivedAt - 86_400_000, max: receivedAt }).map((ms) => ms - (ms % 1000)),
});
const headerText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.stringMatching(
    /^(sha(1|256|512)=|v0=|v1,|t=\d{10},v1=|Bearer )?([0-9a-f]{40,128}|[A-Za-z0-9+/]{27,88}={0,2})$/,
  ),
);

const signed = (name: (typeof proving)[number], { secret, ...given }: FromArbitrary<typeof deliveries>) => {
  const proof = proofOf(name);
  const key = proof.keyOf(secret);
  const headers = proof.sign({ ...given, key }, settings);
  const request: SignedRequest = { headers, body: given.body, receivedAt: given.signedAt };
  return { proof, key, headers, request };
};
type FromArbitrary<A> = A extends fc.Arbitrary<infer T> ? T : never;

it('proves something for every scheme except none', () => {
  expect(signatureSchemeSchema.options.filter((name) => !proving.includes(name))).toEqual(['none']);
});

describe.each(proving)('%s', (name) => {
  const { covers, timestamped, secretHeaders } = schemes[name];

  it('verifies what it signed, for any body and secret', () => {
    fc.assert(
      fc.property(deliveries, (delivery) => {
        const { proof, key, request } = signed(name, delivery);
        expect(toldToSender(proof.verify(request, key, settings))).toBe('valid');
      }),
    );
  });

  it(covers.body ? 'rejects any changed byte' : 'ignores the body', () => {
    fc.assert(
      fc.property(deliveries, fc.nat(), fc.integer({ min: 1, max: 255 }), (delivery, at, change) => {
        const { proof, key, request } = signed(name, delivery);
        const body = Buffer.from(delivery.body);
        const index = at % body.length;
        body[index] = (body[index] ?? 0) ^ change;
        expect(toldToSender(proof.verify({ ...request, body }, key, settings))).toBe(
          covers.body ? 'invalid' : 'valid',
        );
      }),
    );
  });

  it('rejects a proof made with another secret', () => {
    fc.assert(
      fc.property(deliveries, secrets, (delivery, other) => {
        fc.pre(other !== delivery.secret);
        const { proof, request } = signed(name, delivery);
        expect(toldToSender(proof.verify(request, proof.keyOf(other), settings))).toBe('invalid');
      }),
    );
  });

  it(timestamped ? 'rejects a time beyond the tolerance, in either direction' : 'signs no time', () => {
    fc.assert(
      fc.property(
        deliveries,
        fc.integer({ min: 1, max: 1e9 }),
        fc.constantFrom(-1, 1),
        fc.nat(600),
        (delivery, beyond, way, toleranceSeconds) => {
          const { proof, key, request } = signed(name, delivery);
          const after = (ms: number) =>
            toldToSender(
              proof.verify({ ...request, receivedAt: request.receivedAt + way * ms }, key, {
                ...settings,
                toleranceSeconds,
              }),
            );
          expect(after(toleranceSeconds * 1000)).toBe('valid');
          expect(after(toleranceSeconds * 1000 + beyond)).toBe(timestamped ? 'invalid' : 'valid');
        },
      ),
    );
  });

  it('never throws or accepts, whatever one of its headers contains', () => {
    fc.assert(
      fc.property(deliveries, headerText, fc.nat(), (delivery, text, which) => {
        const { proof, key, headers, request } = signed(name, delivery);
        const proofs = secretHeaders(settings).filter((header) => header in headers);
        const header = proofs[which % proofs.length] ?? '';
        const changed = { ...request, headers: { ...headers, [header]: text } };
        expect(['missing', 'invalid']).toContain(toldToSender(proof.verify(changed, key, settings)));
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, whatever all headers contain at once', () => {
    fc.assert(
      fc.property(deliveries, fc.array(headerText, { minLength: 3, maxLength: 3 }), (delivery, texts) => {
        const { proof, key, headers, request } = signed(name, delivery);
        const changed = Object.fromEntries(Object.keys(headers).map((header, i) => [header, texts[i]]));
        expect(['missing', 'invalid']).toContain(
          toldToSender(proof.verify({ ...request, headers: changed }, key, settings)),
        );
      }),
    );
  });

  it('redacts every header that depends on the secret', () => {
    fc.assert(
      fc.property(deliveries, secrets, (delivery, other) => {
        fc.pre(other !== delivery.secret);
        const mine = signed(name, delivery).headers;
        const others = signed(name, { ...delivery, secret: other }).headers;
        const differing = Object.keys(mine).filter((header) => mine[header] !== others[header]);
        expect(differing.length).toBeGreaterThan(0);
        expect(secretHeaders(settings)).toEqual(expect.arrayContaining(differing));
      }),
    );
  });
});
