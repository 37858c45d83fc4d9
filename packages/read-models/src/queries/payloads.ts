import { type Kysely, type Selectable, sql } from 'kysely';
import { anyOf } from '../projections/statements.ts';
import type {
  BoardWebhookPayloadRow,
  PayloadStatus,
  WebhookDeliveryRow,
  WebhookPayloadStateRow,
} from '../tables/payloads.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { containing } from './containing.ts';
import { cursorOf } from './cursor.ts';
import { isOfEventType } from './event-type-filter.ts';
import { newestPayloads, type PayloadSearch } from './newest-payloads.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';
import { pageByPosition } from './page-by-position.ts';
import { isUnavailable, type ShownStatus, type StatusParts, shownStatus } from './payload-status.ts';

/** `payload` is JSON text, to be embedded without parsing it. */
export type Payload = Omit<Selectable<BoardWebhookPayloadRow>, 'payload'> &
  Pick<WebhookPayloadStateRow, 'delivery_id' | 'arrivals' | 'differing_arrivals'> &
  Pick<WebhookDeliveryRow, 'filter_error'> &
  ShownStatus & { readonly payload: string };

export interface PayloadFilter {
  /** ISO-8601; received at this time or later. */
  readonly since?: string | undefined;
  /** ISO-8601; received before this time. */
  readonly until?: string | undefined;
  readonly status?: PayloadStatus | undefined;
  /** An event type, or `pull_request.*`: every one that begins with `pull_request.`. */
  readonly eventType?: string | undefined;
  /** A text that occurs in the payload, ignoring case. The query reads every payload that passes the other filters. */
  readonly q?: string | undefined;
}

const byPosition = cursorOf('payloads', ['position']);
const byTime = cursorOf('payloads', ['time', 'position']);

/** Payloads, with everything that determines the status shown. */
const payloads = (db: Kysely<ReadModels>, boardId: string) =>
  db
    .selectFrom('board_webhook_payloads as payload')
    .innerJoin('webhook_payload_states as state', 'state.payload_id', 'payload.id')
    .leftJoin('webhook_deliveries as delivery', 'delivery.id', 'state.delivery_id')
    .leftJoin('boards as board', 'board.id', 'payload.board_id')
    .leftJoin('openclaw_gateways as gateway', 'gateway.id', 'board.gateway_id')
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
      'payload.event_type',
      'payload.sender',
      'payload.encrypted',
      'payload.received_at',
      'payload.sha256',
      'payload.content_sha256',
      'payload.size',
      'payload.signature_verdict',
      'payload.signature_scheme',
      'payload.signature_secret',
      'state.status',
      'state.status_reason',
      'state.delivery_id',
      'state.arrivals',
      'state.differing_arrivals',
      'payload.webhook_revision',
      'payload.stream_revision',
      'payload.position',
      'delivery.detail',
      'delivery.filter_error',
      'delivery.told_at',
      'delivery.updated_at',
      'gateway.delivery_state',
      'gateway.delivery_since',
      'gateway.delivery_code',
      'gateway.delivery_detail',
      'gateway.pairing_request_id',
    ]);

/** The row as it is shown: with what follows from its last delivery and its board's OpenClaw gateway. */
export const shownPayload = <Row extends StatusParts>(row: Row) => {
  const { detail, told_at, updated_at, ...payload } = row;
  const { delivery_state, delivery_since, delivery_code, delivery_detail, pairing_request_id, ...rest } =
    payload;
  return { ...rest, ...shownStatus(row) };
};

/**
 * A webhook's payloads, newest first: by log position, or with a status or a time range by the time of receipt, so that an index leads to
 * the first page however many payloads there are. So are those with an event type. The total comes from counters, for all payloads or for
 * one status; null with any other filter.
 */
export const listPayloads = async (
  db: Kysely<ReadModels>,
  boardId: string,
  webhookId: string,
  request: PageRequest & PayloadFilter,
): Promise<Page<Payload>> => {
  const { since, until, status, eventType, q } = request;
  if (eventType !== undefined && status === undefined)
    return searchPayloads(db, boardId, { ...request, webhookId });
  const stored = status === undefined ? undefined : await storedStatuses(db, boardId, status);
  // The two tables have these columns in common. With a status, the index of the states has the order.
  const [time, position, webhook] = columnsOf(stored === undefined ? 'payload' : 'state');
  let query = payloads(db, boardId)
    .where('payload.webhook_id', '=', webhookId)
    .where(webhook, '=', webhookId);
  if (since !== undefined) query = query.where(time, '>=', since);
  if (until !== undefined) query = query.where(time, '<', until);
  if (stored !== undefined) query = query.where('state.status', 'in', stored);
  if (eventType !== undefined) query = query.where(isOfEventType('payload.event_type', eventType));
  if (q) query = query.where(sql<string>`payload.payload::text`, 'ilike', containing(q));
  const isByTime = since !== undefined || until !== undefined || stored !== undefined;
  const isCounted = since === undefined && until === undefined && eventType === undefined && !q;
  const total = async () => (isCounted ? await countPayloads(db, boardId, webhookId, stored) : null);
  if (!isByTime) {
    const page = await pageByPosition(query, request, byPosition, total, position);
    return { ...page, items: page.items.map(shownPayload) };
  }
  if (request.cursor !== undefined) {
    const [at, before = ''] = byTime.decode(request.cursor);
    query = query.where(
      sql<boolean>`(${sql.ref(time)}, ${sql.ref(position)}) < (${at}::timestamptz, ${before}::numeric)`,
    );
  }
  const rows = await query
    .orderBy(time, 'desc')
    .orderBy(position, 'desc')
    .limit(request.limit + 1)
    .offset(request.offset)
    .execute();
  const page = pageOf(request, rows, await total(), (last) =>
    byTime.encode([last.received_at, last.position]),
  );
  return { ...page, items: page.items.map(shownPayload) };
};

/**
 * Payloads of a board, or of one of its webhooks, newest first by the time of receipt: those with an event type, in a time range, or with a
 * text. Not counted.
 *
 * @throws InvalidCursor
 */
export const searchPayloads = async (
  db: Kysely<ReadModels>,
  boardId: string,
  request: PageRequest & PayloadSearch,
): Promise<Page<Payload>> => {
  const before = request.cursor === undefined ? undefined : byTime.decode(request.cursor);
  const found = await newestPayloads(db, boardId, request, before);
  const page = pageOf(request, found, null, (last) => byTime.encode([last.received_at, last.position]));
  const rows =
    page.items.length === 0
      ? []
      : await payloads(db, boardId)
          .where('payload.id', '=', anyOf(page.items.map(({ id }) => id)))
          .execute();
  const byId = new Map(rows.map((row) => [row.id, shownPayload(row)]));
  return { ...page, items: page.items.flatMap(({ id }) => byId.get(id) ?? []) };
};

const columnsOf = <Table extends 'payload' | 'state'>(table: Table) =>
  [`${table}.received_at`, `${table}.position`, `${table}.webhook_id`] as const;

/** The statuses in rows that are shown as this one: see `shownStatus`. */
export const storedStatuses = async (
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
    .where(
      ({ selectFrom }) =>
        selectFrom('board_webhook_payloads').select('board_id').where('webhook_id', '=', webhookId).limit(1),
      '=',
      boardId,
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
  const row = await payloads(db, boardId)
    .where('payload.webhook_id', '=', webhookId)
    .where('payload.id', '=', id)
    .executeTakeFirst();
  return row && shownPayload(row);
};
