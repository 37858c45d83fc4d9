import type { Content } from '@mission-control/contracts';
import { valueAt } from './delivery-name/json-pointer.ts';

const handshake = 'url_verification';
const plain = /^[\x21-\x7e]{1,256}$/;

/**
 * The challenge that Slack expects back, as `text/plain`, when a request URL is set up; null for every other body. Answer it only after
 * the request is verified.
 *
 * https://docs.slack.dev/reference/events/url_verification
 */
export const slackChallengeOf = ({ decoded }: Content): string | null => {
  if (decoded.kind !== 'json' || valueAt(decoded.value, ['type']) !== handshake) return null;
  const challenge = valueAt(decoded.value, ['challenge']);
  return typeof challenge === 'string' && plain.test(challenge) ? challenge : null;
};
