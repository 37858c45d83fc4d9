import { type EventStore, openEventStore } from '@mission-control/event-store';
import pg from 'pg';
import { startProcess } from '../../system/service-process.ts';
import { type Comparison, compare } from '../compare.ts';
import { median } from '../report.ts';
import { createDatabase, withPostgres } from '../with-postgres.ts';
import { openBarePostgres } from './bare-postgres.ts';
import { appendSingly, fill } from './events.ts';

export interface PostgresBenchOptions {
  readonly rounds: number;
  /** Events in the large log. */
  readonly events: number;
}

/** Compares the Postgres adapter with Postgres itself, on an embedded server that flushes every commit. */
export const benchPostgres = ({ rounds, events }: PostgresBenchOptions) =>
  withPostgres(async (serverUrl, durability, stops) => {
    const databases = new Databases(serverUrl);
    stops.unshift(() => databases.close());

    const { url, store } = await databases.create('rates');
    const bare = await openBarePostgres(url);
    stops.unshift(() => bare.close());
    const comparisons: Comparison[] = [
      await compare(
        {
          name: '256 appends in flight / bare inserts of 256 rows',
          unit: 'events/s',
          product: () => appendSingly(store, { amount: 20_000, inFlight: 256 }),
          bare: () => bare.insertRate(20_480, 256),
          target: { atLeast: 0.5 },
        },
        rounds,
      ),
      await compare(
        {
          name: '1 append in flight / bare single commits',
          unit: 'events/s',
          product: () => appendSingly(store, { amount: 2_000, inFlight: 1 }),
          bare: () => bare.insertRate(2_000, 1),
          target: { atLeast: 0.8 },
        },
        rounds,
      ),
      await compare(
        {
          name: '4 processes appending at once / one',
          unit: 'events/s',
          product: () => appendFrom(url, 4, 24_000),
          bare: () => appendFrom(url, 1, 24_000),
          target: { atLeast: 0.8 },
        },
        rounds,
      ),
      await compare(
        {
          name: 'catch-up subscription / bare keyset scan',
          unit: 'events/s',
          product: () => catchUpRate(store),
          bare: () => bare.scanRate(),
          target: { atLeast: 0.5 },
        },
        rounds,
      ),
    ];

    const small = await databases.create('small');
    const large = await databases.create('large');
    await fill(small.store, 10_000);
    process.stderr.write(`filling a log with ${events} events …\n`);
    await fill(large.store, events);
    comparisons.push(
      await compare(
        {
          name: `append latency at ${events} events / at 10000`,
          unit: 'ms (median)',
          product: () => appendLatency(large.store),
          bare: () => appendLatency(small.store),
          target: { atMost: 1.3 },
        },
        rounds,
      ),
    );

    const snapshot = await openSnapshot(small.url);
    stops.unshift(() => snapshot.end());
    const free = await databases.create('free');
    await fill(free.store, 10_000);
    await appendSingly(small.store, { amount: 25_000, inFlight: 64 });
    await appendSingly(free.store, { amount: 25_000, inFlight: 64 });
    comparisons.push(
      await compare(
        {
          name: 'append latency under an open snapshot, after 25000 appends / without',
          unit: 'ms (median)',
          product: () => appendLatency(small.store),
          bare: () => appendLatency(free.store),
          target: { atMost: 1.3 },
        },
        rounds,
      ),
    );
    return { durability, comparisons };
  });

/** The stores of the measurements, each in its own database. */
class Databases {
  readonly #url: string;
  readonly #stores: EventStore[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  async create(name: string): Promise<{ url: string; store: EventStore }> {
    const url = await createDatabase(this.#url, name);
    const store = await openEventStore(url);
    this.#stores.push(store);
    return { url, store };
  }

  async close(): Promise<void> {
    await Promise.all(this.#stores.map((store) => store.close()));
  }
}

const appendLatency = async (store: EventStore): Promise<number> => {
  const latencies: number[] = [];
  await appendSingly(store, { amount: 1_000, inFlight: 1, latencies });
  return median(latencies);
};

/** Events per second of all `processes` together, each with 64 appends in flight. */
const appendFrom = async (url: string, processes: number, amount: number): Promise<number> => {
  const workers = Array.from({ length: processes }, () =>
    startProcess('tests/dist/bench/event-store/append-worker.js', {
      args: [url, String(amount / processes), '64'],
      stdin: true,
    }),
  );
  await Promise.all(workers.map(({ printed }) => printed(/ready/)));
  const startedAt = performance.now();
  for (const { child } of workers) child.stdin?.end('go\n');
  await Promise.all(workers.map(({ printed }) => printed(/rate \S+/)));
  const rate = (amount * 1000) / (performance.now() - startedAt);
  await Promise.all(workers.map(({ exited }) => exited));
  return rate;
};

const catchUpRate = async (store: EventStore): Promise<number> => {
  const startedAt = performance.now();
  let events = 0;
  for await (const message of store.subscribeToAll({ from: 'start' })) {
    if (message.kind === 'event') events += 1;
    if (message.kind === 'caught_up') break;
  }
  return (events * 1000) / (performance.now() - startedAt);
};

/** Opens a session that keeps alive every row version that it could still see. */
const openSnapshot = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('begin isolation level repeatable read');
  await client.query('select count(*) from eventstore.events');
  return client;
};
