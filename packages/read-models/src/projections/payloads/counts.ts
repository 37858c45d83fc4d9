import { sql, type Transaction } from 'kysely';
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
  const webhooks = moved.map((one) => one.webhook_id);
  await sql`
    insert into webhook_payload_counts as counted (webhook_id, status, payloads)
    select webhook_id, status, sum(payloads)
      from unnest(${webhooks}::uuid[], ${moved.map((one) => one.status)}::text[],
                  ${moved.map((one) => one.payloads)}::bigint[]) moved (webhook_id, status, payloads)
     group by webhook_id, status
    on conflict (webhook_id, status) do update set payloads = counted.payloads + excluded.payloads`.execute(
    tx,
  );
  await sql`
    delete from webhook_payload_counts where webhook_id = any(${webhooks}::uuid[]) and payloads = 0`.execute(
    tx,
  );
};
