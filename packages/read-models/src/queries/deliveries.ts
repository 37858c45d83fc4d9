import type { Kysely } from 'kysely';
import type { DeliveryStatus, WebhookDeliveryRow } from '../tables/payloads.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { cursorOf } from './cursor.ts';
import type { Page, PageRequest } from './page.ts';
import { countUpTo, pageByPosition } from './page-by-position.ts';

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

/** Beyond so many, counting costs more than a page does. */
const countedAtMost = 10_000;

/**
 * The last delivery of each payload of a board, newest first. One that was parked and asked for again is not undelivered any
 * more. The total is that of a status; null without one, or when it is above 10 000.
 */
export const listDeliveries = async (
  db: Kysely<ReadModels>,
  boardId: string,
  request: PageRequest & { readonly status?: DeliveryStatus | undefined },
): Promise<Page<WebhookDeliveryRow>> => {
  const { status } = request;
  const shown = lastDeliveries(db, boardId, status).selectAll();
  return pageByPosition(shown, request, cursor, async () =>
    status === undefined
      ? null
      : await countUpTo(db, lastDeliveries(db, boardId, status).select('id'), countedAtMost),
  );
};

const lastDeliveries = (db: Kysely<ReadModels>, boardId: string, status: DeliveryStatus | undefined) => {
  const query = db
    .selectFrom('webhook_deliveries')
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
  return status === undefined ? query : query.where('status', '=', status);
};
