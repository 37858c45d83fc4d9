import { type Content, valueAt } from '@mission-control/contracts';
import { nameInBody } from '../delivery-name/name-in.ts';
import { compareDigests, digestOfHex, hmacSha256 } from '../digest.ts';
import { headerValue } from '../header-value.ts';
import { jsonSample, sampleText } from '../sample.ts';
import type { Scheme } from '../scheme.ts';
import { textKey } from '../secret.ts';
import { timestampOf, verdictWithTime } from '../signed-time.ts';

const signatureHeader = 'x-slack-signature';
const timestampHeader = 'x-slack-request-timestamp';
const prefix = 'v0=';
const plainChallenge = /^[\x21-\x7e]{1,256}$/;

/** https://docs.slack.dev/reference/events/url_verification */
const challengeOf = ({ decoded }: Content): string | null => {
  if (decoded.kind !== 'json' || valueAt(decoded.value, ['type']) !== 'url_verification') return null;
  const challenge = valueAt(decoded.value, ['challenge']);
  return typeof challenge === 'string' && plainChallenge.test(challenge) ? challenge : null;
};

/**
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 *
 * Events contain `event_id`, which is the same in every repeat. Commands and interactions are forms and have no name.
 */
export const slack: Scheme = {
  preset: true,
  secretHeaders: () => [signatureHeader],
  proof: {
    needsSecret: true,
    keyOf: textKey,
    verify: ({ headers, body, receivedAt }, key, { toleranceSeconds }) => {
      const signature = headerValue(headers, signatureHeader);
      const timestamp = headerValue(headers, timestampHeader);
      if (!signature || !timestamp) return 'no_signature_header';
      if (!signature.startsWith(prefix)) return 'unknown_format';
      const claimed = digestOfHex(signature.slice(prefix.length));
      return verdictWithTime(timestamp, { receivedAt, toleranceSeconds }, () =>
        compareDigests([claimed], () => hmacSha256(key, `v0:${timestamp}:`, body)),
      );
    },
    sign: ({ body, key, signedAt }) => {
      const timestamp = timestampOf(signedAt);
      const digest = hmacSha256(key, `v0:${timestamp}:`, body);
      return { [signatureHeader]: `${prefix}${digest.toString('hex')}`, [timestampHeader]: timestamp };
    },
  },
  urlVerification: { request: "Slack's url_verification", challengeOf },
  acceptsSignatureHeader: false,
  timestamped: true,
  covers: { body: true, headers: [timestampHeader] },
  deliveryName: ({ content }) => nameInBody(content, '/event_id', true),
  sample: ({ deliveryId, signedAt }) => {
    const seconds = Math.floor(signedAt / 1000);
    return jsonSample({
      type: 'event_callback',
      event_id: `Ev${deliveryId.replaceAll('-', '')}`,
      event_time: seconds,
      event: { type: 'app_mention', text: sampleText, ts: `${seconds}.000000` },
    });
  },
};
