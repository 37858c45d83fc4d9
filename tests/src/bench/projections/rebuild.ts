import { openEventStore } from '@mission-control/event-store';
import { type Comparison, compared } from '../compare.ts';
import { cpuMs, postgresPid } from '../process-usage.ts';
import { median } from '../report.ts';
import { createDatabase } from '../with-postgres.ts';
import { fillLog } from './log.ts';
import { Checkpoints, measuredProjections, type Rebuilt, rebuilt, startProjector } from './projector.ts';
import { MeasuredTables } from './tables.ts';

export interface RebuildOptions {
  readonly rounds: number;
  /** Arrivals in the log. */
  readonly events: number;
  /** Adds the three events of a delivery to each arrival. */
  readonly delivered?: boolean;
  readonly against?: string;
  readonly cpuProf?: string;
}

export interface RebuildRound extends Rebuilt {
  /** Microseconds of processor time per arrival: the projector, and all of Postgres. */
  readonly cpu: { readonly projector: number; readonly postgres: number };
  /** Bytes of write-ahead log per arrival. */
  readonly walBytes: number;
}

export interface RebuildResult {
  readonly comparisons: readonly Comparison[];
  readonly rounds: readonly RebuildRound[];
  readonly others: readonly RebuildRound[];
  readonly copySeconds: readonly number[];
}

/**
 * Rebuilds `payloads` and `memory` from the first event, as a projector does that finds no checkpoints, and compares that with loading the
 * same rows by COPY into the same tables, one after the other. Rounds alternate, after one for warm-up.
 */
export const measureRebuild = async (
  serverUrl: string,
  { rounds, events, delivered, against, cpuProf }: RebuildOptions,
): Promise<RebuildResult> => {
  const name = delivered ? 'delivered' : 'rebuild';
  const contender = await prepare(await createDatabase(serverUrl, name), { events, delivered });
  const other =
    against === undefined
      ? null
      : await prepare(await createDatabase(serverUrl, `${name}_other`), { events, delivered, against });
  const results = { own: [] as RebuildRound[], other: [] as RebuildRound[], copySeconds: [] as number[] };
  try {
    for (let round = 0; round <= rounds; round += 1) {
      const own = await contender.rebuild(round === rounds ? cpuProf : undefined);
      if (round === 0) await contender.tables.keepRows();
      const others = other && (await other.rebuild());
      await contender.tables.empty();
      const copySeconds = await contender.tables.load();
      process.stderr.write(
        `${name}: ${Math.round(events / own.seconds)}/s${others ? `, other ${Math.round(events / others.seconds)}/s` : ''}, COPY ${Math.round(events / copySeconds)}/s\n`,
      );
      if (round === 0) continue;
      results.own.push(own);
      if (others) results.other.push(others);
      results.copySeconds.push(copySeconds);
    }
  } finally {
    await contender.close();
    await other?.close();
  }
  return { ...resultOf(results, events, delivered), copySeconds: results.copySeconds };
};

const resultOf = (
  { own, other, copySeconds }: { own: RebuildRound[]; other: RebuildRound[]; copySeconds: number[] },
  events: number,
  delivered = false,
): Omit<RebuildResult, 'copySeconds'> => {
  const of = delivered ? 'delivered payloads' : 'arrivals';
  const ratesOf = (seconds: readonly number[]) => seconds.map((one) => events / one);
  const rates = ratesOf(own.map(({ seconds }) => seconds));
  const comparisons: Comparison[] = [];
  // What was delivered has four events for the rows that COPY loads at once, so there is no target for it.
  if (!delivered) {
    comparisons.push(
      compared(
        {
          name: `rebuild from ${events} ${of} / COPY of the rows`,
          unit: `${of}/s`,
          target: { atLeast: 0.5 },
        },
        { product: rates, bare: ratesOf(copySeconds) },
      ),
    );
  }
  comparisons.push(
    compared(
      { name: 'memory at the end of a rebuild / in the middle', unit: 'MiB', target: { atMost: 1.2 } },
      {
        product: own.map(({ mebibytes }) => median(mebibytes.slice(-Math.ceil(mebibytes.length / 4)))),
        bare: own.map(({ mebibytes }) =>
          median(mebibytes.slice(mebibytes.length >> 2, Math.max(2, mebibytes.length >> 1))),
        ),
      },
    ),
  );
  if (other.length > 0) {
    comparisons.push(
      compared(
        { name: 'rebuild / of the other version', unit: `${of}/s`, target: { atLeast: 1 } },
        { product: rates, bare: ratesOf(other.map(({ seconds }) => seconds)) },
      ),
    );
  }
  return { comparisons, rounds: own, others: other };
};

const prepare = async (
  url: string,
  options: { events: number; delivered: boolean | undefined; against?: string },
) => {
  const { events, delivered = false, against } = options;
  const store = await openEventStore(url);
  process.stderr.write(`filling a log with ${events} arrivals${delivered ? ', all delivered' : ''} …\n`);
  await fillLog(store, events, { delivered });
  const head = (await store.head())?.position ?? -1n;
  await store.close();
  const postgres = await postgresPid(url);
  const start = (cpuProf?: string) =>
    startProjector({ eventStoreUrl: url, projections: measuredProjections.join(), against, cpuProf });
  // The first one makes the tables.
  const first = start();
  const checkpoints = await Checkpoints.openOnceMigrated(url);
  await rebuilt(first, checkpoints, head);
  await first.stop();
  const tables = await MeasuredTables.open(url);
  return {
    tables,
    rebuild: async (cpuProf?: string): Promise<RebuildRound> => {
      await tables.empty();
      const walBefore = await tables.walBytes();
      const projector = start(cpuProf);
      const cpuOf = () => ({ projector: cpuMs(projector.child.pid), postgres: cpuMs(postgres) });
      const before = cpuOf();
      const result = await rebuilt(projector, checkpoints, head);
      const after = cpuOf();
      const walBytes = ((await tables.walBytes()) - walBefore) / events;
      await projector.stop();
      const per = (name: 'projector' | 'postgres') => ((after[name] - before[name]) * 1000) / events;
      return { ...result, walBytes, cpu: { projector: per('projector'), postgres: per('postgres') } };
    },
    close: async () => {
      await checkpoints.close();
      await tables.close();
    },
  };
};
