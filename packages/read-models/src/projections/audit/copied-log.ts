import { statement } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';

/** Each statement changes some thousand rows, so that none times out. */
const rowsAtATime = 5_000;

/**
 * A copy of a log records its events at the time of the copy. When the source recorded them is not known, but when they happened is.
 *
 * @param end the position of the mark at the end of the copy
 */
export const useTimesOfSource = async (tx: Transaction<ReadModels>, end: bigint): Promise<void> => {
  for (let after = -1n; ; ) {
    const changed = await updateTimes(tx, [after, end, rowsAtATime]);
    if (changed.length === 0) return;
    for (const { position } of changed) if (position > after) after = position;
  }
};

const updateTimes = statement<{ position: bigint }>(
  'use_times_of_source',
  `update audit_events set recorded_at = occurred_at
    where position = any(array(
          select position from audit_events
           where position > $1::numeric and position < $2::numeric and recorded_at <> occurred_at
           order by position limit $3::integer))
   returning position`,
);
