import { setTimeout as delay } from 'node:timers/promises';
import { type QueryExecutorProvider, sql } from 'kysely';

interface Waiter {
  readonly projections: readonly string[];
  readonly position: bigint;
  readonly end: (result: 'reached' | 'timed_out' | Error) => void;
}

const pollMs = 15;

/** All waiters on one database share one poll. */
const polls = new WeakMap<QueryExecutorProvider, Set<Waiter>>();

/**
 * Waits until all projections have applied everything up to the position, for at most `timeoutMs`. A projection that has never
 * run has not reached any position.
 *
 * @throws the error of the database if it cannot be queried
 */
export const waitForProjections = (
  db: QueryExecutorProvider,
  projections: readonly string[],
  position: bigint,
  timeoutMs: number,
): Promise<'reached' | 'timed_out'> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => waiter.end('timed_out'), timeoutMs);
    const waiter: Waiter = {
      projections,
      position,
      end: (result) => {
        clearTimeout(timer);
        waiters.delete(waiter);
        if (result instanceof Error) reject(result);
        else resolve(result);
      },
    };
    const waiters = polls.get(db) ?? new Set();
    waiters.add(waiter);
    if (polls.has(db)) return;
    polls.set(db, waiters);
    void poll(db, waiters);
  });

const poll = async (db: QueryExecutorProvider, waiters: Set<Waiter>): Promise<void> => {
  while (waiters.size > 0) {
    try {
      const positions = await positionsOf(db);
      for (const waiter of waiters) {
        const reached = waiter.projections.every((name) => (positions.get(name) ?? -1n) >= waiter.position);
        if (reached) waiter.end('reached');
      }
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error));
      for (const waiter of waiters) waiter.end(reason);
    }
    if (waiters.size > 0) await delay(pollMs);
  }
  polls.delete(db);
};

const positionsOf = async (db: QueryExecutorProvider): Promise<Map<string, bigint>> => {
  const { rows } = await sql<{ projection: string; position: string }>`
    select projection, position::text from projection_checkpoints where position is not null`.execute(db);
  return new Map(rows.map((row) => [row.projection, BigInt(row.position)]));
};
