import { wrapBody } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { evaluate, type PayloadRules } from './evaluate.ts';
import type { EvaluatedPayload } from './result.ts';

const payload = (body: unknown, more: Partial<EvaluatedPayload> = {}): EvaluatedPayload => ({
  body: wrapBody(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))),
  contentType: 'application/json',
  headers: [
    ['x-github-event', 'pull_request'],
    ['x-twice', 'one'],
    ['x-twice', 'two'],
  ],
  sourceIp: '192.0.2.1',
  verification: { verdict: 'verified', scheme: 'github' },
  ...more,
});
const rules = (some: Partial<PayloadRules>): PayloadRules => ({
  notifyWhen: null,
  ignoreActors: [],
  actor: null,
  eventType: 'scheme',
  ...some,
});
const verdict = (notifyWhen: string, body: unknown, more: Partial<EvaluatedPayload> = {}) =>
  evaluate(rules({ notifyWhen }), payload(body, more), () => {});

const notify = { kind: 'notify' };
const filtered = { kind: 'filtered', reason: 'notify_when' };

describe('notify_when', () => {
  const pull = {
    action: 'closed',
    number: 7,
    pull_request: { merged: true, labels: [{ name: 'bug' }] },
    price: 1.5,
  };
  it.each([
    'body.action == "closed" && body.pull_request.merged',
    'event_type == "pull_request.closed"',
    'headers["x-github-event"] == "pull_request"',
    'headers["x-twice"] == "one, two"',
    'source_ip.startsWith("192.0.2.")',
    'body.number == 7 && body.number + 1 == 8 && type(body.number) == int && body.number > 6.5',
    'body.price > 1 && body.price * 2.0 == 3.0',
    'body.pull_request.labels.exists(label, label.name == "bug") && size(body.pull_request.labels) == 1',
    'has(body.pull_request) && !has(body.issue)',
    '!("constructor" in body) && !has(body.toString)',
    'body.action.matches("(?i)^CLO")',
    'body.missing == 1 || body.action == "closed"',
    'body == body && body.pull_request.labels == [{"name": "bug"}]',
  ])('is true: %s', (expression) => {
    expect(verdict(expression, pull)).toEqual(notify);
    expect(verdict(`!(${expression})`, pull)).toEqual(filtered);
  });

  it('sees the fields of a form, text, and other bytes', () => {
    const form = { contentType: 'application/x-www-form-urlencoded' };
    expect(verdict('body.kind == "a" && body.list.size() == 2', 'kind=a&list=1&list=2', form)).toEqual(
      notify,
    );
    expect(verdict('body.contains("disk")', 'the disk is full', { contentType: 'text/plain' })).toEqual(
      notify,
    );
    const bytes = { body: wrapBody(Buffer.from([0xff, 0xfe, 0x00])), contentType: 'image/png' };
    expect(verdict('body == "//4A"', '', bytes)).toEqual(notify);
  });

  it.each([
    ['body.missing == 1', {}, { code: 'error', detail: expect.stringContaining('missing') }],
    ['body.a + 1', { a: 1 }, { code: 'not_bool' }],
    ['body.a', { a: 'true' }, { code: 'not_bool' }],
    ['body.a < "x"', { a: 1 }, { code: 'error' }],
    ['body.a.matches(body.b)', { a: 'x', b: '(' }, { code: 'error' }],
    ['body.a && true', 'text', { code: 'error' }],
  ])('that is %s of %j has no result', (expression, body, failure) => {
    expect(verdict(expression, body)).toMatchObject({ kind: 'failed', ...failure });
  });

  it.each([
    '{"__proto__":{"a":true},"a":true}',
    '{"constructor":{"name":"x"},"a":true}',
    '{"$typeName":"google.protobuf.Any","a":true}',
    '{"a":true,"a":true}',
  ])('takes members for nothing else: %s', (body) => {
    expect(verdict('body.a', body)).toEqual(notify);
    expect(verdict('body.all(name, name != "") && size(body) > 0', body)).toEqual(notify);
  });

  it('of a body that is nested however deep has a result or none, and ends', () => {
    const deep = `{"a":true,"b":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(verdict('body.a', deep)).toEqual(notify);
    expect(verdict('body.b == body.b', deep)).toMatchObject({ kind: expect.any(String) });
  });
});

describe('ignore_actors', () => {
  const verdictFor = (some: Partial<PayloadRules>, body: unknown, more: Partial<EvaluatedPayload> = {}) =>
    evaluate(rules(some), payload(body, more), () => {});
  const by = (scheme: EvaluatedPayload['verification']['scheme']) => ({
    verification: { verdict: 'verified', scheme } as const,
  });
  const ignored = { kind: 'filtered', reason: 'ignored_actor' };

  it.each([
    ['github', { sender: { login: 'bot' } }],
    ['gitlab', { user: { username: 'bot' } }],
    ['gitlab', { user_username: 'bot' }],
    ['slack', { event: { user: 'bot' } }],
    ['hmac', { sender: { login: 'bot' } }],
  ] as const)('with the scheme %s finds the actor in %j', (scheme, body) => {
    expect(verdictFor({ ignoreActors: ['other', 'bot'] }, body, by(scheme))).toEqual(ignored);
    expect(verdictFor({ ignoreActors: ['Bot'] }, body, by(scheme))).toEqual(notify);
  });

  it('finds it in the JSON of a form, and where the webhook says', () => {
    const form = { contentType: 'application/x-www-form-urlencoded' };
    const body = `payload=${encodeURIComponent('{"sender":{"login":"bot"}}')}`;
    expect(verdictFor({ ignoreActors: ['bot'] }, body, form)).toEqual(ignored);
    const named = { ignoreActors: ['bot'], actor: '/by/0' };
    expect(verdictFor(named, { by: ['bot'], sender: { login: 'x' } })).toEqual(ignored);
    expect(verdictFor(named, { sender: { login: 'bot' } })).toEqual(notify);
  });

  it('comes before notify_when', () => {
    expect(verdictFor({ ignoreActors: ['bot'], notifyWhen: 'true' }, { sender: { login: 'bot' } })).toEqual(
      ignored,
    );
  });
});
