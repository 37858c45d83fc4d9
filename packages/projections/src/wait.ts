import { setTimeout as delay } from 'node:timers/promises';
import { type QueryExecutorProvider, sql } from 'kysely';

interface Waiter {
  readonly projections: readonly string[];
  readonly checkpoints: readonly string[];
  readonly position: bigint;
  readonly end: (result: 'reached' | 'timed_out' | Error) => void;
}

const pollMs = 15;
/** How long a process may take to hear of a switch. */
const hearsWithinSeconds = 10;

/** All waiters on one database share one poll. */
const polls = new WeakMap<QueryExecutorProvider, Set<Waiter>>();

/**
 * Waits until all projections have applied everything up to the position, for at most `timeoutMs`. A projection that has never
 * run has not reached any position.
 *
 * @param checkpoints of builds that have to get there too, because the caller reads them
 * @param signal ends the wait
 * @throws the error of the database if it cannot be queried, and the signal's reason
 */
export const waitForProjections = (
  db: QueryExecutorProvider,
  projections: readonly string[],
  position: bigint,
  timeoutMs: number,
  checkpoints: readonly string[] = [],
  signal?: AbortSignal,
): Promise<'reached' | 'timed_out'> =>
  new Promise((resolve, reject) => {
    const stop = () => waiter.end(signal?.reason);
    signal?.addEventListener('abort', stop);
    const timer = setTimeout(() => waiter.end('timed_out'), timeoutMs);
    const waiter: Waiter = {
      projections,
      checkpoints,
      position,
      end: (result) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
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
        const hasPassed = (position = -1n) => position >= waiter.position;
        const reached =
          waiter.projections.every((name) => hasPassed(positions.readable.get(name))) &&
          waiter.checkpoints.every((name) => hasPassed(positions.of.get(name)));
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

interface Positions {
  /**
   * Per projection, what is reached wherever it is read: in its live build, and in the one that was live until a moment ago, which
   * processes may still read that have not heard of the switch.
   */
  readonly readable: ReadonlyMap<string, bigint>;
  /** Per checkpoint. */
  readonly of: ReadonlyMap<string, bigint>;
}

const positionsOf = async (db: QueryExecutorProvider): Promise<Positions> => {
  const { rows } = await sql<{ checkpoint: string; projection: string | null; position: string }>`
    select held.projection as checkpoint, coalesce(held.position, -1)::text as position,
           case when built is null then held.projection
                when built.state = 'live' then built.projection
                when built.retired_at > now() - make_interval(secs => ${hearsWithinSeconds})
                 and built.state = 'retired' then built.projection
            end as projection
      from projection_checkpoints held
      left join projection_builds built
        on held.projection = built.projection || case built.build when 1 then '' else '@' || built.build end`.execute(
    db,
  );
  const readable = new Map<string, bigint>();
  for (const { projection, position } of rows) {
    const known = projection === null ? undefined : readable.get(projection);
    if (projection !== null && (known === undefined || BigInt(position) < known))
      readable.set(projection, BigInt(position));
  }
  return { readable, of: new Map(rows.map((row) => [row.checkpoint, BigInt(row.position)])) };
};
