import { CheckpointNotInLog } from '../errors.ts';
import type { Checkpoint } from '../port.ts';
import type { ReadPool } from './read-pool.ts';

export interface LogHead {
  readonly incarnation: string;
  readonly last: Checkpoint | null;
}

/** The log's incarnation and its last position, hidden events included. */
export const readHead = async (pool: ReadPool, quotedSchema: string): Promise<LogHead> => {
  const [row] = await pool.query<{ incarnation: string; position: string | null; id: string | null }>(
    'head',
    `select i.id as incarnation, e.position, e.id from ${quotedSchema}.incarnation i
       left join lateral (select position, id from ${quotedSchema}.events order by position desc limit 1) e on true`,
    [],
  );
  if (row === undefined) throw new CheckpointNotInLog('the log has no incarnation');
  const { incarnation, position, id } = row;
  const last =
    position === null || id === null ? null : { incarnation, position: BigInt(position), eventId: id };
  return { incarnation, last };
};
