import { serviceNames } from '../../system/standalone.ts';
import type { Target } from '../figure.ts';
import type { StoreName } from './contender.ts';
import type { FlowOptions, Measured } from './measure.ts';
import type { Round } from './round.ts';
import { totalOf } from './usage.ts';
import { sumOfServices } from './work-rates.ts';

/** One figure of one version: its values in the rounds. */
export interface FlowFigure {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly target?: Target | undefined;
}

type Read = (round: Round) => number;

/** @returns the figures in the same order for each version */
export const figuresOf = (storeName: StoreName, measured: Measured, options: FlowOptions): FlowFigure[] => {
  const postgres = storeName === 'postgres';
  /** Targets are those of the system on Postgres. */
  const target = (limit: Target): Target | undefined => (postgres ? limit : undefined);
  return [
    ...ofBurst(measured.burst, target, options),
    ...ofSteady(measured.steady, target, options),
    ...ofIdle(measured, target),
    ...ofLongLoad(measured),
  ];
};

type TargetOf = (limit: Target) => Target | undefined;

const ofBurst = (rounds: readonly Round[], target: TargetOf, { agents }: FlowOptions): FlowFigure[] => {
  if (rounds.length === 0) return [];
  const figure = figuresFrom('burst', rounds);
  return [
    figure('accepted', '1/s', (round) => round.acceptedRate, target({ atLeast: 4_000 })),
    figure('accepted', 's', (round) => round.acceptedAfter / 1000),
    figure('start → read model has all payloads', 's', (round) => round.rowsAfter / 1000),
    figure('start → all told', 's', (round) => round.toldAfter / 1000),
    figure('start → read model shows all as handled', 's', (round) => round.completeAfter / 1000),
    figure(
      'end → read model has all payloads',
      's',
      (round) => (round.rowsAfter - round.acceptedAfter) / 1000,
    ),
    figure('end → all told', 's', (round) => (round.toldAfter - round.acceptedAfter) / 1000),
    figure(
      'end → read model shows all as handled',
      's',
      (round) => (round.completeAfter - round.acceptedAfter) / 1000,
    ),
    figure(
      'told after its end',
      '1/s',
      (round) => round.toldRate,
      target({ atLeast: agents >= 1_000 ? 2_000 : 1_000 }),
    ),
    ...ofCosts(figure, rounds, target({ atMost: 2 })),
  ];
};

const ofSteady = (rounds: readonly Round[], target: TargetOf, { perSecond }: FlowOptions): FlowFigure[] => {
  if (rounds.length === 0) return [];
  const figure = figuresFrom(`${perSecond}/s`, rounds);
  return [
    figure('202 → chat.send, p50', 'ms', (round) => round.sendLatency.p50, target({ atMost: 10 })),
    figure('202 → chat.send, p99', 'ms', (round) => round.sendLatency.p99, target({ atMost: 40 })),
    figure('202 → told, p50', 'ms', (round) => round.toldLatency.p50),
    figure('202 → told, p99', 'ms', (round) => round.toldLatency.p99),
    ...ofCosts(figure, rounds, undefined),
  ];
};

const ofCosts = (
  figure: ReturnType<typeof figuresFrom>,
  rounds: readonly Round[],
  target: Target | undefined,
): FlowFigure[] => [
  figure('processor time per payload, until all are told', 'ms', (round) => totalOf(round.cpuToTold)),
  figure('processor time per payload, until all is done', 'ms', (round) => totalOf(round.cpu), target),
  figure('queries to Postgres per payload', '', (round) => sumOfServices(round.rates.queries)),
  figure('transactions in Postgres per payload', '', (round) => sumOfServices(round.rates.transactions)),
  figure('operations on the event store per payload', '', (round) =>
    sumOfServices(round.rates.storeOperations),
  ),
  figure('JetStream messages per payload', '', (round) => round.rates.messages),
  figure('events per payload', '', (round) => Object.values(round.events).reduce((sum, one) => sum + one, 0)),
  ...Object.keys(rounds[0]?.rates.eventsPerBatch ?? {}).map((reader) =>
    figure(`events per batch, ${reader}`, '', (round) => round.rates.eventsPerBatch[reader] ?? Number.NaN),
  ),
];

const ofIdle = ({ idle }: Measured, target: TargetOf): FlowFigure[] =>
  idle
    ? [
        {
          name: 'idle: processor time',
          unit: '% of a core',
          values: [totalOf(idle.cpu)],
          target: target({ atMost: 2 }),
        },
        {
          name: 'idle: queries to Postgres',
          unit: '1/s',
          values: [sumOfServices(idle.rates.queries)],
          target: target({ atMost: 5 }),
        },
        {
          name: 'idle: operations on the event store',
          unit: '1/s',
          values: [sumOfServices(idle.rates.storeOperations)],
        },
      ]
    : [];

/** Garbage is collected late, so resident memory varies. */
const flat = { atMost: 1.1 };

const ofLongLoad = ({ long }: Measured): FlowFigure[] =>
  long
    ? [
        ...Object.entries(long.memory.growth).map(([process, growth]) => ({
          name: `${long.minutes} minutes: memory of ${process}, last / second quarter`,
          unit: '',
          values: [growth],
          target: flat,
        })),
        ...serviceNames.map((name) => ({
          name: `${long.minutes} minutes: live heap of ${name}, end / first quarter`,
          unit: '',
          values: [long.memory.heaps.late[name] / long.memory.heaps.early[name]],
          target: flat,
        })),
      ]
    : [];

const figuresFrom =
  (part: string, rounds: readonly Round[]) =>
  (name: string, unit: string, read: Read, target?: Target): FlowFigure => ({
    name: `${part}: ${name}`,
    unit,
    values: rounds.map(read),
    target,
  });
