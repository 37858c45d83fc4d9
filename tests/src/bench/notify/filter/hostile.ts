import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { wrapBody } from '@mission-control/contracts';
import { Evaluator } from '@mission-control/filters';
import { rulesOf } from './examples.ts';

/** What an expression that takes too long costs others. Milliseconds, the worst of all rounds. */
export interface Hostile {
  readonly name: string;
  /** Of a processor, until the evaluation was ended. */
  readonly evaluated: number;
  /** How much later the payloads of other webhooks were decided. */
  readonly othersWaited: number;
  /** How long the thread that hands over did nothing else. */
  readonly heldUp: number;
}

const numbers = Array.from({ length: 3_000 }, (_, n) => n);

/** They pass the check of the API. */
const expressions: readonly (readonly [name: string, expression: string, body: object])[] = [
  ['nested macros', 'body.n.all(a, body.n.all(b, a + b >= 0))', { n: numbers }],
  ['a list of lists', 'body.n.map(a, body.n.map(b, [a, b])).size() < 0', { n: numbers }],
  [
    'a pattern',
    'body.n.exists(a, body.s.matches("(((a?){9}){9}){9}[bc]$"))',
    { n: numbers, s: 'a'.repeat(100_000) },
  ],
  [
    'texts that grow',
    'body.n.map(a, body.s + body.s + string(a)).all(t, t + t != t)',
    { n: numbers, s: 'x'.repeat(100_000) },
  ],
];

/** Payloads of other webhooks that are decided after the one in question. */
const others = 64;
/** Another thread is started after each end, and takes this long. */
const startMs = 3_000;

export const measureHostile = async (rounds: number): Promise<Hostile[]> => {
  const evaluations: number[] = [];
  const evaluator = new Evaluator({
    evaluated: ({ kind }, tookMs) => {
      if (kind === 'failed') evaluations.push(tookMs ?? 0);
    },
  });
  let webhooks = 0;
  const decided = async (expression: string, body: object) => {
    const startedAt = performance.now();
    webhooks += 1;
    const first = evaluator.evaluate(`first ${webhooks}`, rulesOf(expression), payloadOf(body));
    const rest = Array.from({ length: others }, (_, n) =>
      evaluator.evaluate(`other ${n}`, rulesOf('body.n == 1'), payloadOf({ n: 1 })),
    );
    await Promise.all(rest);
    const tookMs = performance.now() - startedAt;
    return { verdict: await first, tookMs };
  };
  await decided('body.n == 1', { n: 1 });
  const measured: Hostile[] = [];
  for (const [name, expression, body] of expressions) {
    const worst = { evaluated: 0, othersWaited: 0, heldUp: 0 };
    for (let round = 0; round <= rounds; round += 1) {
      await delay(startMs);
      const usual = await decided('body.n == 1', { n: 1 });
      const loop = monitorEventLoopDelay({ resolution: 1 });
      evaluations.length = 0;
      loop.enable();
      const { verdict, tookMs } = await decided(expression, body);
      loop.disable();
      if (verdict.kind !== 'failed') throw new Error(`${name}: ${JSON.stringify(verdict)}`);
      // The first one that is ended finds no other thread ready.
      if (round === 0) continue;
      worst.evaluated = Math.max(worst.evaluated, ...evaluations);
      worst.othersWaited = Math.max(worst.othersWaited, tookMs - usual.tookMs);
      worst.heldUp = Math.max(worst.heldUp, loop.max / 1e6);
    }
    measured.push({ name, ...worst });
  }
  await evaluator.close();
  return measured;
};

const payloadOf = (body: object) => ({
  ...{ body: wrapBody(Buffer.from(JSON.stringify(body))), contentType: 'application/json', headers: [] },
  sourceIp: '192.0.2.1',
  verification: { verdict: 'unverified', scheme: 'none' } as const,
});
