import { nameInHeader } from '../delivery-name/name-in.ts';
import { compareToken } from '../digest.ts';
import { headerValue } from '../header-value.ts';
import { jsonSample, sampleText } from '../sample.ts';
import type { Scheme } from '../scheme.ts';
import { headerKey } from '../secret.ts';

const tokenHeader = 'x-gitlab-token';
const deliveryHeader = 'idempotency-key';

/**
 * https://docs.gitlab.com/user/project/integrations/webhooks/
 *
 * GitLab sends its secret token unchanged and signs nothing. `Idempotency-Key` (since 17.4) is the same when a delivery is repeated. With
 * a signing token, GitLab follows Standard Webhooks: use the scheme `standard-webhooks`.
 */
export const gitlab: Scheme = {
  preset: true,
  secretHeaders: () => [tokenHeader],
  proof: {
    needsSecret: true,
    keyOf: headerKey,
    verify: ({ headers }, key) => {
      const token = headerValue(headers, tokenHeader);
      return token ? compareToken(key, token) : 'no_signature_header';
    },
    sign: ({ key, deliveryId }) => ({
      [tokenHeader]: key.export().toString('utf8'),
      [deliveryHeader]: deliveryId,
    }),
  },
  acceptsSignatureHeader: false,
  timestamped: false,
  covers: { body: false, headers: [] },
  deliveryName: ({ headers }) => nameInHeader(headers, deliveryHeader, false),
  sample: () => jsonSample({ object_kind: 'test', message: sampleText }, { 'x-gitlab-event': 'Test Hook' }),
};
