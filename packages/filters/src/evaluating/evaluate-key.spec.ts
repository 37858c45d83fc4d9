import { wrapBody } from '@mission-control/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { Budget } from './budget.ts';
import { evaluateKey } from './evaluate-key.ts';
import { Evaluator } from './evaluator.ts';
import type { EvaluatedPayload } from './result.ts';

const payload = (body: unknown): EvaluatedPayload => ({
  body: wrapBody(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))),
  contentType: 'application/json',
  headers: [['x-github-event', 'issues']],
  sourceIp: '192.0.2.1',
  verification: { verdict: 'verified', scheme: 'github' },
});
const keyOf = (expression: string, body: unknown) =>
  evaluateKey({ expression, eventType: 'scheme' }, payload(body), () => {});

describe('the key of a payload', () => {
  it.each<[string, unknown, string | null]>([
    ['body.issue.number', { issue: { number: 7 } }, '7'],
    ['body.n * 2.0', { n: 3.5 }, '7'],
    ['body.n', { n: 3.5 }, '3.5'],
    ['uint(body.n)', { n: 7 }, '7'],
    ['body.a + "#" + string(body.n)', { a: 'x', n: 7 }, '"x#7"'],
    ['event_type', { action: 'opened' }, '"issues.opened"'],
    ['headers["x-github-event"]', {}, '"issues"'],
    ['body.on', { on: false }, 'false'],
    ['has(body.issue) ? body.issue.number : null', {}, null],
    ['body.contains("disk")', 'the disk is full', 'true'],
  ])('%s of %j is %s', (expression, body, key) => {
    expect(keyOf(expression, body)).toEqual({ kind: 'key', key });
  });

  it.each<[string, unknown, string]>([
    ['body.issue.number', {}, 'issue'],
    ['body.list', { list: [1] }, 'not a string, number, boolean or null'],
    ['body.map', { map: {} }, 'not a string, number, boolean or null'],
    ['duration("1s")', {}, 'not a string, number, boolean or null'],
    ['type(body)', {}, 'not a string, number, boolean or null'],
    ['body.n / 0.0', { n: 1 }, ''],
    ['body.id', '{"id":12345678901234567890}', 'not a string, number, boolean or null'],
    ['body.text', { text: 'x'.repeat(1_000) }, 'more than 1000 characters'],
  ])('%s of %j gives no key, with the reason', (expression, body, detail) => {
    expect(keyOf(expression, body)).toEqual({
      ...{ kind: 'failed', code: 'error' },
      detail: expect.stringContaining(detail),
    });
  });
});

describe('the evaluator of keys', () => {
  let evaluator: Evaluator;
  afterEach(() => evaluator.close());

  it('has the limits and the budget of notify_when', async () => {
    evaluator = new Evaluator({ budget: new Budget(() => 0) });
    const n = Array.from({ length: 3_000 }, (_, index) => index);
    const slow = { expression: 'body.n.all(a, body.n.all(b, a + b >= 0))', eventType: 'scheme' };
    const bad = Array.from({ length: 8 }, () => evaluator.keyOf('bad', slow, payload({ n })));
    const good = evaluator.keyOf('good', { ...slow, expression: 'body.n' }, payload({ n: 1 }));
    expect(await good).toEqual({ kind: 'key', key: '1' });
    const codes = (await Promise.all(bad)).map((verdict) => verdict.kind === 'failed' && verdict.code);
    expect([codes[0], codes.at(-1)]).toEqual(['timeout', 'suspended']);
  });
});
