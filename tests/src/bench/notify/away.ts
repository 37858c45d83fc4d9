import { setTimeout as delay } from 'node:timers/promises';
import { residentMebibytes } from '../process-usage.ts';
import { median } from '../report.ts';
import { drain } from './drain.ts';
import { atRate, type Latency, latencyOf } from './latency.ts';
import { requireOrder } from './order.ts';
import type { Target } from './scene.ts';
import type { Services } from './services.ts';
import type { SimulatedOpenclawGateways } from './simulated.ts';
import { type Cpu, cpuPer } from './usage.ts';

export interface AwayOptions {
  /** The number of the OpenClaw gateway that goes away, among the simulated ones. */
  readonly number: number;
  readonly targets: readonly Target[];
  /** Those of the other OpenClaw gateways. */
  readonly others: readonly Target[];
  readonly waiting: number;
  readonly awaySeconds: number;
  readonly perSecond: number;
  /** Arrivals in the drains that show the normal rate. */
  readonly deliveries: number;
  readonly postgresPid: number | undefined;
}

export interface Away {
  /** From a stored arrival to its `chat.send` at the other OpenClaw gateways: before and after the absence, and during it. */
  readonly usual: Latency;
  readonly meanwhile: Latency;
  /** Processor time by process, in milliseconds a second, under that load: before the absence, and during it. */
  readonly cpu: Readonly<Record<'usual' | 'meanwhile', Cpu>>;
  /** Mebibytes: medians of the first and of the last quarter of the time away. */
  readonly memory: Readonly<Record<'relay' | 'notifier', { readonly first: number; readonly last: number }>>;
  /** From the end of the absence to the first message. */
  readonly firstAfterMs: number;
  readonly normalRate: number;
  /** From the first message to the last one. */
  readonly rate: number;
  /** Events about deliveries that went wrong, such as parked ones, by type. */
  readonly mishaps: Readonly<Record<string, number>>;
}

/**
 * One OpenClaw gateway is away while many payloads for it wait and the others receive theirs.
 *
 * @throws if a message did not arrive exactly once and in order
 */
export const measureAway = async (
  services: Services,
  simulated: SimulatedOpenclawGateways,
  options: AwayOptions,
): Promise<Away> => {
  const { scene, log } = services;
  const { number, targets, waiting, awaySeconds } = options;
  const normally = async () =>
    (await drain(services, simulated, { ...options, amount: options.deliveries })).sentRate;
  await normally();
  const rates = [await normally()];
  say(`normal rate: ${rates[0]?.toFixed(0)} sent/s`);
  const usualSeconds = Math.min(awaySeconds / 2, 60);
  const cpuUsual = cpuPer(usualSeconds, { ...options, services, simulated });
  const usual = await toOthers(services, simulated, options, usualSeconds);
  const cpuUsed = cpuUsual();
  say(`the others usually: p99 ${latencyOf(usual).p99.toFixed(0)} ms`);

  await simulated.away(number);
  const stored = await scene.arrivals(targets, waiting);
  const watched = log.watch(stored.at.keys());
  while ((await services.waiting()) < waiting) await delay(200);
  say(`one is away, and ${waiting} payloads wait for it`);
  const memory = sampleMemory(services);
  const cpuMeanwhile = cpuPer(awaySeconds, { ...options, services, simulated });
  const meanwhile = await toOthers(services, simulated, options, awaySeconds);
  const memoryUsed = memory();
  const cpu = { usual: cpuUsed, meanwhile: cpuMeanwhile() };
  say(
    `the others meanwhile: p99 ${latencyOf(meanwhile).p99.toFixed(0)} ms; MiB: ${JSON.stringify(memoryUsed)}`,
  );

  const backAt = Date.now();
  await simulated.back(number);
  await watched.sent;
  await watched.settled;
  const received = await simulated.received();
  requireOrder(stored.bySession, received.bySession);
  const firstAt = [...received.at.values()].reduce((a, b) => Math.min(a, b));
  const lastAt = watched.moments('sentAt').reduce((a, b) => Math.max(a, b));

  usual.push(...(await toOthers(services, simulated, options, usualSeconds)));
  rates.push(await normally());
  return {
    usual: latencyOf(usual),
    meanwhile: latencyOf(meanwhile),
    cpu,
    memory: memoryUsed,
    firstAfterMs: firstAt - backAt,
    normalRate: median(rates),
    rate: (waiting * 1000) / (lastAt - firstAt),
    mishaps: Object.fromEntries(log.mishaps),
  };
};

const say = (what: string): void => void process.stderr.write(`${what}\n`);

/** Stores arrivals for the other OpenClaw gateways. Resolves to the milliseconds until they were received. */
const toOthers = async (
  { scene }: Services,
  simulated: SimulatedOpenclawGateways,
  { others, perSecond }: AwayOptions,
  seconds: number,
): Promise<number[]> => {
  const storedAt = new Map<string, number>();
  await atRate({ amount: Math.ceil(seconds * perSecond), perSecond }, async (n) => {
    const id = await scene.arrival(others[n % others.length] as Target);
    storedAt.set(id, Date.now());
  });
  const receivedAt = new Map<string, number>();
  while (receivedAt.size < storedAt.size) {
    for (const [id, at] of (await simulated.received()).at) if (storedAt.has(id)) receivedAt.set(id, at);
    if (receivedAt.size < storedAt.size) await delay(200);
  }
  return [...receivedAt].map(([id, at]) => at - (storedAt.get(id) ?? 0));
};

const sampleEveryMs = 1_000;

/** @returns a function that ends the sampling */
const sampleMemory = ({ relay, notifier }: Services): (() => Away['memory']) => {
  const samples: Record<keyof Away['memory'], number[]> = { relay: [], notifier: [] };
  const sample = () => {
    samples.relay.push(residentMebibytes(relay.child.pid) ?? Number.NaN);
    samples.notifier.push(residentMebibytes(notifier.child.pid) ?? Number.NaN);
  };
  sample();
  const timer = setInterval(sample, sampleEveryMs);
  const ends = (values: readonly number[]) => {
    const quarter = Math.max(1, Math.floor(values.length / 4));
    return { first: median(values.slice(0, quarter)), last: median(values.slice(-quarter)) };
  };
  return () => {
    clearInterval(timer);
    sample();
    return { relay: ends(samples.relay), notifier: ends(samples.notifier) };
  };
};
