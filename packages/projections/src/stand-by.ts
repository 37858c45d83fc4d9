import { setTimeout as delay } from 'node:timers/promises';
import { type QueryExecutorProvider, sql } from 'kysely';

const pollMs = 1_000;
/** Three heartbeats of a runner. */
const silentAfterSeconds = 30;

/**
 * Waits until no process runs the projection: its runner has stopped, or has given no sign of life for 30 s. Also ends when the
 * signal is aborted.
 */
export const standBy = async (
  db: QueryExecutorProvider,
  projection: string,
  signal: AbortSignal,
): Promise<void> => {
  while (!signal.aborted) {
    const { rows } = await sql`
      select from projection_checkpoints
       where projection = ${projection} and updated_at > now() - make_interval(secs => ${silentAfterSeconds})`.execute(
      db,
    );
    if (rows.length === 0) return;
    await delay(pollMs, undefined, { signal }).catch(() => {});
  }
};
