import type { Checkpoint } from '@mission-control/event-store';
import { type Kysely, type QueryExecutorProvider, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { ProjectionFenced } from './errors.ts';
import { statement } from './statement.ts';

/**
 * One row per projection. `epoch` increases with every runner that takes over; a runner writes only under its own epoch.
 * `updated_at` is the sign of life of the runner; null: it stopped cleanly.
 */
export interface ProjectionCheckpoints {
  readonly projection: string;
  readonly version: number;
  readonly epoch: bigint;
  readonly incarnation: string | null;
  readonly position: bigint | null;
  readonly event_id: string | null;
  readonly updated_at: string | null;
}

/** For the migrations of a database that stores projections. */
export const createProjectionCheckpoints: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`
      create table projection_checkpoints (
        projection text primary key,
        version integer not null,
        epoch bigint not null,
        incarnation text,
        position numeric(20),
        event_id uuid,
        updated_at timestamptz(3)
      )`.execute(db);
  },
};

/** The right to write the rows of a projection, and the checkpoint that they have reached. */
export interface Tenure {
  readonly projection: string;
  readonly epoch: string;
  readonly checkpoint: Checkpoint | null;
}

const moveCheckpoint = statement(
  'move_checkpoint',
  `update projection_checkpoints
      set incarnation = $1, position = $2::numeric, event_id = $3::uuid, updated_at = now()
    where projection = $4 and epoch = $5::bigint
      and position is not distinct from $6::numeric and event_id is not distinct from $7::uuid
   returning epoch`,
);

/**
 * Moves the checkpoint. This is the first statement of every batch: it locks the row, so no other runner can take over before the
 * transaction ends, and it finds no row if another runner has already taken over.
 *
 * @throws ProjectionFenced
 */
export const advance = async (
  tx: QueryExecutorProvider,
  tenure: Tenure,
  to: Checkpoint | null,
): Promise<Tenure> => {
  const from = tenure.checkpoint;
  const rows = await moveCheckpoint(tx, [
    ...[to?.incarnation ?? null, to?.position ?? null, to?.eventId ?? null],
    ...[tenure.projection, tenure.epoch, from?.position ?? null, from?.eventId ?? null],
  ]);
  if (rows.length === 0) throw new ProjectionFenced(tenure.projection);
  return { ...tenure, checkpoint: to };
};

/** Lets a runner that stands by take over at once. */
export const release = async (db: QueryExecutorProvider, tenure: Tenure): Promise<void> => {
  await sql`
    update projection_checkpoints set updated_at = null
     where projection = ${tenure.projection} and epoch = ${tenure.epoch}::bigint`.execute(db);
};
