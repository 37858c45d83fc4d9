import { type Figure, figure, figuresTable, type Target } from '../figure.ts';
import { median, table } from '../report.ts';
import type { Away } from './away.ts';
import type { Contender } from './contenders.ts';
import type { DrainRound, Drains } from './drains.ts';
import type { Deciding } from './filter/deciding.ts';
import type { FilteredRound } from './filter/drains.ts';
import type { Hostile } from './filter/hostile.ts';
import type { Latencies } from './latencies.ts';
import type { Previews } from './previews.ts';
import type { Cpu } from './usage.ts';

export interface Measured {
  /** null: without a database. */
  readonly durability: string | null;
  readonly previews: Previews | null;
  readonly deciding: readonly Deciding[] | null;
  readonly hostile: readonly Hostile[] | null;
  /** By contender. */
  readonly filtered: Partial<Record<Contender['name'], readonly FilteredRound[]>> | null;
  readonly drains: Drains | null;
  readonly latencies: Latencies | null;
  /** By contender. */
  readonly away: Partial<Record<Contender['name'], Away>> | null;
}

const product = 'this version';
const other = 'other version';

export const figuresOf = (
  { previews, deciding, hostile, filtered, drains, latencies, away }: Measured,
  { agents }: { agents: number },
): Figure[] => [
  ...(previews ? ofPreviews(previews) : []),
  ...(deciding ?? []).flatMap(ofDeciding),
  ...(hostile ?? []).flatMap(ofHostile),
  ...([product, other] as const).flatMap((version) => ofFiltered(version, filtered?.[version] ?? [])),
  ...(drains ? ofDrains(drains.rounds, agents) : []),
  ...(latencies ? ofLatencies(latencies) : []),
  ...(away?.[product] ? ofAway(away[product]) : []),
  ...(away?.[other] ? ofOthersMeanwhile(away[other], `${other}, one away`) : []),
];

const ofPreviews = ({ choosing7KiB, choosing1MiB, message7KiB }: Previews): Figure[] => [
  figure('choosing a preview: 7 KiB', choosing7KiB, 'ms', { atMost: 0.3 }),
  figure('choosing a preview: 1 MiB', choosing1MiB, 'ms', { atMost: 10 }),
  ...Object.entries(message7KiB).map(([template, ms]) =>
    figure(`decoding and text of a message, 7 KiB: template ${template}`, ms, 'ms'),
  ),
];

const longestName = 60;

const ofDeciding = ({ expression, size, elapsed, cpu }: Deciding): Figure[] => {
  const name = `notify_when, ${size}: ${expression.length > longestName ? `${expression.slice(0, longestName)}…` : expression}`;
  return [
    figure(name, elapsed, 'ms', { atMost: 0.1 }),
    figure(`${name}: processor time of all threads`, cpu, 'ms'),
  ];
};

const ofHostile = ({ name, evaluated, othersWaited, heldUp }: Hostile): Figure[] => [
  figure(`hostile, ${name}: processor time until it ends`, evaluated, 'ms', { atMost: 50 }),
  figure(`hostile, ${name}: the relay is held up`, heldUp, 'ms', { atMost: 50 }),
  figure(`hostile, ${name}: payloads of other webhooks wait`, othersWaited, 'ms'),
];

const ofFiltered = (version: Contender['name'], rounds: readonly FilteredRound[]): Figure[] => {
  if (rounds.length === 0) return [];
  const name = `${version}, 20 OpenClaw gateways, 7 KiB`;
  const told = (side: keyof FilteredRound) => median(rounds.map((round) => round[side].toldRate));
  const cpu = (side: keyof FilteredRound, process: 'relay' | 'notifier') =>
    median(rounds.map((round) => round[side].cpu[process]));
  return [
    figure(`${name}: told, with filters and previews`, told('with'), '1/s'),
    figure(`${name}: told, without`, told('without'), '1/s'),
    figure(
      `${name}: with / without`,
      told('with') / told('without'),
      '',
      version === product ? { atLeast: 0.9 } : undefined,
    ),
    ...(['relay', 'notifier'] as const).flatMap((process) => [
      figure(`${name}: processor time of the ${process}, with`, cpu('with', process), 'ms'),
      figure(`${name}: processor time of the ${process}, without`, cpu('without', process), 'ms'),
    ]),
  ];
};

const ofDrains = (rounds: readonly DrainRound[], agents: number): Figure[] => {
  const ofPlace = (place: 'agents' | 'gateways', where: string) =>
    [product, other].flatMap((version) => {
      const drains = rounds.flatMap((round) => round[place][version] ?? []);
      if (drains.length === 0) return [];
      const over = (read: (drain: (typeof drains)[number]) => number) => median(drains.map(read));
      const name = `${version}, ${where}`;
      return [
        figure(
          `${name}: sent`,
          over(({ sentRate }) => sentRate),
          '1/s',
          version === product ? { atLeast: 800 } : undefined,
        ),
        figure(
          `${name}: told`,
          over(({ toldRate }) => toldRate),
          '1/s',
        ),
        figure(
          `${name}: acknowledged → told, p50`,
          over(({ lag }) => lag.p50),
          'ms',
        ),
        figure(
          `${name}: acknowledged → told, p99`,
          over(({ lag }) => lag.p99),
          'ms',
        ),
        figure(
          `${name}: told → run ended, p99`,
          over(({ runEnd }) => runEnd.p99),
          'ms',
        ),
      ];
    });
  return [
    ...ofPlace('agents', `${agents} agents`),
    ...ofPlace('gateways', '20 OpenClaw gateways'),
    figure(
      'bare JetStream: publish, consume, acknowledge',
      median(rounds.map((one) => one.bareJetStream)),
      '1/s',
    ),
    figure('the event store: appends, 64 in flight', median(rounds.map((one) => one.appends)), '1/s'),
  ];
};

const ofLatencies = (latencies: Latencies): Figure[] => {
  const read = (version: string, p: 'p50' | 'p99') => median((latencies[version] ?? []).map((one) => one[p]));
  const absolute = (['p50', 'p99'] as const).map((p) =>
    figure(`${product}: 202 → chat.send, ${p}`, read(product, p), 'ms', { atMost: p === 'p50' ? 17 : 64 }),
  );
  if (!latencies[other]) return absolute;
  return [
    ...absolute,
    ...(['p50', 'p99'] as const).flatMap((p) => [
      figure(`${other}: 202 → chat.send, ${p}`, read(other, p), 'ms'),
      figure(`202 → chat.send, ${p}: ${product} / ${other}`, read(product, p) / read(other, p), '', {
        atMost: 1.1,
      }),
    ]),
  ];
};

/** Garbage is collected late, so memory varies. */
const flat = { atMost: 1.1 };

const ofOthersMeanwhile = ({ usual, meanwhile, cpu }: Away, name: string, target?: Target): Figure[] => [
  figure(`${name}: p99 of the others, usual`, usual.p99, 'ms'),
  figure(`${name}: p99 of the others, meanwhile`, meanwhile.p99, 'ms'),
  figure(`${name}: p99 of the others, meanwhile / usual`, meanwhile.p99 / usual.p99, '', target),
  ...(['notifier', 'relay'] as const).flatMap((process) => [
    figure(`${name}: processor time of the ${process}, usual`, cpu.usual[process], 'ms/s'),
    figure(`${name}: processor time of the ${process}, meanwhile`, cpu.meanwhile[process], 'ms/s'),
  ]),
];

const ofAway = (away: Away): Figure[] => {
  const { memory, firstAfterMs, normalRate, rate, mishaps } = away;
  return [
    ...ofOthersMeanwhile(away, 'one away', { atMost: 1.2 }),
    figure('one away: memory of the notifier', memory.notifier.last, 'MiB'),
    figure(
      'one away: memory of the notifier, last / first',
      memory.notifier.last / memory.notifier.first,
      '',
      flat,
    ),
    figure('one away: memory of the relay', memory.relay.last, 'MiB'),
    figure('one away: memory of the relay, last / first', memory.relay.last / memory.relay.first, '', flat),
    figure('back: until the first message', firstAfterMs, 'ms', { atMost: 5_000 }),
    figure('back: sent', rate, '1/s'),
    figure('back: sent / the normal rate', rate / normalRate, '', { atLeast: 0.8 }),
    figure(
      'back: parked, failed or lost',
      Object.values(mishaps).reduce((a, b) => a + b, 0),
      '',
      { atMost: 0 },
    ),
  ];
};

/** Prints the figures, and the processor time per delivery by process. */
export const showFigures = (
  { durability, drains }: Measured,
  figures: readonly Figure[],
  { rounds, deliveries }: { rounds: number; deliveries: number },
): void => {
  if (durability !== null)
    process.stdout.write(`Postgres (${durability})${drains ? `, ${drains.natsServer}` : ''}\n`);
  process.stdout.write(`${figuresTable(figures)}\n\n`);
  if (durability === null) return;
  if (drains) {
    const cpus = Object.entries(cpuMedians(drains.rounds)).map(([version, cpu]) => ({ version, ...cpu }));
    process.stdout.write(`processor time per delivery, ms\n${table(cpus)}\n\n`);
  }
  process.stdout.write(`medians of ${rounds} interleaved rounds of ${deliveries} deliveries\n`);
};

const cpuMedians = (rounds: readonly DrainRound[]): Record<string, Cpu> => {
  const medians: Record<string, Cpu> = {};
  for (const version of [product, other]) {
    for (const place of ['agents', 'gateways'] as const) {
      const cpus = rounds.flatMap((round) => round[place][version]?.cpu ?? []);
      const [first] = cpus;
      if (!first) continue;
      const names = Object.keys(first) as (keyof Cpu)[];
      const cpu = Object.fromEntries(names.map((name) => [name, median(cpus.map((one) => one[name]))]));
      medians[`${version}, ${place}`] = cpu as Cpu;
    }
  }
  return medians;
};
