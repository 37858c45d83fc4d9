import { describe, expect, it } from 'vitest';
import { slackChallengeOf } from './slack-challenge.ts';

const challengeOf = (body: string) => slackChallengeOf(Buffer.from(body));

describe("Slack's handshake", () => {
  it('gives the challenge of the documented request', () => {
    // https://docs.slack.dev/reference/events/url_verification
    const challenge = '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P';
    const body = { token: 'Jhj5dZrVaK7ZwHHjRyZWjbDl', challenge, type: 'url_verification' };
    expect(challengeOf(JSON.stringify(body))).toBe(challenge);
  });

  it.each([
    '',
    'url_verification',
    '{"type":"event_callback","challenge":"a","event":{"type":"url_verification"}}',
    '{"type":"url_verification"}',
    '{"type":"url_verification","challenge":7}',
    '{"type":"url_verification","challenge":"a\\nb"}',
    '["url_verification"]',
  ])('is not %s', (body) => {
    expect(challengeOf(body)).toBeNull();
  });
});
