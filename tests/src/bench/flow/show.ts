import { serviceNames } from '../../system/standalone.ts';
import { type Figure, figure, figuresTable } from '../figure.ts';
import { median, table } from '../report.ts';
import type { StoreName } from './contender.ts';
import { figuresOf } from './figures.ts';
import type { FlowOptions, Measured } from './measure.ts';
import type { Round } from './round.ts';
import { type Cpu, type ProcessName, totalOf } from './usage.ts';

/** The figures of this version, with those of the other one beside them. */
export const compareVersions = (
  storeName: StoreName,
  [own, other]: readonly Measured[],
  options: FlowOptions,
): (Figure & { readonly other?: number; readonly ratio?: number })[] => {
  if (!own) return [];
  const others = new Map(
    (other ? figuresOf(storeName, other, options) : []).map((one) => [
      `${one.name} ${one.unit}`,
      median(one.values),
    ]),
  );
  return figuresOf(storeName, own, options).map(({ name, unit, values, target }) => {
    const value = median(values);
    const theirs = others.get(`${name} ${unit}`);
    return {
      ...figure(name, value, unit, target),
      ...(theirs !== undefined && { other: theirs, ratio: value / theirs }),
    };
  });
};

export const showStore = (
  storeName: StoreName,
  server: string,
  measured: readonly Measured[],
  options: FlowOptions,
): void => {
  const print = (title: string, text: string) => process.stdout.write(`${title}\n${text}\n\n`);
  const figures = compareVersions(storeName, measured, options);
  print(
    `${server} (Postgres: ${measured[0]?.durability})`,
    measured.length > 1 ? versionsTable(figures) : figuresTable(figures),
  );
  const cpus = measured.flatMap(cpuRows);
  if (cpus.length > 0)
    print(
      'processor time: ms per payload until all is done; idle: % of a core. Not in the sum: what follows it',
      table(cpus),
    );
  const queries = measured.flatMap(queryRows);
  if (queries.length > 0) print('queries to Postgres per payload; idle: per second', table(queries));
  const memory = measured.flatMap(memoryRows);
  print('resident memory, and live heap where it says so, MiB', table(memory));
  for (const { version, burst } of measured) {
    const statements = burst.at(-1)?.rates.statements.slice(0, 12) ?? [];
    if (statements.length > 0)
      print(
        `most frequent statements per payload, ${version}, last burst`,
        statements
          .map(({ service, number, text }) => `${number.toFixed(2)}  ${service}: ${text.slice(0, 120)}`)
          .join('\n'),
      );
  }
};

const versionsTable = (figures: ReturnType<typeof compareVersions>): string =>
  table(
    figures.map(({ name, value, other, ratio, unit, target = '', met }) => ({
      figure: name,
      'this version': value,
      'other version': other ?? '',
      ratio: ratio ?? '',
      unit,
      target,
      '': met === undefined ? '' : met ? 'met' : 'MISSED',
    })),
  );

const medianCpu = (rounds: readonly Round[], until: 'cpu' | 'cpuToAccepted' = 'cpu'): Cpu | null => {
  const [first] = rounds;
  if (!first) return null;
  const names = Object.keys(first.cpu) as ProcessName[];
  return Object.fromEntries(
    names.map((name) => [name, median(rounds.map((round) => round[until][name]))]),
  ) as Cpu;
};

const cpuRows = ({ version, burst, steady, idle }: Measured) => {
  const row = (part: string, cpu: Cpu | null, generator: number) => {
    if (!cpu) return [];
    const { simulator, 'fake EventStoreDB': fake, ...product } = cpu;
    return [{ version, part, ...product, sum: totalOf(cpu), simulator, fake, 'load generator': generator }];
  };
  const generator = (rounds: readonly Round[]) => median(rounds.map((round) => round.loadGeneratorCpu));
  return [
    ...row('burst until the last 202', medianCpu(burst, 'cpuToAccepted'), generator(burst)),
    ...row('burst', medianCpu(burst), generator(burst)),
    ...row('steady', medianCpu(steady), generator(steady)),
    ...row('idle', idle?.cpu ?? null, 0),
  ];
};

const queryRows = ({ version, burst, steady, idle }: Measured) => {
  const row = (part: string, read: ((name: (typeof serviceNames)[number]) => number) | null) =>
    read ? [{ version, part, ...Object.fromEntries(serviceNames.map((name) => [name, read(name)])) }] : [];
  const of = (rounds: readonly Round[]) =>
    rounds.length === 0
      ? null
      : (name: (typeof serviceNames)[number]) => median(rounds.map(({ rates }) => rates.queries[name]));
  return [
    ...row('burst', of(burst)),
    ...row('steady', of(steady)),
    ...row('idle', idle && ((name) => idle.rates.queries[name])),
  ];
};

const memoryRows = ({ version, memory, long }: Measured) => [
  ...Object.entries(memory).map(([moment, figures]) => ({ version, moment, ...figures })),
  ...(long ? [{ version, moment: `${long.minutes} min: second quarter`, ...long.memory.second }] : []),
  ...(long
    ? [
        { version, moment: `${long.minutes} min: last quarter`, ...long.memory.last },
        { version, moment: 'live heap after the first quarter', ...long.memory.heaps.early },
        { version, moment: 'live heap at the end', ...long.memory.heaps.late },
      ]
    : []),
];
