import type { Checkpoint } from '@mission-control/event-store';
import type { Kysely } from 'kysely';
import { advance, type Tenure } from './checkpoints.ts';
import { EventNotApplicable } from './errors.ts';
import type { ParsedBatch, ParsedEntry } from './parse-batch.ts';
import type { Projection } from './projection.ts';

/**
 * Stores a batch in one transaction: the checkpoint, which is the fence, then the rows. If an event violates its schema, the
 * events before it are stored and then the error is thrown.
 *
 * @throws ProjectionFenced, EventNotApplicable
 */
export const applyBatch = async <DB>(
  db: Kysely<DB>,
  projection: Projection<DB>,
  tenure: Tenure,
  { entries, fault, checkpoint }: ParsedBatch,
): Promise<Tenure> => {
  if (!fault) return store(db, projection, tenure, entries, checkpoint ?? tenure.checkpoint);
  const last = entries.at(-1);
  if (last) await store(db, projection, tenure, entries, last.checkpoint);
  throw fault;
};

const store = async <DB>(
  db: Kysely<DB>,
  projection: Projection<DB>,
  tenure: Tenure,
  entries: readonly ParsedEntry[],
  to: Checkpoint | null,
): Promise<Tenure> => {
  // One statement is a transaction of its own. Checkpoints without events are most of what an idle projector sends.
  if (entries.length === 0) return advance(db, tenure, to);
  try {
    return await db.transaction().execute(async (tx) => {
      const moved = await advance(tx, tenure, to);
      await projection.apply(
        tx,
        entries.map((entry) => entry.parsed),
      );
      return moved;
    });
  } catch (error) {
    const [first, ...others] = entries;
    if (!first || !isFaultOfAnEvent(error)) throw error;
    if (others.length === 0) throw new EventNotApplicable(projection.name, first.event, error);
    return storeOneByOne(db, projection, tenure, entries, to);
  }
};

/** Finds the event at which the batch fails, and stores the events before it. */
const storeOneByOne = async <DB>(
  db: Kysely<DB>,
  projection: Projection<DB>,
  tenure: Tenure,
  entries: readonly ParsedEntry[],
  to: Checkpoint | null,
): Promise<Tenure> => {
  let held = tenure;
  for (const entry of entries) held = await store(db, projection, held, [entry], entry.checkpoint);
  return store(db, projection, held, [], to);
};

/** SQLSTATE classes of errors caused by the content of a row or by the program. Every other error may be temporary. */
const faultsOfContent = ['21', '22', '23', '42', '54'];

const isFaultOfAnEvent = (error: unknown): boolean => {
  if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError) return true;
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code.length === 5 && faultsOfContent.includes(code.slice(0, 2));
};
