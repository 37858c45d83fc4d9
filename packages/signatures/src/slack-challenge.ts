import type { Content } from '@mission-control/contracts';
import { valueAt } from './delivery-name/json-pointer.ts';

const handshake = 'url_verification';
const plain = /^[\x21-\x7e]{1,256}$/;

/**
 * What Slack wants to read back, as `text/plain`, when a request URL is set up; null for every other body. To be answered only once the
 * request is verified.
 *
 * https://docs.slack.dev/reference/events/url_verification
 */
export const slackChallengeOf = ({ decoded }: Content): string | null => {
  if (decoded.kind !== 'json' || valueAt(decoded.value, ['type']) !== handshake) return null;
  const challenge = valueAt(decoded.value, ['challenge']);
  return typeof challenge === 'string' && plain.test(challenge) ? challenge : null;
};
