import { Content } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { slackChallengeOf } from './slack-challenge.ts';

const challengeOf = (body: string | Buffer, type = 'application/json') =>
  slackChallengeOf(new Content(Buffer.from(body as string), type));

describe("Slack's handshake", () => {
  it('returns the challenge of the documented request', () => {
    // https://docs.slack.dev/reference/events/url_verification
    const challenge = '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P';
    const body = { token: 'Jhj5dZrVaK7ZwHHjRyZWjbDl', challenge, type: 'url_verification' };
    expect(challengeOf(JSON.stringify(body))).toBe(challenge);
  });

  const json = '{"type":"url_verification","challenge":"a"}';
  it.each<[string, string | Buffer, string]>([
    ['after a byte order mark', `\ufeff${json}`, 'application/json'],
    ['in UTF-16 after a byte order mark', Buffer.from(`\ufeff${json}`, 'utf16le'), 'application/json'],
    ['in UTF-16 as declared', Buffer.from(json, 'utf16le'), 'application/json; charset=utf-16'],
    ['with escapes', '{"type":"url\\u005fverification","challenge":"a"}', 'application/json'],
  ])('is read %s', (_, body, type) => {
    expect(challengeOf(body, type)).toBe('a');
  });

  it('is not read from a form', () => {
    expect(challengeOf('type=url_verification&challenge=a', 'application/x-www-form-urlencoded')).toBeNull();
  });

  it.each([
    '',
    'url_verification',
    '{"type":"event_callback","challenge":"a","event":{"type":"url_verification"}}',
    '{"type":"url_verification"}',
    '{"type":"url_verification","challenge":7}',
    '{"type":"url_verification","challenge":"a\\nb"}',
    '["url_verification"]',
  ])('is not read from %s', (body) => {
    expect(challengeOf(body)).toBeNull();
  });
});
