import { compareToken } from '../digest.ts';
import { headerValue } from '../header-value.ts';
import { genericSample } from '../sample.ts';
import type { Scheme } from '../scheme.ts';
import { headerKey } from '../secret.ts';

const usualHeader = 'x-webhook-token';
const bearer = /^Bearer +/i;

/**
 * A static token in the configured header, or in `X-Webhook-Token` by default. In `Authorization` it may follow `Bearer ` (RFC 6750,
 * 2.1). Nothing is signed.
 */
export const token: Scheme = {
  preset: false,
  secretHeaders: ({ signatureHeader }) => [signatureHeader ?? usualHeader],
  proof: {
    needsSecret: true,
    keyOf: headerKey,
    verify: ({ headers }, key, { signatureHeader }) => {
      const name = signatureHeader ?? usualHeader;
      const value = headerValue(headers, name);
      if (!value) return 'no_signature_header';
      const given = name === 'authorization' ? value.replace(bearer, '') : value;
      return compareToken(key, given);
    },
    sign: ({ key }, { signatureHeader }) => {
      const name = signatureHeader ?? usualHeader;
      const secret = key.export().toString('utf8');
      return { [name]: name === 'authorization' ? `Bearer ${secret}` : secret };
    },
  },
  acceptsSignatureHeader: true,
  timestamped: false,
  covers: { body: false, headers: [] },
  deliveryName: () => null,
  sample: genericSample,
};
