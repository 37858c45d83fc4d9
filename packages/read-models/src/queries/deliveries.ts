import type { Kysely } from 'kysely';
import { anyOf } from '../projections/statements.ts';
import type { BoardWebhookPayloadRow, DeliveryStatus, WebhookDeliveryRow } from '../tables/payloads.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { cursorOf } from './cursor.ts';
import { isOfEventType } from './event-type-filter.ts';
import type { Page, PageRequest } from './page.ts';
import { countUpTo, pageByPosition } from './page-by-position.ts';

const cursor = cursorOf('deliveries', ['position']);

/** Every delivery of a payload, oldest first. */
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

/** Above this number, counting costs more than a page does. */
const countedAtMost = 10_000;

export interface DeliveryFilter {
  readonly webhookId?: string | undefined;
  /** ISO-8601; requested at this time or later. */
  readonly since?: string | undefined;
  /** ISO-8601; requested before this time. */
  readonly until?: string | undefined;
  readonly status?: DeliveryStatus | undefined;
  readonly reason?: string | undefined;
  /** Of the payload: an event type, or `pull_request.*`. */
  readonly eventType?: string | undefined;
}

/** A delivery with what its payload says happened. */
export type ListedDelivery = WebhookDeliveryRow & Pick<BoardWebhookPayloadRow, 'event_type' | 'sender'>;

/**
 * The last delivery of each payload of a board, or of each group of payloads that are told together, newest first. A parked delivery no longer counts as undelivered once its payload
 * is redelivered. The total is for a status, a reason and a webhook; null without a status, with a time range or an event type, or above 10,000.
 */
export const listDeliveries = async (
  db: Kysely<ReadModels>,
  boardId: string,
  request: PageRequest & DeliveryFilter,
): Promise<Page<ListedDelivery>> => {
  const { status, since, until, eventType } = request;
  const shown = lastDeliveries(db, boardId, request);
  const isCounted = status !== undefined && [since, until, eventType].every((filter) => filter === undefined);
  const page = await pageByPosition(shown.selectAll(), request, cursor, async () =>
    isCounted ? await countUpTo(db, shown.select('id'), countedAtMost) : null,
  );
  return { ...page, items: await withEventTypes(db, page.items) };
};

const withEventTypes = async (
  db: Kysely<ReadModels>,
  deliveries: readonly WebhookDeliveryRow[],
): Promise<ListedDelivery[]> => {
  const payloads = await db
    .selectFrom('board_webhook_payloads')
    .select(['id', 'event_type', 'sender'])
    .where('id', '=', anyOf(deliveries.map(({ payload_id }) => payload_id)))
    .execute();
  const byId = new Map(payloads.map((payload) => [payload.id, payload]));
  return deliveries.map((delivery) => {
    const { event_type = null, sender = null } = byId.get(delivery.payload_id) ?? {};
    return { ...delivery, event_type, sender };
  });
};

const lastDeliveries = (
  db: Kysely<ReadModels>,
  boardId: string,
  { webhookId, since, until, status, reason, eventType }: DeliveryFilter,
) => {
  let query = db
    .selectFrom('webhook_deliveries')
    .where('board_id', '=', boardId)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('webhook_deliveries as later')
            .select('later.id')
            .whereRef('later.payload_id', '=', 'webhook_deliveries.payload_id')
            .where('later.coalesced_id', 'is not distinct from', ({ ref }) =>
              ref('webhook_deliveries.coalesced_id'),
            )
            .whereRef('later.position', '>', 'webhook_deliveries.position'),
        ),
      ),
    );
  if (webhookId !== undefined) query = query.where('webhook_id', '=', webhookId);
  if (since !== undefined) query = query.where('requested_at', '>=', since);
  if (until !== undefined) query = query.where('requested_at', '<', until);
  if (reason !== undefined) query = query.where('reason', '=', reason);
  if (eventType !== undefined)
    query = query.where('payload_id', 'in', payloadsOf(db, boardId, webhookId, eventType));
  return status === undefined ? query : query.where('status', '=', status);
};

/** The index of event types begins with the webhook. */
const payloadsOf = (
  db: Kysely<ReadModels>,
  boardId: string,
  webhookId: string | undefined,
  eventType: string,
) => {
  const payloads = db
    .selectFrom('board_webhook_payloads')
    .select('id')
    .where(isOfEventType('event_type', eventType));
  return webhookId === undefined
    ? payloads.where('webhook_id', 'in', (query) =>
        query.selectFrom('board_webhooks').select('board_webhooks.id').where('board_id', '=', boardId),
      )
    : payloads.where('webhook_id', '=', webhookId);
};
