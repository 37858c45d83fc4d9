import { setTimeout as delay } from 'node:timers/promises';
import { type Kysely, sql, type Transaction } from 'kysely';
import { lockBuilds } from './build-tables.ts';
import { announceChange, checkpointOf } from './table.ts';

/** How long the live build may stand still. Less than its runner waits for a lock. */
const patienceMs = 5_000;
const pollMs = 10;

/**
 * Makes a build the live one, in one transaction. It locks the checkpoint of the live build, which stops that build. It waits until the new
 * build has reached the same position, locks that checkpoint too, and then changes the states. A crash before the commit changes nothing.
 *
 * @param decide is asked when nothing but the commit is left to do; false: the build stays as it is
 * @returns `behind` if the build did not get there in time: try again
 */
export const switchTo = async <DB>(
  db: Kysely<DB>,
  projection: string,
  build: number,
  decide: () => Promise<boolean>,
): Promise<'switched' | 'behind' | 'refused'> =>
  (db as Kysely<unknown>).transaction().execute(async (tx) => {
    await lockBuilds(tx);
    const { rows } = await sql<{ build: number; state: string }>`
      select build, state from projection_builds
       where projection = ${projection} and (state = 'live' or build = ${build})`.execute(tx);
    const live = rows.find((row) => row.state === 'live');
    if (!live || !rows.some((row) => row.build === build && row.state === 'building')) return 'refused';
    const old = await lockCheckpoint(tx, projection, live.build);
    if (!(await hasReached(tx, projection, build, old))) return 'behind';
    await lockCheckpoint(tx, projection, build);
    if (!(await decide())) return 'refused';
    await sql`
      update projection_builds set state = 'retired', retired_at = now(), unread_since = now()
       where projection = ${projection} and build = ${live.build}`.execute(tx);
    await sql`
      update projection_builds set state = 'live', switched_at = now(), problem = null
       where projection = ${projection} and build = ${build}`.execute(tx);
    await announceChange(tx);
    return 'switched';
  });

interface Reached {
  readonly position: bigint;
  readonly incarnation: string | null;
}

const lockCheckpoint = async (
  tx: Transaction<unknown>,
  projection: string,
  build: number,
): Promise<Reached> => readCheckpoint(tx, projection, build, sql`for update`);

const readCheckpoint = async (
  tx: Transaction<unknown>,
  projection: string,
  build: number,
  lock = sql``,
): Promise<Reached> => {
  const { rows } = await sql<{ position: string | null; incarnation: string | null }>`
    select position::text, incarnation from projection_checkpoints
     where projection = ${checkpointOf(projection, build)} ${lock}`.execute(tx);
  return { position: BigInt(rows[0]?.position ?? -1), incarnation: rows[0]?.incarnation ?? null };
};

/** A checkpoint in another log cannot be compared: the build that is being filled is in the current one. */
const hasReached = async (
  tx: Transaction<unknown>,
  projection: string,
  build: number,
  old: Reached,
): Promise<boolean> => {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const now = await readCheckpoint(tx, projection, build);
    const isElsewhere = old.incarnation !== null && old.incarnation !== now.incarnation;
    if (now.position >= old.position || (now.incarnation !== null && isElsewhere)) return true;
    if (performance.now() > deadline) return false;
    await delay(pollMs);
  }
};
