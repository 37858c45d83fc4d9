import { type Kysely, sql } from 'kysely';
import type { PayloadStatus } from '../tables/payloads.ts';
import type { ReadModels } from '../tables/read-models.ts';

/** The statuses of payloads whose delivery is not settled: they wait while their OpenClaw gateway is unavailable. */
export const waitingStatuses = [
  'stored',
  'delivering',
  'sent',
  'interrupted',
] as const satisfies readonly PayloadStatus[];

/** The unsettled deliveries through one OpenClaw gateway. */
export interface Waiting {
  /** null: too many to count. */
  readonly waiting: number | null;
  readonly oldest_waiting_at: string | null;
}

/** Above this number, requested redeliveries are not counted. Payloads have counters, so there can be any number of them. */
const requestedAtMost = 10_000;

/**
 * What waits for each of these OpenClaw gateways: payloads of its boards, and redeliveries that have not begun. However many wait, it reads
 * only counters, and one payload per webhook that has waiting ones.
 *
 * @returns nothing for OpenClaw gateways for which nothing waits
 */
export const waitingFor = async (
  db: Kysely<ReadModels>,
  gatewayIds: readonly string[],
): Promise<ReadonlyMap<string, Waiting>> => {
  const statuses: readonly string[] = waitingStatuses;
  const { rows } = await sql<{
    gateway_id: string;
    waiting: bigint;
    requested: bigint;
    oldest: string | null;
  }>`
    select gateway.id as gateway_id, payloads.waiting, requested.waiting as requested,
           least(payloads.oldest, requested.oldest) as oldest
      from unnest(${gatewayIds}::uuid[]) gateway (id),
           lateral (
             select coalesce(sum(counted.payloads), 0)::bigint as waiting, min(earliest.received_at) as oldest
               from boards board
               join board_webhooks webhook on webhook.board_id = board.id
               join webhook_payload_counts counted
                 on counted.webhook_id = webhook.id and counted.status = any(${statuses}::text[])
               left join lateral (
                 select received_at from webhook_payload_states
                  where webhook_id = counted.webhook_id and status = counted.status
                  order by received_at limit 1) earliest on true
              where board.gateway_id = gateway.id) payloads,
           lateral (
             select count(*) as waiting, min(requested_at) as oldest
               from (select delivery.requested_at
                       from boards board
                       join webhook_deliveries delivery
                         on delivery.board_id = board.id and delivery.status = 'requested'
                      where board.gateway_id = gateway.id
                      order by delivery.position
                      limit ${requestedAtMost + 1}) oldest) requested
     where payloads.waiting + requested.waiting > 0`.execute(db);
  return new Map(
    rows.map(({ gateway_id, waiting, requested, oldest }) => [
      gateway_id,
      {
        waiting: requested > requestedAtMost ? null : Number(waiting + requested),
        oldest_waiting_at: oldest,
      },
    ]),
  );
};
