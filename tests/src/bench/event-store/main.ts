import { show } from '../compare.ts';
import { machine, writeJson } from '../report.ts';
import { benchEventStoreDb } from './eventstoredb.ts';
import { benchPostgres } from './postgres.ts';

export interface EventStoreBenchOptions {
  readonly rounds: number;
  /** Events in the large log on Postgres. */
  readonly events: number;
  readonly only?: 'postgres' | 'eventstoredb';
  /** An EventStoreDB server; the fake one if absent. */
  readonly eventstoredbUrl?: string;
  readonly json: string;
}

/** Compares the event store adapters with their bare servers. Exits with code 1 if a target is missed. */
export const benchEventStore = async (options: EventStoreBenchOptions): Promise<void> => {
  const { rounds, events, only, eventstoredbUrl: url } = options;
  const postgres = only === 'eventstoredb' ? null : await benchPostgres({ rounds, events });
  const eventStoreDb = only === 'postgres' ? null : await benchEventStoreDb({ rounds, url });
  const comparisons = [...(postgres?.comparisons ?? []), ...(eventStoreDb?.comparisons ?? [])];
  if (postgres) show(`Postgres (${postgres.durability})`, postgres.comparisons);
  if (eventStoreDb) show(`EventStoreDB (${eventStoreDb.server})`, eventStoreDb.comparisons);
  process.stdout.write(`medians of ${rounds} interleaved rounds\n`);
  writeJson(options.json, {
    scenario: 'event-store',
    machine: machine(),
    rounds,
    events,
    postgres,
    eventStoreDb,
  });
  if (comparisons.some(({ met }) => !met)) process.exitCode = 1;
};
