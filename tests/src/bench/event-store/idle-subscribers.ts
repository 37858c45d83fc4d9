import type { EventStore } from '@mission-control/event-store';
import { type StartedProcess, startProcess } from '../../system/service-process.ts';
import { type Comparison, compared } from '../compare.ts';
import { ownCpuMs } from '../process-usage.ts';
import { appendSingly } from './events.ts';

const processes = 5;
const load = { amount: 8_000, inFlight: 64 };

/** Appends per second beside such processes, and the microseconds of processor time that one of them takes per append. */
interface Beside {
  readonly rate: number;
  readonly cpu: number;
}

/**
 * What processes whose filter passes nothing cost appends: with our adapter, and with the official client and a checkpoint after 32 events
 * or after each. The latter two were measured on EventStoreDB 24.6 (`serverCosts` of the test kit), and show here whether the fake charges
 * as much. What such a process itself takes can be compared on a busy machine too.
 */
export const measureIdleSubscribers = async (
  store: EventStore,
  url: string,
  rounds: number,
): Promise<readonly Comparison[]> => {
  const contenders = [
    { how: 'adapter', name: 'our adapter', target: { atLeast: 0.8 } },
    { how: '32', name: 'the bare client, a checkpoint every 32 events', target: { atLeast: 0 } },
    { how: '1', name: 'the bare client, a checkpoint for each event', target: { atLeast: 0 } },
  ] as const;
  const measured = new Map<string, Beside[]>(contenders.map(({ how }) => [how, []]));
  const alone: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const free = await appendSingly(store, load);
    if (round > 0) alone.push(free);
    for (const { how } of contenders) {
      const result = await beside(url, how, () => appendSingly(store, load));
      if (round > 0) measured.get(how)?.push(result);
    }
  }
  const figures = (how: string, figure: keyof Beside) => (measured.get(how) ?? []).map((one) => one[figure]);
  return [
    ...contenders.map(({ how, name, target }) =>
      compared(
        {
          name: `64 appends in flight beside ${processes} idle processes of ${name} / alone`,
          unit: 'events/s',
          target,
        },
        { product: figures(how, 'rate'), bare: alone },
      ),
    ),
    compared(
      {
        name: 'an idle process of our adapter, per append of others / of the bare client, a checkpoint every 32 events',
        unit: 'µs of CPU',
        target: { atMost: 1 },
      },
      { product: figures('adapter', 'cpu'), bare: figures('32', 'cpu') },
    ),
  ];
};

const beside = async (url: string, how: string, run: () => Promise<number>): Promise<Beside> => {
  const started: StartedProcess[] = [];
  const cpu = () => started.reduce((sum, { child }) => sum + ownCpuMs(child.pid ?? 0), 0);
  try {
    for (let n = 0; n < processes; n += 1)
      started.push(startProcess('tests/dist/bench/event-store/idle-subscriber.js', { args: [url, how] }));
    await Promise.all(started.map(({ printed }) => printed(/ready/)));
    const before = cpu();
    const rate = await run();
    return { rate, cpu: ((cpu() - before) * 1_000) / load.amount / processes };
  } finally {
    await Promise.all(started.map((one) => one.stop()));
  }
};
