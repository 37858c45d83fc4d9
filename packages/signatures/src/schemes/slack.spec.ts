import { Content } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { verdictOf } from '../testing/verdict.ts';
import { slack } from './slack.ts';

// https://docs.slack.dev/authentication/verifying-requests-from-slack
const secret = '8f742231b10e8888abcd99yyyzzz85a5';
const body =
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
const time = 1531420618;
const headers = {
  'x-slack-request-timestamp': String(time),
  'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
};
const verdict = (changed: Record<string, string> = {}, receivedAt = time * 1000) =>
  verdictOf('slack', { secret, body, headers: { ...headers, ...changed }, receivedAt });

describe('slack', () => {
  it('accepts the vector that Slack documents', () => {
    expect(verdict()).toBe('valid');
  });

  it.each([
    [-300, 'valid'],
    [-301, 'invalid'],
    [300, 'valid'],
    [301, 'invalid'],
  ])('a request received %i s after it was signed is %s', (offset, expected) => {
    expect(verdict({}, (time + offset) * 1000)).toBe(expected);
  });

  it.each([
    ['another time', { 'x-slack-request-timestamp': String(time + 1) }],
    ['its time twice', { 'x-slack-request-timestamp': `${time}, ${time}` }],
    ['a time in hex', { 'x-slack-request-timestamp': `0x${time.toString(16)}` }],
    ['no version', { 'x-slack-signature': headers['x-slack-signature'].slice(3) }],
    ['another version', { 'x-slack-signature': headers['x-slack-signature'].replace('v0', 'v1') }],
  ])('rejects a request with %s', (_, changed) => {
    expect(verdict(changed)).toBe('invalid');
  });

  it.each(Object.keys(headers))('reports %s as missing', (name) => {
    expect(verdict({ [name]: '' })).toBe('missing');
  });
});

const challengeOf = (given: string | Buffer, type = 'application/json') =>
  slack.urlVerification?.challengeOf(new Content(Buffer.from(given as string), type));

describe("Slack's url_verification", () => {
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
