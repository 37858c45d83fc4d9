import { machine, table, writeJson } from '../report.ts';
import { benchPostgres, type PostgresBenchOptions } from './postgres.ts';

/** Measures the event store adapters beside their bare servers; a missed target ends with exit code 1. */
export const benchEventStore = async (options: PostgresBenchOptions & { json: string }): Promise<void> => {
  const { durability, comparisons } = await benchPostgres(options);
  const rows = comparisons.map(({ name, unit, product, bare, ratio, target, met }) => ({
    comparison: name,
    product,
    bare,
    unit,
    ratio,
    target,
    '': met ? 'met' : 'MISSED',
  }));
  process.stdout.write(`${table(rows)}\n\nmedians of ${options.rounds} interleaved rounds; ${durability}\n`);
  writeJson(options.json, { scenario: 'event-store', machine: machine(), options, durability, comparisons });
  if (comparisons.some(({ met }) => !met)) process.exitCode = 1;
};
