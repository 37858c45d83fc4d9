import { percentile } from '../report.ts';
import type { Watched } from './delivery-log.ts';
import { requireOrder } from './order.ts';
import type { Sample, Target } from './scene.ts';
import type { Services } from './services.ts';
import type { Received, SimulatedOpenclawGateways } from './simulated.ts';
import { type Cpu, cpuPer } from './usage.ts';

export interface Drain {
  /** Per second, until all were acknowledged, and until all sessions had their messages. */
  readonly sentRate: number;
  readonly toldRate: number;
  /** From the acknowledgement of a message to the record that the session has it, milliseconds. */
  readonly lag: { readonly p50: number; readonly p99: number };
  /** From there to the record of how the run ended. */
  readonly runEnd: { readonly p50: number; readonly p99: number };
  /** Milliseconds per delivery, until all runs had ended, by process. */
  readonly cpu: Cpu;
}

/**
 * Stores arrivals while the relay is suspended, so that it and the notifier are warm and have nothing to do, and then lets them drain.
 *
 * @throws if a message did not arrive exactly once and in order
 */
export const drain = async (
  services: Services,
  simulated: SimulatedOpenclawGateways,
  {
    targets,
    amount,
    postgresPid,
    sample,
  }: { targets: readonly Target[]; amount: number; postgresPid: number | undefined; sample?: Sample },
): Promise<Drain> => {
  const { relay, scene, log } = services;
  relay.child.kill('SIGSTOP');
  const stored = await scene.arrivals(targets, amount, sample).catch((error: unknown) => {
    relay.child.kill('SIGCONT');
    throw error;
  });
  const watched = log.watch(stored.at.keys());
  const cpu = cpuPer(amount, { services, simulated, postgresPid });
  const startedAt = Date.now();
  relay.child.kill('SIGCONT');
  await watched.settled;
  const used = cpu();
  const received = await simulated.received();
  requireOrder(stored.bySession, received.bySession);
  const rate = (moment: 'sentAt' | 'toldAt') =>
    (amount * 1000) / (watched.moments(moment).reduce((a, b) => Math.max(a, b), 0) - startedAt);
  return {
    sentRate: rate('sentAt'),
    toldRate: rate('toldAt'),
    lag: lagOf(watched, received),
    runEnd: runEndOf(stored.at.keys(), watched),
    cpu: used,
  };
};

const runEndOf = (ids: Iterable<string>, { momentOf }: Watched) => {
  const lags = [...ids].map((id) => (momentOf(id, 'settledAt') ?? 0) - (momentOf(id, 'toldAt') ?? 0));
  return { p50: percentile(lags, 50), p99: percentile(lags, 99) };
};

/** The simulator acknowledges a message as soon as it has received it. */
const lagOf = ({ momentOf }: Watched, { at }: Received) => {
  const lags = [...at].flatMap(([id, receivedAt]) => {
    const toldAt = momentOf(id, 'toldAt');
    return toldAt === undefined ? [] : [toldAt - receivedAt];
  });
  return { p50: percentile(lags, 50), p99: percentile(lags, 99) };
};
