import { type Kysely, type Selectable, sql } from 'kysely';
import type { BoardWebhookPayloadRow, PayloadStatus, WebhookPayloadArrivalRow } from '../tables/payloads.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { cursorOf } from './cursor.ts';
import type { Page, PageRequest } from './page.ts';
import { pageByPosition } from './page-by-position.ts';
import { isUnavailable, type ShownStatus, type StatusParts, shownStatus } from './payload-status.ts';

/** `payload` is JSON text, to be embedded without parsing it. */
export type Payload = Omit<Selectable<BoardWebhookPayloadRow>, 'payload'> &
  ShownStatus & { readonly payload: string };

export interface PayloadFilter {
  /** ISO-8601; received at this time or later. */
  readonly since?: string | undefined;
  /** ISO-8601; received before this time. */
  readonly until?: string | undefined;
  readonly status?: PayloadStatus | undefined;
  /** A text that occurs in the payload, ignoring case. The query reads every payload that passes the other filters. */
  readonly q?: string | undefined;
}

const cursor = cursorOf('payloads', ['position']);

/** Payloads, with everything that determines the status shown. */
const payloads = (db: Kysely<ReadModels>, boardId: string, webhookId: string) =>
  db
    .selectFrom('board_webhook_payloads as payload')
    .leftJoin('webhook_deliveries as delivery', 'delivery.id', 'payload.delivery_id')
    .leftJoin('boards as board', 'board.id', 'payload.board_id')
    .leftJoin('openclaw_gateways as gateway', 'gateway.id', 'board.gateway_id')
    .where('payload.webhook_id', '=', webhookId)
    .where('payload.board_id', '=', boardId)
    .select([
      'payload.id',
      'payload.board_id',
      'payload.webhook_id',
      sql<string>`payload.payload::text`.as('payload'),
      'payload.payload_encoding',
      'payload.headers',
      'payload.request_headers',
      'payload.source_ip',
      'payload.content_type',
      'payload.received_at',
      'payload.sha256',
      'payload.content_sha256',
      'payload.size',
      'payload.signature_verdict',
      'payload.signature_scheme',
      'payload.signature_secret',
      'payload.status',
      'payload.status_reason',
      'payload.delivery_id',
      'payload.arrivals',
      'payload.differing_arrivals',
      'payload.webhook_revision',
      'payload.stream_revision',
      'payload.position',
      'delivery.detail',
      'delivery.told_at',
      'delivery.updated_at',
      'gateway.delivery_state',
      'gateway.delivery_since',
      'gateway.delivery_code',
      'gateway.delivery_detail',
      'gateway.pairing_request_id',
    ]);

const shown = <Row extends StatusParts>(row: Row) => {
  const { detail, told_at, updated_at, ...payload } = row;
  const { delivery_state, delivery_since, delivery_code, delivery_detail, pairing_request_id, ...rest } =
    payload;
  return { ...rest, ...shownStatus(row) };
};

/**
 * A webhook's payloads, newest first. The total comes from counters, for all payloads or for one status; null with any other
 * filter.
 */
export const listPayloads = async (
  db: Kysely<ReadModels>,
  boardId: string,
  webhookId: string,
  request: PageRequest & PayloadFilter,
): Promise<Page<Payload>> => {
  const { since, until, status, q } = request;
  const stored = status === undefined ? undefined : await storedStatuses(db, boardId, status);
  let query = payloads(db, boardId, webhookId);
  if (since !== undefined) query = query.where('payload.received_at', '>=', since);
  if (until !== undefined) query = query.where('payload.received_at', '<', until);
  if (stored !== undefined) query = query.where('payload.status', 'in', stored);
  if (q) {
    const pattern = `%${q.replaceAll(/[\\%_]/g, '\\$&')}%`;
    query = query.where(sql<string>`payload.payload::text`, 'ilike', pattern);
  }
  const isCounted = since === undefined && until === undefined && !q;
  const page = await pageByPosition(
    query,
    request,
    cursor,
    async () => (isCounted ? await countPayloads(db, boardId, webhookId, stored) : null),
    'payload.position',
  );
  return { ...page, items: page.items.map(shown) };
};

/** The statuses in rows that are shown as this one: see `shownStatus`. */
const storedStatuses = async (
  db: Kysely<ReadModels>,
  boardId: string,
  status: PayloadStatus,
): Promise<PayloadStatus[]> => {
  if (status !== 'stored' && status !== 'delivering') return [status];
  const gateway = await db
    .selectFrom('boards')
    .innerJoin('openclaw_gateways', 'openclaw_gateways.id', 'boards.gateway_id')
    .select('delivery_state')
    .where('boards.id', '=', boardId)
    .executeTakeFirst();
  if (!gateway || !isUnavailable(gateway.delivery_state)) return [status];
  // No row has the status `received`.
  return status === 'delivering' ? ['stored', 'delivering'] : ['received'];
};

const countPayloads = async (
  db: Kysely<ReadModels>,
  boardId: string,
  webhookId: string,
  statuses: readonly PayloadStatus[] | undefined,
): Promise<number> => {
  let query = db
    .selectFrom('webhook_payload_counts')
    .select((count) => count.fn.sum<bigint | null>('payloads').as('total'))
    .where('webhook_id', '=', webhookId)
    // Counters are per webhook only; all payloads of a webhook are on one board.
    .where((where) =>
      where.exists(
        where
          .selectFrom('board_webhook_payloads')
          .where('webhook_id', '=', webhookId)
          .where('board_id', '=', boardId),
      ),
    );
  if (statuses !== undefined) query = query.where('status', 'in', statuses);
  const { total } = await query.executeTakeFirstOrThrow();
  return Number(total ?? 0);
};

/** A payload of another board or webhook is not found. @param id a UUID */
export const findPayload = async (
  db: Kysely<ReadModels>,
  boardId: string,
  webhookId: string,
  id: string,
): Promise<Payload | undefined> => {
  const row = await payloads(db, boardId, webhookId).where('payload.id', '=', id).executeTakeFirst();
  return row && shown(row);
};

const arrivals = (db: Kysely<ReadModels>, payloadId: string) =>
  db
    .selectFrom('webhook_payload_arrivals')
    .selectAll()
    .where('payload_id', '=', payloadId)
    .orderBy('revision');

/** Every arrival of a payload, oldest first. */
export const listArrivals = (
  db: Kysely<ReadModels>,
  payloadId: string,
): Promise<WebhookPayloadArrivalRow[]> => arrivals(db, payloadId).execute();

/**
 * One arrival of a payload. Reads as many index entries as the number of the arrival.
 *
 * @param number counts from 1 in the order of arrival
 */
export const findArrival = (
  db: Kysely<ReadModels>,
  payloadId: string,
  number: number,
): Promise<WebhookPayloadArrivalRow | undefined> =>
  arrivals(db, payloadId)
    .offset(number - 1)
    .limit(1)
    .executeTakeFirst();
