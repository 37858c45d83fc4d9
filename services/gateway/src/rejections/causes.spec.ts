import { createHmac } from 'node:crypto';
import { parseEvent, streams } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type GivenSettings,
  startTestGateway,
  type TestGateway,
  type TestWebhook,
} from '../testing/test-gateway.ts';
import { headerNamesOf } from './header-names.ts';

let t: TestGateway;
beforeAll(async () => {
  t = await startTestGateway();
});
afterAll(() => t.stop());

const secret = 'tell nobody';
const body = '{"id":"evt_1"}';
type Headers = Record<string, string>;

const hex = (text: string, key = secret) => createHmac('sha256', key).update(text).digest('hex');
const inSeconds = (offset = 0) => Math.floor(Date.now() / 1000) + offset;
const stripe = (time: number, text = body, key = secret): Headers => ({
  'stripe-signature': `t=${time},v1=${hex(`${time}.${text}`, key)}`,
});
const slack = (time: number, key = secret): Headers => ({
  'x-slack-request-timestamp': String(time),
  'x-slack-signature': `v0=${hex(`v0:${time}:${body}`, key)}`,
});

/** Resolves to the record of the only rejection, and the response that the sender got. */
const recordedAfter = async (webhook: TestWebhook, headers: Headers) => {
  const answer = await fetch(webhook.url, { method: 'POST', body, headers });
  const said = { status: answer.status, ...((await answer.json()) as { code: string; detail: string }) };
  const { data } = await waitFor(async () => {
    const events = await Array.fromAsync(t.store.readStream(streams.rejections(webhook.webhookId)));
    return events.map(parseEvent).find((event) => event.type === 'WebhookRequestRefused');
  });
  return { said, data };
};

const invalid = { status: 403, detail: 'Invalid webhook signature.', code: 'signature_invalid' };

describe('a request without a valid proof', () => {
  it.each<[string, GivenSettings['signatureScheme'], () => Headers, string]>([
    ['signed an hour ago', 'stripe', () => stripe(inSeconds(-3_600)), 'timestamp_too_old'],
    ['signed an hour ago', 'slack', () => slack(inSeconds(-3_600)), 'timestamp_too_old'],
    ['signed in an hour', 'stripe', () => stripe(inSeconds(3_600)), 'timestamp_in_future'],
    ['signed in an hour', 'slack', () => slack(inSeconds(3_600)), 'timestamp_in_future'],
    ['signed in milliseconds', 'stripe', () => stripe(Date.now()), 'timestamp_unit'],
    ['signed in microseconds', 'stripe', () => stripe(Date.now() * 1000), 'timestamp_unit'],
    ['signed in milliseconds', 'slack', () => slack(Date.now()), 'timestamp_unit'],
    ['with a signature of another body', 'stripe', () => stripe(inSeconds(), `${body} `), 'digest_mismatch'],
    [
      'with a signature of another body',
      'github',
      () => ({ 'x-hub-signature-256': `sha256=${hex('{}')}` }),
      'digest_mismatch',
    ],
    ['with another secret', 'stripe', () => stripe(inSeconds(), body, 'other'), 'digest_mismatch'],
    ['with another secret', 'hmac', () => ({ 'x-webhook-signature': hex(body, 'other') }), 'digest_mismatch'],
    ['signed without a prefix', 'github', () => ({ 'x-hub-signature-256': hex(body) }), 'unknown_format'],
    ['signed without v1', 'stripe', () => ({ 'stripe-signature': `t=${inSeconds()}` }), 'unknown_format'],
    ['with a non-hex signature', 'hmac', () => ({ 'x-webhook-signature': 'z'.repeat(64) }), 'unknown_format'],
    ['with another token', 'gitlab', () => ({ 'x-gitlab-token': 'other' }), 'token_mismatch'],
    ['with another token', 'token', () => ({ 'x-webhook-token': 'other' }), 'token_mismatch'],
  ])('%s (%s) is recorded with the cause, and its sender is not told', async (_, scheme, headers, cause) => {
    const webhook = await t.createWebhook({ secret, signatureScheme: scheme ?? 'hmac' });
    const { said, data } = await recordedAfter(webhook, headers());
    expect(said).toMatchObject(invalid);
    expect(JSON.stringify(said)).not.toContain(cause);
    expect(data).toMatchObject({ code: 'signature_invalid', cause });
    expect(data).not.toHaveProperty('headerNames');
  });

  it.each(['hmac', 'github', 'stripe', 'slack', 'gitlab', 'token'] as const)(
    'with a missing signature header (%s) is recorded with the names of its headers, without values',
    async (signatureScheme) => {
      const webhook = await t.createWebhook({ secret, signatureScheme });
      const headers = {
        'X-Hub-Signature': 'sha1=a-value',
        'X-Signature-V2': 'another-value',
        Cookie: 'a=third-value',
      };
      const { said, data } = await recordedAfter(webhook, headers);
      expect(said).toMatchObject({ status: 403, code: 'signature_missing' });
      expect(data.cause).toBe('no_signature_header');
      expect(data.headerNames).toEqual(
        expect.arrayContaining(['host', 'content-type', 'x-hub-signature', 'x-signature-v2', 'cookie']),
      );
      expect(JSON.stringify(data)).not.toMatch(/-value|127\.0\.0\.1:/);
    },
  );

  it.each([
    ['the current', (old: string, now: string) => [old, now]],
    ['the previous', (old: string, now: string) => [now, old]],
  ])('is too old, not wrong, if it was signed with %s of two secrets', async (_, order) => {
    const [previous = '', current = ''] = order('another secret', secret);
    const webhook = await t.createWebhook({ secret: previous, signatureScheme: 'stripe' });
    await t.command(webhook, {
      type: 'RotateSecret',
      secret: await t.keyring.encrypt(`webhook:${webhook.webhookId}`, current),
      previousValidUntil: new Date(Date.now() + 3_600_000).toISOString(),
    });
    const { data } = await recordedAfter(webhook, stripe(inSeconds(-3_600)));
    expect(data.cause).toBe('timestamp_too_old');
  });

  it('is recorded without a cause if it was rejected for another reason', async () => {
    const webhook = await t.createWebhook({ secret, allowedIps: ['192.0.2.1'] });
    const { data } = await recordedAfter(webhook, {});
    expect(data.code).toBe('source_not_allowed');
    expect(data).not.toHaveProperty('cause');
  });
});

describe('the names of headers', () => {
  it('are in lower case, without repeats and values', () => {
    expect(headerNamesOf(['Host', 'a', 'X-A', 'b', 'x-a', 'c'])).toEqual(['host', 'x-a']);
  });

  it('are at most 40, of at most 100 characters', () => {
    const names = Array.from({ length: 1_000 }, (_, n) => [`x-${n}-${'y'.repeat(200)}`, 'value']);
    const kept = headerNamesOf(names.flat());
    expect(kept).toHaveLength(40);
    expect(kept.every((name) => name.length === 100)).toBe(true);
    expect(kept[0]).toBe(`x-0-${'y'.repeat(96)}`);
  });
});
