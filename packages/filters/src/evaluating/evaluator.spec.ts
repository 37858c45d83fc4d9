import { wrapBody } from '@mission-control/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { faultIn } from '../expression/check.ts';
import { Budget } from './budget.ts';
import type { PayloadRules } from './evaluate.ts';
import { Evaluator, type EvaluatorOptions } from './evaluator.ts';
import type { EvaluatedPayload } from './result.ts';

const payload = (body: unknown): EvaluatedPayload => ({
  body: wrapBody(Buffer.from(JSON.stringify(body))),
  contentType: 'application/json',
  headers: [],
  sourceIp: '192.0.2.1',
  verification: { verdict: 'unverified', scheme: 'none' },
});
const when = (notifyWhen: string): PayloadRules => ({
  notifyWhen,
  ignoreActors: [],
  actor: null,
  eventType: 'scheme',
});

let evaluator: Evaluator;
const start = (options: EvaluatorOptions = {}) => {
  evaluator = new Evaluator(options);
  return evaluator;
};
afterEach(() => evaluator.close());

const numbers = Array.from({ length: 3_000 }, (_, n) => n);
/** Expressions of a hostile admin that pass the check, with a body that makes them expensive. */
const hostile: readonly (readonly [string, string, unknown])[] = [
  ['nested comprehensions', 'body.n.all(a, body.n.all(b, a + b >= 0))', { n: numbers }],
  ['a list of lists', 'body.n.map(a, body.n.map(b, [a, b])).size() < 0', { n: numbers }],
  [
    'a pattern with many alternatives',
    'body.n.exists(a, body.s.matches("(((a?){9}){9}){9}[bc]$"))',
    { n: numbers, s: 'a'.repeat(100_000) },
  ],
  [
    'a text of half a gigabyte',
    `[${Array(8).fill('body.s').join(' + ')}].map(a, ${Array(8).fill('a').join(' + ')}).map(a, a + a + a + a)[0].matches("y$")`,
    { s: 'x'.repeat(1_000_000) },
  ],
  [
    'bytes that grow',
    `body.n.map(a, bytes(body.s) + bytes(body.s)).size() < 0`,
    { n: numbers, s: 'x'.repeat(1_000_000) },
  ],
  [
    'texts that grow',
    'body.n.map(a, body.s + body.s + string(a)).all(t, t + t != t)',
    { n: numbers, s: 'x'.repeat(100_000) },
  ],
];

describe('the evaluator', () => {
  it('answers many payloads at once, each with its own verdict', async () => {
    const { evaluate } = { evaluate: start().evaluate.bind(evaluator) };
    const verdicts = await Promise.all(
      Array.from({ length: 500 }, (_, n) => evaluate('w', when(`body.n % 2 == 0`), payload({ n }))),
    );
    expect(verdicts.map(({ kind }) => kind)).toEqual(
      Array.from({ length: 500 }, (_, n) => (n % 2 === 0 ? 'notify' : 'filtered')),
    );
  });

  it.each(hostile)('ends %s, and answers the others', async (_, expression, body) => {
    expect(faultIn(expression)).toBeNull();
    start();
    const others = ['a', 'b'].map((id) => evaluator.evaluate(id, when('body.n == 1'), payload({ n: 1 })));
    const bad = evaluator.evaluate('bad', when(expression), payload(body));
    const after = evaluator.evaluate('c', when('body.n == 2'), payload({ n: 1 }));
    expect(await bad).toMatchObject({ kind: 'failed' });
    expect(await Promise.all(others)).toEqual([{ kind: 'notify' }, { kind: 'notify' }]);
    expect(await after).toEqual({ kind: 'filtered', reason: 'notify_when' });
  });

  it('does not run an expression for a minute that took too long too often', async () => {
    let now = 0;
    const budget = new Budget(() => now);
    start({ budget });
    const [, expression, body] = hostile[0] ?? fail();
    const bad = () => evaluator.evaluate('bad', when(expression), payload(body));
    const codes = [];
    for (let n = 0; n < 6; n += 1) {
      codes.push(await bad());
      // A busy machine: more time comes back than an evaluation has taken.
      now += 3_000;
    }
    expect(codes.map(({ kind }) => kind)).toEqual(codes.map(() => 'failed'));
    expect(codes[0]).not.toEqual({ kind: 'failed', code: 'suspended' });
    expect(codes.at(-1)).toEqual({ kind: 'failed', code: 'suspended' });
    expect(evaluator.suspended).toBe(1);
    expect(await evaluator.evaluate('good', when('body.n == 1'), payload({ n: 1 }))).toEqual({
      kind: 'notify',
    });
    now += 61_000;
    expect(evaluator.suspended).toBe(0);
    expect(await bad()).not.toEqual({ kind: 'failed', code: 'suspended' });
  });
});

const fail = (): never => {
  throw new Error('There is no such expression.');
};

describe('the budget of a webhook', () => {
  it('is also spent by a few evaluations that end at a limit, however far apart they are on a busy machine', () => {
    let now = 0;
    const budget = new Budget(() => now);
    const end = () => {
      budget.charge('w', 50, true);
      now += 100_000;
      return budget.isSuspended('w');
    };
    for (let n = 0; n < 4; n += 1) expect(end()).toBe(false);
    budget.charge('w', 50, true);
    expect(budget.isSuspended('w')).toBe(true);
    now += 60_000;
    expect(budget.isSuspended('w')).toBe(false);
    // The count starts again.
    for (let n = 0; n < 4; n += 1) expect(end()).toBe(false);
    // The last of them was long ago.
    now += 600_000;
    for (let n = 0; n < 4; n += 1) expect(end()).toBe(false);
  });

  it('comes back with time, and is not spent by cheap expressions', () => {
    let now = 0;
    const budget = new Budget(() => now);
    for (let n = 0; n < 10_000; n += 1) budget.charge('w', 0.9);
    for (let n = 0; n < 4; n += 1) budget.charge('w', 61);
    expect(budget.isSuspended('w')).toBe(false);
    now += 10_000;
    for (let n = 0; n < 4; n += 1) budget.charge('w', 61);
    expect(budget.isSuspended('w')).toBe(false);
    budget.charge('w', 61);
    expect([budget.isSuspended('w'), budget.isSuspended('other'), budget.suspended]).toEqual([
      true,
      false,
      1,
    ]);
    now += 60_000;
    expect(budget.isSuspended('w')).toBe(false);
  });
});
