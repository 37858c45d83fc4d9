import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames } from '../../system/standalone.ts';
import type { Target } from '../notify/scene.ts';
import { type Contender, type StoreName, startContender } from './contender.ts';
import { type Idle, measureIdle } from './idle.ts';
import { type Course, type Memory, memoryOf, watchMemory } from './memory.ts';
import { type Load, type Round, runRound } from './round.ts';
import { totalOf } from './usage.ts';

export interface FlowOptions {
  readonly rounds: number;
  /** In a burst. */
  readonly payloads: number;
  readonly connections: number;
  /** Of the steady load. */
  readonly perSecond: number;
  readonly steadySeconds: number;
  readonly idleSeconds: number;
  readonly agents: number;
  readonly openclawGateways: number;
  /** Of a steady load that shows whether memory grows. 0: none. */
  readonly minutes: number;
  readonly only?: 'burst' | 'steady' | 'idle' | 'memory';
  /** The folder of another, compiled checkout whose system is measured in the same rounds. */
  readonly against?: string;
  readonly eventstoredbUrl?: string;
  /** The folder for CPU profiles of all services over one more round of each load. */
  readonly cpuProf?: string;
}

/** What was measured of one version. */
export interface Measured {
  readonly version: Contender['name'];
  readonly durability: string;
  idle: Idle | null;
  readonly burst: Round[];
  readonly steady: Round[];
  /** By moment: `start`, `after the bursts`, `end`. */
  readonly memory: Record<string, Memory>;
  long: { readonly minutes: number; readonly round: Round; readonly memory: Course } | null;
}

type Side = { readonly contender: Contender; readonly measured: Measured; targets: readonly Target[] };

/** Measures the versions on one store in turn. Each has its own servers and simulated OpenClaw gateways. */
export const measureOn = async (storeName: StoreName, options: FlowOptions): Promise<Measured[]> => {
  const stops: (() => Promise<unknown>)[] = [];
  const { against, ...own } = options;
  const sides: Side[] = [];
  try {
    sides.push(sideOf(await startContender({ ...own, storeName, stops })));
    if (against !== undefined)
      sides.push(sideOf(await startContender({ ...options, against, storeName, stops })));
    await measureParts(storeName, sides, options);
    return sides.map(({ measured }) => measured);
  } catch (error) {
    // What the services logged may say why.
    for (const { contender } of sides) process.stderr.write(contender.system.process.output().slice(-20_000));
    throw error;
  } finally {
    for (const stop of stops) await stop();
  }
};

const sideOf = (contender: Contender): Side => ({
  contender,
  measured: {
    version: contender.name,
    durability: contender.durability,
    idle: null,
    burst: [],
    steady: [],
    memory: {},
    long: null,
  },
  targets: [],
});

const measureParts = async (
  storeName: StoreName,
  sides: readonly Side[],
  options: FlowOptions,
): Promise<void> => {
  const { only, perSecond, connections, payloads, steadySeconds, cpuProf } = options;
  const wanted = (...parts: string[]) => only === undefined || parts.includes(only);
  const remember = (moment: string) => {
    for (const { contender, measured } of sides) measured.memory[moment] = memoryOf(contender);
  };
  remember('start');
  if (wanted('idle')) {
    say(`${storeName}  idle for ${options.idleSeconds} s`);
    const contenders = sides.map(({ contender }) => contender);
    const idle = await measureIdle(contenders, options.idleSeconds);
    for (const { contender, measured } of sides) measured.idle = idle.get(contender) ?? null;
  }
  if (only === 'idle') return;
  for (const side of sides) side.targets = await side.contender.targets();
  const burst = { amount: payloads, connections };
  const steady = { amount: Math.round(perSecond * steadySeconds), connections, perSecond };
  if (wanted('burst', 'memory'))
    await runRounds(storeName, 'burst', sides, { load: burst, rounds: options.rounds });
  remember('after the bursts');
  if (wanted('steady')) await runRounds(storeName, 'steady', sides, { load: steady, rounds: options.rounds });
  for (const side of cpuProf === undefined ? [] : sides) {
    if (wanted('burst')) await profile(`${storeName}-burst`, side, burst, cpuProf ?? '');
    if (wanted('steady')) await profile(`${storeName}-steady`, side, steady, cpuProf ?? '');
  }
  const minutes = options.minutes || (only === 'memory' ? 10 : 0);
  if (minutes > 0) await runLong(storeName, sides, { ...steady, minutes, perSecond });
  remember('end');
};

/** Rounds before those that count. */
const warmUps = 1;

const runRounds = async (
  storeName: StoreName,
  part: 'burst' | 'steady',
  sides: readonly Side[],
  { load, rounds }: { load: Load; rounds: number },
): Promise<void> => {
  for (let round = 1 - warmUps; round <= rounds; round += 1) {
    // The first one of a round may be slower, so the order alternates.
    for (const { contender, measured, targets } of round % 2 === 0 ? sides.toReversed() : sides) {
      const result = await runRound(contender, targets, load);
      if (round > 0) measured[part].push(result);
      const which = round > 0 ? `round ${round}/${rounds}` : 'warm-up';
      say(`${storeName}  ${which}  ${contender.name}, ${part}: ${sentence(result)}`);
    }
  }
};

const runLong = async (
  storeName: StoreName,
  sides: readonly Side[],
  { minutes, perSecond, connections }: { minutes: number; perSecond: number; connections: number },
): Promise<void> => {
  for (const { contender, measured, targets } of sides) {
    const load = { amount: Math.round(perSecond * 60 * minutes), perSecond, connections };
    const { result, memory } = await watchMemory(contender, minutes, () =>
      runRound(contender, targets, load),
    );
    measured.long = { minutes, round: result, memory };
    say(`${storeName}  ${contender.name}, ${minutes} minutes: ${sentence(result)}`);
  }
};

/** One more round, which counts for nothing: profiling costs time. */
const profile = async (
  what: string,
  { contender, targets }: Side,
  load: Load,
  folder: string,
): Promise<void> => {
  const { probes, name } = contender;
  await Promise.all(serviceNames.map((service) => probes.startProfile(service)));
  const result = await runRound(contender, targets, load);
  say(`${what}  ${name}, with profiles: ${sentence(result)}`);
  mkdirSync(folder, { recursive: true });
  for (const service of serviceNames) {
    const file = `${what}-${name.replace(' ', '-')}-${service}.cpuprofile`;
    writeFileSync(join(folder, file), JSON.stringify(await probes.stopProfile(service)));
  }
};

const sentence = (round: Round): string =>
  [
    `${round.acceptedRate.toFixed(0)} accepted/s`,
    `${round.toldRate.toFixed(0)} told/s afterwards`,
    `all told after ${(round.toldAfter / 1000).toFixed(1)} s`,
    `202 → chat.send p50 ${round.sendLatency.p50.toFixed(0)} p99 ${round.sendLatency.p99.toFixed(0)} ms`,
    `cpu ${totalOf(round.cpu).toFixed(2)} ms each`,
  ].join('  ');

const say = (what: string): void => void process.stderr.write(`${what}\n`);
