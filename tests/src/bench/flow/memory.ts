import { setTimeout as delay } from 'node:timers/promises';
import { type ServiceName, serviceNames } from '../../system/standalone.ts';
import { residentMebibytes } from '../process-usage.ts';
import { median } from '../report.ts';
import type { Contender } from './contender.ts';

const names = [...serviceNames, 'nats-server'] as const;

/** Resident memory by process, mebibytes. That of Postgres is mostly shared between its processes, and not measured. */
export type Memory = Readonly<Record<ServiceName | 'nats-server', number>>;

export const memoryOf = ({ pids }: Contender): Memory =>
  Object.fromEntries(
    names.map((name) => [
      name,
      residentMebibytes(pids[name === 'nats-server' ? 'nats' : name]) ?? Number.NaN,
    ]),
  ) as Memory;

/** Memory over a long load. */
export interface Course {
  /** Medians of the second quarter of the time, when everything is warm, and of the last one. */
  readonly second: Memory;
  readonly last: Memory;
  /** last / second */
  readonly growth: Memory;
}

const sampleEveryMs = 5_000;

/** Samples memory while something runs. */
export const watchMemory = async <T>(
  contender: Contender,
  work: () => Promise<T>,
): Promise<{ result: T; memory: Course }> => {
  const samples: Memory[] = [];
  const over = new AbortController();
  const sampling = (async () => {
    while (!over.signal.aborted) {
      samples.push(memoryOf(contender));
      await delay(sampleEveryMs, undefined, { signal: over.signal }).catch(() => {});
    }
  })();
  try {
    const result = await work();
    return { result, memory: courseOf(samples) };
  } finally {
    over.abort();
    await sampling;
  }
};

const courseOf = (samples: readonly Memory[]): Course => {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const mediansOf = (part: readonly Memory[]) => each((name) => median(part.map((sample) => sample[name])));
  const second = mediansOf(samples.slice(quarter, 2 * quarter));
  const last = mediansOf(samples.slice(-quarter));
  return { second, last, growth: each((name) => last[name] / second[name]) };
};

const each = (read: (name: keyof Memory) => number): Memory =>
  Object.fromEntries(names.map((name) => [name, read(name)])) as Memory;
