import { Evaluator } from '@mission-control/filters';
import { median } from '../../report.ts';
import { documentedExamples, type Example, rulesOf, type Size, sizes } from './examples.ts';

/** What it costs to evaluate `notify_when` for a payload, with the hand-over to the thread and back. Milliseconds, medians of rounds. */
export interface Deciding {
  readonly expression: string;
  readonly size: Size;
  readonly elapsed: number;
  /** Of a processor, in all threads. */
  readonly cpu: number;
}

/** The relay has so many payloads decided at once. */
const atOnce = 256;
const perRound = 8 * atOnce;
const warmUps = 2;

/** Measures the documented expressions in turn. @throws Error if a verdict is wrong */
export const measureDeciding = async (rounds: number): Promise<Deciding[]> => {
  const examples = await documentedExamples();
  const evaluator = new Evaluator();
  const cases = examples.flatMap((example) =>
    sizes.map((size) => ({ example, size, elapsed: [] as number[], cpu: [] as number[] })),
  );
  for (let round = 1 - warmUps; round <= rounds; round += 1)
    for (const { example, size, elapsed, cpu } of cases) {
      const took = await decide(evaluator, example, size);
      if (round < 1) continue;
      elapsed.push(took.elapsed);
      cpu.push(took.cpu);
    }
  await evaluator.close();
  return cases.map(({ example: { expression }, size, elapsed, cpu }) => ({
    ...{ expression, size, elapsed: median(elapsed), cpu: median(cpu) },
  }));
};

const decide = async (evaluator: Evaluator, { expression, payload }: Example, size: Size) => {
  const payloads = Array.from({ length: perRound }, () => payload(size));
  const rules = rulesOf(expression);
  const usedBefore = process.cpuUsage();
  const startedAt = performance.now();
  for (let n = 0; n < perRound; n += atOnce) {
    const some = payloads.slice(n, n + atOnce);
    const verdicts = await Promise.all(some.map((one) => evaluator.evaluate(expression, rules, one)));
    const wrong = verdicts.find(({ kind }) => kind !== 'notify');
    if (wrong) throw new Error(`${expression}: ${JSON.stringify(wrong)}`);
  }
  const elapsed = (performance.now() - startedAt) / perRound;
  const { user, system } = process.cpuUsage(usedBefore);
  return { elapsed, cpu: (user + system) / 1000 / perRound };
};
