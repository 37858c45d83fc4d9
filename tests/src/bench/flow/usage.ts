import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { type ServiceName, serviceNames } from '../../system/standalone.ts';
import { cpuMs, ownCpuMs } from '../process-usage.ts';
import { askOnce } from './ask-once.ts';
import type { Contender } from './contender.ts';
import type { Asked } from './probes.ts';

/** The processes whose time a payload costs: services, what `npm start` itself takes, and its servers. */
const counted = [...serviceNames, 'npm start', 'postgres', 'nats-server'] as const;
/** Reported apart: they are no part of the product. */
const apart = ['simulator', 'fake EventStoreDB'] as const;

export type ProcessName = (typeof counted)[number] | (typeof apart)[number];
/** By process, in milliseconds: user and system time, with that of children. */
export type Cpu = Readonly<Record<ProcessName, number>>;

export const cpuOf = ({ pids, system, simulated, fake }: Contender): Cpu => ({
  ...(Object.fromEntries(serviceNames.map((name) => [name, cpuMs(pids[name])])) as Record<
    ServiceName,
    number
  >),
  'npm start': ownCpuMs(system.process.child.pid ?? 0),
  postgres: cpuMs(pids.postgres),
  'nats-server': cpuMs(pids.nats),
  simulator: cpuMs(simulated.process.child.pid),
  'fake EventStoreDB': fake ? cpuMs(fake.child.pid) : 0,
});

/** The difference of two samples, divided. */
export const cpuPer = (number: number, before: Cpu, after: Cpu): Cpu =>
  Object.fromEntries(
    Object.keys(after).map((name) => [
      name,
      (after[name as ProcessName] - before[name as ProcessName]) / number,
    ]),
  ) as Cpu;

export const totalOf = (cpu: Cpu): number => counted.reduce((sum, name) => sum + cpu[name], 0);

/** What the services have done since their start. */
export interface Work {
  readonly asked: Readonly<Record<ServiceName, Asked>>;
  /** Messages that JetStream has stored. */
  readonly messages: number;
  /** Of the services' own metrics, by `<name>{<labels>}`: counters, and the counts of histograms. */
  readonly metrics: Readonly<Record<ServiceName, Readonly<Record<string, number>>>>;
}

export const workOf = async (contender: Contender): Promise<Work> => {
  const ofEach = async <T>(read: (service: ServiceName) => Promise<T>) =>
    Object.fromEntries(
      await Promise.all(serviceNames.map(async (name) => [name, await read(name)] as const)),
    ) as Record<ServiceName, T>;
  return {
    metrics: await ofEach(async (service) => readMetrics(await contender.managementUrl(service))),
    messages: await messagesIn(contender.natsUrl),
    asked: await ofEach((service) => contender.probes.asked(service)),
  };
};

/** @param managementUrl of a service */
export const readMetrics = async (managementUrl: string): Promise<Record<string, number>> => {
  const text = await (await askOnce(`${managementUrl}/metrics`)).text();
  return Object.fromEntries(
    text
      .matchAll(/^(\w+(?:_total|_count|_sum)(?:\{.*\})?) (\S+)$/gm)
      .map(([, name = '', value]) => [name, Number(value)] as const),
  );
};

/** The sum over all metrics with that name whose labels contain the text. */
export const sumOf = (metrics: Readonly<Record<string, number>>, name: string, labels = ''): number =>
  Object.entries(metrics)
    .filter(([key]) => (key === name || key.startsWith(`${name}{`)) && key.includes(labels))
    .reduce((sum, [, value]) => sum + value, 0);

const messagesIn = async (natsUrl: string): Promise<number> => {
  const { host, username: user, password: pass } = new URL(natsUrl);
  const connection = await connect({ servers: host, user, pass });
  try {
    const manager = await jetstreamManager(connection);
    let messages = 0;
    for await (const { state } of manager.streams.list()) messages += state.last_seq;
    return messages;
  } finally {
    await connection.close();
  }
};
