import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tenure } from './checkpoints.ts';
import { ProjectionTooNew } from './errors.ts';
import type { Projection } from './projection.ts';

/** Which build of a projection to take over, and how. */
export interface TakeOverOptions {
  /** The name of the build's checkpoint; default: that of build 1. */
  readonly checkpoint?: string | undefined;
  /** `continue`: rows of an older version are left as they are, and further events are applied to them. Default: `start_over`. */
  readonly olderRows?: 'start_over' | 'continue' | undefined;
  /** Throws if the build must not be written to. Called in the transaction, with the checkpoint locked. */
  readonly guard?: ((tx: Transaction<unknown>) => Promise<void>) | undefined;
}

interface Row {
  version: number;
  epoch: string;
  incarnation: string | null;
  position: string | null;
  event_id: string | null;
}

/**
 * Takes over a build of the projection: the next batch of the previous runner finds its epoch gone. Without a checkpoint, or with one of an
 * older version, the tables are emptied and the build starts from the first event.
 *
 * @param fromStart starts from the first event in any case
 * @throws ProjectionTooNew when a newer release has written the rows
 */
export const takeOver = async <DB>(
  db: Kysely<DB>,
  projection: Projection<DB>,
  fromStart = false,
  { checkpoint: name = projection.name, olderRows = 'start_over', guard }: TakeOverOptions = {},
): Promise<Tenure> =>
  db.transaction().execute(async (tx) => {
    const { version } = projection;
    const { rows } = await sql<Row>`
      insert into projection_checkpoints as held (projection, version, epoch, updated_at)
      values (${name}, ${version}, 1, now())
      on conflict (projection) do update set epoch = held.epoch + 1, updated_at = now()
      returning version, epoch::text, incarnation, position::text, event_id`.execute(tx);
    const row = rows[0];
    if (!row) throw new Error(`The checkpoint row of ${name} was not returned.`);
    await guard?.(tx as Transaction<unknown>);
    if (row.version > version) throw new ProjectionTooNew(name, row.version, version);
    const { incarnation, position, event_id: eventId } = row;
    const isOld = row.version < version && olderRows === 'start_over';
    if (fromStart || isOld || incarnation === null || position === null || eventId === null) {
      await startOver(tx, name, projection);
      return { projection: name, epoch: row.epoch, checkpoint: null };
    }
    return {
      projection: name,
      epoch: row.epoch,
      checkpoint: { incarnation, position: BigInt(position), eventId },
    };
  });

const startOver = async <DB>(
  tx: Transaction<DB>,
  checkpoint: string,
  { version, tables }: Projection<DB>,
): Promise<void> => {
  await sql`
    update projection_checkpoints set version = ${version}, incarnation = null, position = null, event_id = null
     where projection = ${checkpoint}`.execute(tx);
  await sql`truncate ${sql.join(tables.map((table) => sql.table(table)))}`.execute(tx);
};
