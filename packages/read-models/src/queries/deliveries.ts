import type { Kysely } from 'kysely';
import type { DeliveryStatus, WebhookDeliveryRow } from '../tables/payloads.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { cursorOf } from './cursor.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';

const cursor = cursorOf('deliveries', ['position']);

/** Every delivery of a payload, the first one first. */
export const listDeliveriesOfPayload = (
  db: Kysely<ReadModels>,
  payloadId: string,
): Promise<WebhookDeliveryRow[]> =>
  db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('payload_id', '=', payloadId)
    .orderBy('position')
    .execute();

/**
 * The last delivery of each payload of a board, newest first; without a total. One that was parked and asked for again is not
 * undelivered any more.
 */
export const listDeliveries = async (
  db: Kysely<ReadModels>,
  boardId: string,
  request: PageRequest & { readonly status?: DeliveryStatus | undefined },
): Promise<Page<WebhookDeliveryRow>> => {
  let query = db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('board_id', '=', boardId)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('webhook_deliveries as later')
            .select('later.id')
            .whereRef('later.payload_id', '=', 'webhook_deliveries.payload_id')
            .whereRef('later.position', '>', 'webhook_deliveries.position'),
        ),
      ),
    );
  if (request.status !== undefined) query = query.where('status', '=', request.status);
  if (request.cursor !== undefined) {
    const [position = ''] = cursor.decode(request.cursor);
    query = query.where('position', '<', BigInt(position));
  }
  const rows = await query
    .orderBy('position', 'desc')
    .limit(request.limit + 1)
    .offset(request.offset)
    .execute();
  return pageOf(request, rows, null, (last) => cursor.encode([last.position]));
};
