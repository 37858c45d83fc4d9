import { serviceNames } from '../../system/standalone.ts';
import { type Latency, latencyOf } from '../notify/latency.ts';
import type { Target } from '../notify/scene.ts';
import { accountFor } from './account.ts';
import { askOnce } from './ask-once.ts';
import type { Contender } from './contender.ts';
import { postLoad } from './post-load.ts';
import { Progress } from './progress.ts';
import { type Cpu, cpuOf, cpuPer, workOf } from './usage.ts';
import { type Rates, ratesBetween } from './work-rates.ts';

export interface Load {
  readonly amount: number;
  readonly connections: number;
  /** As fast as they are answered if absent. */
  readonly perSecond?: number;
}

/** What one load of a system cost and how long it took. Milliseconds, from the first request of the load on. */
export interface Round {
  readonly acceptedRate: number;
  readonly acceptedAfter: number;
  /** All payloads are in the read model. */
  readonly rowsAfter: number;
  /** The last agent was told. */
  readonly toldAfter: number;
  /** All runs have ended, and the read model shows it. */
  readonly completeAfter: number;
  /** Per second: of those that were told after the last 202. */
  readonly toldRate: number;
  readonly sendLatency: Latency;
  readonly toldLatency: Latency;
  /** Milliseconds per payload, from the first request to the last answer. */
  readonly cpuToAccepted: Cpu;
  /** Milliseconds per payload: until the last one was told; and until the runs had ended and the read model showed it. */
  readonly cpuToTold: Cpu;
  readonly cpu: Cpu;
  readonly loadGeneratorCpu: number;
  readonly rates: Rates;
  /** Events in the log per payload, by type. */
  readonly events: Readonly<Record<string, number>>;
}

/**
 * Posts a load to a system and waits until everything that follows from it is done.
 *
 * @throws if a payload was not accepted, lost, told twice or out of order, or if a service ended meanwhile
 */
export const runRound = async (
  contender: Contender,
  targets: readonly Target[],
  load: Load,
): Promise<Round> => {
  const { store, simulated, system } = contender;
  const { amount } = load;
  const from = (await store.head())?.position ?? 'start';
  const workBefore = await workOf(contender);
  const progress = await Progress.begin(contender);
  const cpuBefore = cpuOf(contender);
  const [{ answers, ...during }, reached] = await Promise.all([
    postLoad(system.url, targets, load, () => cpuOf(contender)),
    progress.complete(amount),
  ]);
  const cpuAfter = cpuOf(contender);
  const workAfter = await workOf(contender);
  await requireHealthy(contender);
  const { courses, lastArrival, events } = await accountFor(store, simulated, { from, targets, answers });

  const { startedAt, endedAt } = answers;
  const lastToldAt = courses.reduce((last, { toldAt }) => Math.max(last, toldAt), 0);
  const toldLater = courses.filter(({ toldAt }) => toldAt > endedAt).length;
  return {
    acceptedRate: (amount * 1000) / (endedAt - startedAt),
    acceptedAfter: endedAt - startedAt,
    rowsAfter: reached.rowsAt(lastArrival) - startedAt,
    toldAfter: lastToldAt - startedAt,
    completeAfter: reached.statusesAt - startedAt,
    toldRate: (toldLater * 1000) / (lastToldAt - endedAt),
    sendLatency: latencyOf(courses.map(({ receivedAt, acceptedAt }) => receivedAt - acceptedAt)),
    toldLatency: latencyOf(courses.map(({ toldAt, acceptedAt }) => toldAt - acceptedAt)),
    cpuToAccepted: cpuPer(amount, during.before, during.after),
    cpuToTold: cpuPer(amount, cpuBefore, reached.cpuWhenTold),
    cpu: cpuPer(amount, cpuBefore, cpuAfter),
    loadGeneratorCpu: answers.cpuMs / amount,
    rates: ratesBetween(workBefore, workAfter, amount),
    events: Object.fromEntries(Object.entries(events).map(([type, number]) => [type, number / amount])),
  };
};

/** @throws if a service was restarted, because its figures would start from zero, or is not ready, because it may have left work out */
const requireHealthy = async ({ probes, pids, managementUrl }: Contender): Promise<void> => {
  for (const name of serviceNames) {
    const readiness = await askOnce(`${await managementUrl(name)}/readyz`);
    if (probes.pidOf(name) !== pids[name]) throw new Error(`${name} ended and was started again.`);
    if (!readiness.ok) throw new Error(`${name} is not ready: ${await readiness.text()}`);
  }
};
