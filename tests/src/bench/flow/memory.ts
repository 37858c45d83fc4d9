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

/** What is in use of the JavaScript heap of each service after garbage was collected, mebibytes. */
type Heaps = Readonly<Record<ServiceName, number>>;

/** One service after the other, so that not all pause at once. */
const heapsOf = async ({ probes }: Contender): Promise<Heaps> => {
  const heaps: Partial<Record<ServiceName, number>> = {};
  for (const name of serviceNames) heaps[name] = await probes.liveHeap(name);
  return heaps as Heaps;
};

/** Memory over a long load. Resident memory depends on when garbage is collected; what grows in the heap is never given back. */
export interface Course {
  /** Medians of the second quarter of the time, when everything is warm, and of the last one. */
  readonly second: Memory;
  readonly last: Memory;
  /** last / second */
  readonly growth: Memory;
  /** After the first quarter of the time, and near its end. */
  readonly heaps: { readonly early: Heaps; readonly late: Heaps };
}

const sampleEveryMs = 5_000;

/** Samples memory while something runs. @param minutes how long it takes */
export const watchMemory = async <T>(
  contender: Contender,
  minutes: number,
  work: () => Promise<T>,
): Promise<{ result: T; memory: Course }> => {
  const samples: Memory[] = [];
  const over = new AbortController();
  const after = async (part: number): Promise<Heaps> => {
    await delay(minutes * 60_000 * part, undefined, { signal: over.signal });
    return heapsOf(contender);
  };
  const sampling = (async () => {
    while (!over.signal.aborted) {
      samples.push(memoryOf(contender));
      await delay(sampleEveryMs, undefined, { signal: over.signal }).catch(() => {});
    }
  })();
  try {
    const [result, early, late] = await Promise.all([work(), after(1 / 4), after(19 / 20)]);
    return { result, memory: { ...courseOf(samples), heaps: { early, late } } };
  } finally {
    over.abort();
    await sampling;
  }
};

const courseOf = (samples: readonly Memory[]): Omit<Course, 'heaps'> => {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const mediansOf = (part: readonly Memory[]) => each((name) => median(part.map((sample) => sample[name])));
  const second = mediansOf(samples.slice(quarter, 2 * quarter));
  const last = mediansOf(samples.slice(-quarter));
  return { second, last, growth: each((name) => last[name] / second[name]) };
};

const each = (read: (name: keyof Memory) => number): Memory =>
  Object.fromEntries(names.map((name) => [name, read(name)])) as Memory;
