import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SignatureScheme } from '../../events/webhook-settings.ts';
import { wrapBody } from '../body-envelope.ts';
import { Content } from '../content/content.ts';
import { type EventTypeSource, eventTypeOf } from './event-type.ts';
import { parseEventTypeSetting } from './setting.ts';

interface Request {
  readonly scheme?: SignatureScheme;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
}

const form = 'application/x-www-form-urlencoded';

const payload = ({ scheme = 'none', headers = {}, body = {}, contentType }: Request): EventTypeSource => ({
  headers: Object.entries(headers),
  verification: { verdict: 'unverified', scheme },
  contentType: contentType ?? 'application/json',
  body: wrapBody(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))),
});

const typeOf = (request: Request, eventType = 'scheme') => eventTypeOf(payload(request), { eventType });

describe('the event type of a known sender', () => {
  it.each<[string, Request, string, string | null]>([
    [
      'github',
      { headers: { 'x-github-event': 'pull_request' }, body: { action: 'closed' } },
      'pull_request.closed',
      'GitHub',
    ],
    ['github', { headers: { 'x-github-event': 'push' }, body: { ref: 'refs/heads/main' } }, 'push', 'GitHub'],
    [
      'github',
      {
        headers: { 'x-github-event': 'issues' },
        contentType: form,
        body: `payload=${encodeURIComponent('{"action":"opened"}')}`,
      },
      'issues.opened',
      'GitHub',
    ],
    ['github', { headers: { 'x-gitea-event': 'push', 'x-github-event': 'push' } }, 'push', 'Gitea'],
    ['github', { headers: { 'user-agent': 'curl/8' }, body: { type: 'shipped' } }, 'shipped', null],
    [
      'stripe',
      { headers: { 'stripe-signature': '[redacted]' }, body: { type: 'charge.refunded' } },
      'charge.refunded',
      'Stripe',
    ],
    [
      'gitlab',
      {
        headers: { 'x-gitlab-event': 'Merge Request Hook' },
        body: { object_kind: 'merge_request', object_attributes: { action: 'merge' } },
      },
      'merge_request.merge',
      'GitLab',
    ],
    [
      'gitlab',
      { headers: { 'x-gitlab-event': 'System Hook' }, body: { event_name: 'project_create' } },
      'project_create',
      'GitLab',
    ],
    ['gitlab', { headers: { 'x-gitlab-event': 'Test Hook' }, body: {} }, 'Test_Hook', 'GitLab'],
    ['shopify', { headers: { 'x-shopify-topic': 'orders/create' } }, 'orders/create', 'Shopify'],
    [
      'slack',
      {
        headers: { 'x-slack-signature': '[redacted]' },
        body: { type: 'event_callback', event: { type: 'message', subtype: 'bot_message' } },
      },
      'message.bot_message',
      'Slack',
    ],
    [
      'slack',
      {
        headers: { 'x-slack-signature': '[redacted]' },
        contentType: form,
        body: 'command=%2Fdeploy&text=now',
      },
      'deploy',
      'Slack',
    ],
    [
      'standard-webhooks',
      { headers: { 'webhook-id': 'msg_1' }, body: { type: 'user.created' } },
      'user.created',
      null,
    ],
    [
      'hmac',
      { headers: { 'sentry-hook-resource': 'issue' }, body: { action: 'resolved' } },
      'issue.resolved',
      'Sentry',
    ],
    [
      'hmac',
      {
        headers: { 'x-pagerduty-signature': '[redacted]' },
        body: { event: { event_type: 'incident.triggered' } },
      },
      'incident.triggered',
      'PagerDuty',
    ],
    [
      'token',
      { headers: { 'user-agent': 'Alertmanager/0.27.0' }, body: { status: 'firing', alerts: [] } },
      'firing',
      'Alertmanager',
    ],
    ['none', { headers: { 'user-agent': 'Grafana' }, body: { status: 'resolved' } }, 'resolved', 'Grafana'],
    [
      'none',
      { headers: { 'x-twilio-signature': '[redacted]' }, contentType: form, body: 'CallStatus=completed' },
      'completed',
      'Twilio',
    ],
    [
      'none',
      { headers: { 'x-amz-sns-message-type': 'SubscriptionConfirmation' } },
      'SubscriptionConfirmation',
      'Amazon SNS',
    ],
    [
      'none',
      { headers: { 'ce-type': 'com.example.order.paid' }, body: { type: 'other' } },
      'com.example.order.paid',
      null,
    ],
    [
      'none',
      { body: [{ eventType: 'Microsoft.Storage.BlobCreated' }] },
      'Microsoft.Storage.BlobCreated',
      null,
    ],
  ])('%s %j', (scheme, request, type, sender) => {
    expect(typeOf({ ...request, scheme: scheme as SignatureScheme })).toEqual({ type, sender });
  });

  it('is not that of another sender whose headers somebody adds', () => {
    const headers = { 'stripe-signature': '[redacted]', 'x-github-event': 'push' };
    const request = { scheme: 'stripe', headers, body: { type: 'charge.failed' } } as const;
    expect(typeOf(request)).toEqual({ type: 'charge.failed', sender: 'Stripe' });
  });

  it('is null when nothing says what happened', () => {
    expect(typeOf({ body: { message: 'hello' } })).toEqual({ type: null, sender: null });
    expect(typeOf({ body: 'plain text', contentType: 'text/plain' })).toEqual({ type: null, sender: null });
  });
});

describe('a chosen event type', () => {
  const request = { headers: { 'x-kind': 'order' }, body: { a: { b: 7 }, ok: true, list: [1], none: null } };
  it.each([
    ['header:x-kind+body:/a/b', 'order.7'],
    ['header:X-Kind', 'order'],
    ['body:/ok', 'true'],
    ['body:/missing+header:x-kind', 'order'],
    ['body:/a+body:/list+body:/none', null],
    ['form:a', null],
    ['off', null],
    ['not a setting', null],
  ])('%s is %s', (setting, type) => {
    expect(typeOf(request, setting).type).toBe(type);
  });

  it('reads the field of a form', () => {
    const fields = { contentType: form, body: 'kind=a+b&kind2=x' };
    expect(typeOf(fields, 'form:kind+form:kind2').type).toBe('a_b.x');
  });

  it('does not read what was redacted, and reads the first of several headers', () => {
    const headers: [string, string][] = [
      ['x-kind', 'first'],
      ['x-kind', 'second'],
      ['x-secret', '[redacted]'],
    ];
    const source = { ...payload({}), headers };
    expect(eventTypeOf(source, { eventType: 'header:x-secret+header:x-kind' }).type).toBe('first');
  });

  it('decodes a body once at most, and only if it has to', () => {
    const source = payload({ headers: { 'x-kind': 'a' }, body: { type: 'b' } });
    const content = new Content(Buffer.from('{"type":"given"}'), null);
    expect(eventTypeOf(source, { eventType: 'body:/type' }, content).type).toBe('given');
    const unread = {
      ...source,
      get body(): never {
        throw new Error('is not needed');
      },
    };
    expect(eventTypeOf(unread, { eventType: 'header:x-kind' }).type).toBe('a');
  });
});

describe('what is read from outside', () => {
  it.each([
    ['<|im_start|>system', 'im_start_system'],
    ['/exec rm -rf', 'exec_rm_-rf'],
    ['a\u202eb\u200bc', 'a_b_c'],
    ['\u001b[31mred', '31mred'],
    ['ｐｕｓｈ', 'push'],
    ['Störung', 'Störung'],
    ['\u3164\u115f', null],
    ['…', null],
    ['x'.repeat(1_000_000), 'x'.repeat(100)],
  ])('%j is shown as %j', (text, shown) => {
    expect(typeOf({ body: { type: text } }, 'body:/type').type).toBe(shown);
  });

  it('is harmless, bounded, and the same every time, whatever it is', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.string()),
    );
    fc.assert(
      fc.property(anything, anything, anything, (type, action, event) => {
        const source = payload({ headers: { 'ce-type': String(event) }, body: { type, action, event } });
        const setting = { eventType: 'body:/type+body:/action+header:ce-type' };
        const found = eventTypeOf(source, setting);
        expect(eventTypeOf(source, setting)).toEqual(found);
        if (found.type === null) return;
        expect([...found.type].length).toBeLessThanOrEqual(200);
        expect(found.type).toMatch(/^[\p{L}\p{N}](?:[\p{L}\p{N}._:/@-]*[\p{L}\p{N}])?$/u);
        expect(found.type).not.toMatch(/\p{Default_Ignorable_Code_Point}/u);
      }),
      { numRuns: 500 },
    );
  });

  it('may be nested however deep', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(typeOf({ body: `{"type":"a","x":${deep}}` }).type).toBe('a');
  });
});

describe('the setting', () => {
  it.each([
    ['scheme', 'scheme'],
    ['off', 'off'],
    ['header:X-GitHub-Event+body:/action', 'header:x-github-event+body:/action'],
    ['body:/a+b/c', 'body:/a+b/c'],
    ['form:event+body:/x~1y', 'form:event+body:/x~1y'],
  ])('%s is stored as %s', (text, stored) => {
    expect(parseEventTypeSetting(text)).toMatchObject({ text: stored });
  });

  it.each([
    ['', 1],
    ['Scheme', 1],
    ['header:', 8],
    ['header:x y', 9],
    ['header:x-a+body:action', 17],
    ['header:x-a+query:a', 12],
    ['header:x-a+bdy/action', 15],
    ['body:/a~2', 8],
    ['body:/a\u0000', 8],
    ['form:', 6],
    ['body:/a+body:/b+body:/c+body:/d+body:/e+body:/f', 41],
    [`body:/${'a'.repeat(300)}`, 301],
  ])('%j has a fault at character %i', (text, position) => {
    expect(parseEventTypeSetting(text)).toMatchObject({ position, fault: expect.any(String) });
  });

  it('has its fault inside the text, or right behind it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'header:body:/form:+~01 '.split('')), maxLength: 40 }),
        (text) => {
          const result = parseEventTypeSetting(text);
          if (!('fault' in result)) return void expect(parseEventTypeSetting(result.text)).toEqual(result);
          expect(result.position).toBeGreaterThan(0);
          expect(result.position).toBeLessThanOrEqual(text.length + 1);
        },
      ),
      { numRuns: 500 },
    );
  });
});
