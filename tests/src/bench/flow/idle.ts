import { setTimeout as delay } from 'node:timers/promises';
import type { Contender } from './contender.ts';
import { type Cpu, cpuOf, cpuPer, workOf } from './usage.ts';
import { type Rates, ratesBetween } from './work-rates.ts';

export interface Idle {
  /** Percent of one core. */
  readonly cpu: Cpu;
  /** Per second. */
  readonly rates: Rates;
}

/** What was left to do after the start. */
const settleMs = 5_000;

/** Measures systems in which nothing happens, both at once, for their processes are measured one by one. */
export const measureIdle = async (
  contenders: readonly Contender[],
  seconds: number,
): Promise<ReadonlyMap<Contender, Idle>> => {
  await delay(settleMs);
  const measured = await Promise.all(
    contenders.map(async (contender) => {
      const workBefore = await workOf(contender);
      const [cpuBefore, startedAt] = [cpuOf(contender), performance.now()];
      await delay(seconds * 1000);
      const passed = (performance.now() - startedAt) / 1000;
      const cpu = cpuPer(passed * 10, cpuBefore, cpuOf(contender));
      return [contender, { cpu, rates: ratesBetween(workBefore, await workOf(contender), passed) }] as const;
    }),
  );
  return new Map(measured);
};
