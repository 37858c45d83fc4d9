import { statement } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { PayloadStatus } from '../../tables/payloads.ts';
import type { ReadModels } from '../../tables/read-models.ts';

/** Rows that actually got a status, or lost it (negative). */
export interface Moved {
  readonly webhook_id: string;
  readonly status: PayloadStatus;
  readonly payloads: number;
}

/** Adjusts the counters of lists. A counter at zero has no row. */
export const moveCounts = async (tx: Transaction<ReadModels>, moved: readonly Moved[]): Promise<void> => {
  if (moved.length === 0) return;
  const emptied = await addToCounts(tx, [
    moved.map((one) => one.webhook_id),
    moved.map((one) => one.status),
    moved.map((one) => one.payloads),
  ]);
  if (emptied.length > 0) await removeEmptyCounts(tx, [emptied.map((one) => one.webhook_id)]);
};

const addToCounts = statement<{ webhook_id: string }>(
  'add_to_payload_counts',
  `with added as (
     insert into webhook_payload_counts as counted (webhook_id, status, payloads)
     select webhook_id, status, sum(payloads)
       from unnest($1::uuid[], $2::text[], $3::bigint[]) moved (webhook_id, status, payloads)
      group by webhook_id, status
     on conflict (webhook_id, status) do update set payloads = counted.payloads + excluded.payloads
     returning webhook_id, payloads)
   select webhook_id from added where payloads = 0`,
);

const removeEmptyCounts = statement(
  'remove_empty_payload_counts',
  'delete from webhook_payload_counts where webhook_id = any($1::uuid[]) and payloads = 0',
);
