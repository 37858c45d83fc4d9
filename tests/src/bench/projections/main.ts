import { type Comparison, show } from '../compare.ts';
import { type Figure, figuresTable } from '../figure.ts';
import { machine, median, table, writeJson } from '../report.ts';
import { withPostgres } from '../with-postgres.ts';
import { measureLive } from './live.ts';
import { measurePages } from './pages.ts';
import { measureReads } from './reads.ts';
import { measureRebuild, type RebuildResult, type RebuildRound } from './rebuild.ts';

export const projectionsParts = ['rebuild', 'delivered', 'live', 'reads', 'pages'] as const;

export interface ProjectionsBenchOptions {
  readonly rounds: number;
  readonly events: number;
  readonly payloads: number;
  readonly seconds: number;
  readonly only?: (typeof projectionsParts)[number];
  readonly against?: string;
  readonly cpuProf?: string;
  readonly json: string;
}

/** Measures the read side. Exits with code 1 if a target is missed. */
export const benchProjections = async (options: ProjectionsBenchOptions): Promise<void> => {
  const { rounds, events, payloads, only, json } = options;
  const measured = await withPostgres(async (url, durability) => {
    const part = async <T>(name: (typeof projectionsParts)[number], measure: () => Promise<T>) =>
      only === undefined || only === name ? await measure() : null;
    return {
      durability,
      rebuild: await part('rebuild', () => measureRebuild(url, options)),
      delivered: await part('delivered', () => measureRebuild(url, { ...options, delivered: true })),
      live: await part('live', () => measureLive(url, options)),
      reads: await part('reads', () => measureReads(url, options)),
      pages: await part('pages', () => measurePages(url, options)),
    };
  });
  const { rebuild, delivered, live, reads, pages } = measured;
  if (rebuild) showRebuild(`Rebuild from ${events} arrivals of 1 KiB`, events, rebuild);
  if (delivered) showRebuild(`Rebuild from ${events} arrivals of 1 KiB, all delivered`, events, delivered);
  if (live) process.stdout.write(`${figuresTable(live)}\n\n`);
  if (reads) show('Reads', [reads]);
  if (pages) show(`First pages of ${payloads} payloads`, pages);
  process.stdout.write(`medians of ${rounds} interleaved rounds\n`);
  writeJson(json, { scenario: 'projections', machine: machine(), options, ...measured });
  const all: readonly (Comparison | Figure | null)[] = [
    ...[rebuild, delivered].flatMap((part) => part?.comparisons ?? []),
    ...(live ?? []),
    reads,
    ...(pages ?? []),
  ];
  if (all.some((one) => one?.met === false)) process.exitCode = 1;
};

const showRebuild = (
  title: string,
  events: number,
  { comparisons, rounds, others, copySeconds }: RebuildResult,
): void => {
  show(title, comparisons);
  const costs = [costOf('this version', events, rounds)];
  if (others.length > 0) costs.push(costOf('the other', events, others));
  process.stdout.write(`${table(costs)}\nCOPY: ${Math.round(events / median(copySeconds))}/s\n\n`);
};

const costOf = (name: string, events: number, rounds: readonly RebuildRound[]) => ({
  'per arrival': name,
  'a second': events / median(rounds.map(({ seconds }) => seconds)),
  'projector µs': median(rounds.map(({ cpu }) => cpu.projector)),
  'Postgres µs': median(rounds.map(({ cpu }) => cpu.postgres)),
  'WAL bytes': median(rounds.map(({ walBytes }) => walBytes)),
  'most MiB': Math.max(...rounds.flatMap(({ mebibytes }) => mebibytes)),
});
