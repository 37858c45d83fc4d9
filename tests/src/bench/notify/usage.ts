import { cpuMs } from '../process-usage.ts';
import type { Services } from './services.ts';
import type { SimulatedOpenclawGateways } from './simulated.ts';

/** Processor time by process, in milliseconds. */
export type Cpu = Readonly<
  Record<'relay' | 'notifier' | 'postgres' | 'nats' | 'simulator' | 'bench', number>
>;

/** @returns a function that returns the processor time used since then, divided by a number */
export const cpuPer = (
  number: number,
  parts: { services: Services; simulated: SimulatedOpenclawGateways; postgresPid: number | undefined },
): (() => Cpu) => {
  const before = cpuOf(parts);
  return () => {
    const after = cpuOf(parts);
    const names = Object.keys(after) as (keyof Cpu)[];
    return Object.fromEntries(names.map((name) => [name, (after[name] - before[name]) / number])) as Cpu;
  };
};

const cpuOf = ({
  services: { relay, notifier, natsPid },
  simulated,
  postgresPid,
}: Parameters<typeof cpuPer>[1]): Cpu => ({
  relay: cpuMs(relay.child.pid),
  notifier: cpuMs(notifier.child.pid),
  postgres: cpuMs(postgresPid),
  nats: cpuMs(natsPid),
  simulator: cpuMs(simulated.process.child.pid),
  bench: process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000,
});
