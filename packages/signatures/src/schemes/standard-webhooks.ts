import type { IncomingHttpHeaders } from 'node:http';
import { headerText } from '@mission-control/contracts';
import { nameInHeader } from '../delivery-name/name-in.ts';
import { compareDigests, digestOfBase64, hmacSha256 } from '../digest.ts';
import { headerValue } from '../header-value.ts';
import { jsonSample, sampleText } from '../sample.ts';
import type { Scheme } from '../scheme.ts';
import { base64Key } from '../secret.ts';
import { timestampOf, verdictWithTime } from '../signed-time.ts';

const standard = { id: 'webhook-id', timestamp: 'webhook-timestamp', signature: 'webhook-signature' };
const svix = { id: 'svix-id', timestamp: 'svix-timestamp', signature: 'svix-signature' };
const version = 'v1,';

/** Svix's own names count only if there is no standard one. So the signature and the name of a delivery come from the same set. */
const headerNames = (headers: IncomingHttpHeaders): typeof standard =>
  Object.values(standard).some((name) => Object.hasOwn(headers, name)) ? standard : svix;

/**
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * https://docs.svix.com/receiving/verifying-payloads/how-manual
 *
 * `v1,<base64>` over `<id>.<timestamp>.<body>`. There are several, separated by spaces, while a secret is rotated. One match is enough,
 * and other versions are ignored. An id with a period is rejected, as the specification requires: the signed text would be ambiguous. The
 * name's source is the same for both sets of headers, because their signatures are the same. Otherwise a request repeated under the other
 * header names would be a new delivery.
 */
export const standardWebhooks: Scheme = {
  preset: true,
  secretHeaders: () => [standard.signature, svix.signature],
  proof: {
    needsSecret: true,
    keyOf: base64Key,
    verify: ({ headers, body, receivedAt }, key, { toleranceSeconds }) => {
      const names = headerNames(headers);
      const id = headerValue(headers, names.id);
      const timestamp = headerValue(headers, names.timestamp);
      const signatures = headerValue(headers, names.signature);
      if (!id || !timestamp || !signatures) return 'no_signature_header';
      if (id.includes('.')) return 'unknown_format';
      const claimed = signatures
        .split(' ')
        .map((signature) =>
          signature.startsWith(version) ? digestOfBase64(signature.slice(version.length)) : null,
        );
      return verdictWithTime(timestamp, { receivedAt, toleranceSeconds }, () =>
        compareDigests(claimed, () => hmacSha256(key, `${headerText(id)}.${timestamp}.`, body)),
      );
    },
    sign: ({ body, key, signedAt, deliveryId }) => {
      const timestamp = timestampOf(signedAt);
      const digest = hmacSha256(key, `${deliveryId}.${timestamp}.`, body);
      return {
        [standard.id]: deliveryId,
        [standard.timestamp]: timestamp,
        [standard.signature]: `${version}${digest.toString('base64')}`,
      };
    },
  },
  acceptsSignatureHeader: false,
  timestamped: true,
  covers: { body: true, headers: [standard.id, standard.timestamp] },
  deliveryName: ({ headers }) =>
    nameInHeader(headers, headerNames(headers).id, true, `header:${standard.id}`),
  sample: ({ signedAt }) =>
    jsonSample({
      type: 'mission_control.test',
      timestamp: new Date(signedAt).toISOString(),
      data: { message: sampleText },
    }),
};
