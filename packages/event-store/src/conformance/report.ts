import type { EventStore } from '../port.ts';
import type { ConformanceBinding } from './binding.ts';
import { type ConformanceCase, reasonToSkip } from './case.ts';
import { runCase } from './run.ts';
import { suite } from './suite.ts';

interface Outcome {
  readonly result: 'holds' | 'fails' | 'skipped';
  readonly milliseconds: number;
  readonly why?: string;
}

/** Runs the cases whose paragraph or name contains `only`, prints a table as it runs, and resolves to the number of failures. */
export const report = async (
  store: EventStore,
  binding: ConformanceBinding,
  only: string,
): Promise<number> => {
  const chosen = suite.filter(({ paragraph, name }) => `${paragraph}: ${name}`.includes(only));
  const left = new Set<string>();
  const outcomes: Outcome[] = [];
  let paragraph = '';
  for (const one of chosen) {
    if (one.paragraph !== paragraph) console.log(`\n${one.paragraph}`);
    paragraph = one.paragraph;
    const outcome = await outcomeOf(one, store, binding, left);
    outcomes.push(outcome);
    const time = outcome.result === 'skipped' ? '' : `${outcome.milliseconds} ms`;
    console.log(`  ${outcome.result.padEnd(8)} ${time.padStart(9)}  ${one.name}`);
    if (outcome.why !== undefined)
      console.log(`${' '.repeat(21)}${outcome.why.replaceAll('\n', `\n${' '.repeat(21)}`)}`);
  }
  const count = (result: Outcome['result']): number =>
    outcomes.filter((outcome) => outcome.result === result).length;
  console.log(`\n${count('holds')} hold, ${count('fails')} fail, ${count('skipped')} skipped`);
  console.log(
    `Left in the log: the positions of ${left.size} tombstoned streams named conformance_…. Their content is erased, or will be soon.`,
  );
  return count('fails');
};

const outcomeOf = async (
  one: ConformanceCase,
  store: EventStore,
  binding: ConformanceBinding,
  left: Set<string>,
): Promise<Outcome> => {
  const reason = reasonToSkip(one, binding.features);
  if (reason !== undefined) return { result: 'skipped', milliseconds: 0, why: reason };
  const began = performance.now();
  const milliseconds = (): number => Math.round(performance.now() - began);
  try {
    await runCase(one, store, binding, (streams) => {
      for (const stream of streams) left.add(stream);
    });
    return { result: 'holds', milliseconds: milliseconds() };
  } catch (error) {
    return {
      result: 'fails',
      milliseconds: milliseconds(),
      why: error instanceof Error ? error.message : String(error),
    };
  }
};
