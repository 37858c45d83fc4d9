import { createHmac } from 'node:crypto';
import { compareDigests, hmacSha256 } from '../digest.ts';
import { headerValue } from '../header-value.ts';
import { genericSample } from '../sample.ts';
import type { Scheme } from '../scheme.ts';
import { textKey } from '../secret.ts';
import { parseDigest } from './written-digest.ts';

const usualHeader = 'x-hub-signature-256';
const otherUsualHeader = 'x-webhook-signature';

/**
 * HMAC of the body with SHA-1, SHA-256 or SHA-512, as hex or base64, with or without `sha…=` before it. Read only from the configured
 * header, or if none is configured, from the first default header present.
 *
 * The digest's length shows which hash it is, so no setting is needed. A digest of any of the three requires the secret, so the choice
 * does not help a forger, and collisions of SHA-1 do not affect HMAC (RFC 6194, 3.3).
 */
export const hmac: Scheme = {
  preset: false,
  secretHeaders: ({ signatureHeader }) =>
    signatureHeader ? [signatureHeader] : [usualHeader, otherUsualHeader],
  proof: {
    needsSecret: false,
    keyOf: textKey,
    verify: ({ headers, body }, key, { signatureHeader }) => {
      const signature = signatureHeader
        ? headerValue(headers, signatureHeader)
        : (headerValue(headers, usualHeader) ?? headerValue(headers, otherUsualHeader));
      if (!signature) return 'no_signature_header';
      const claimed = parseDigest(signature);
      if (!claimed) return 'unknown_format';
      return compareDigests([claimed.digest], () => createHmac(claimed.algorithm, key).update(body).digest());
    },
    sign: ({ body, key }, { signatureHeader }) => ({
      [signatureHeader ?? usualHeader]: `sha256=${hmacSha256(key, body).toString('hex')}`,
    }),
  },
  acceptsSignatureHeader: true,
  timestamped: false,
  covers: { body: true, headers: [] },
  deliveryName: () => null,
  sample: genericSample,
};
