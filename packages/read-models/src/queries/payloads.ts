import { type Kysely, type Selectable, sql } from 'kysely';
import type { BoardWebhookPayloadRow, PayloadStatus, WebhookPayloadArrivalRow } from '../tables/payloads.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { cursorOf } from './cursor.ts';
import type { Page, PageRequest } from './page.ts';
import { pageByPosition } from './page-by-position.ts';

/** `payload` is JSON text, to be embedded without parsing it. */
export type Payload = Omit<Selectable<BoardWebhookPayloadRow>, 'payload'> & { readonly payload: string };

export interface PayloadFilter {
  /** ISO-8601; received at this time or later. */
  readonly since?: string | undefined;
  /** ISO-8601; received before this time. */
  readonly until?: string | undefined;
  readonly status?: PayloadStatus | undefined;
  /** A text that occurs in the payload, ignoring case. The query reads every payload that the other filters leave. */
  readonly q?: string | undefined;
}

const cursor = cursorOf('payloads', ['position']);

const payloads = (db: Kysely<ReadModels>, boardId: string, webhookId: string) =>
  db
    .selectFrom('board_webhook_payloads')
    .where('webhook_id', '=', webhookId)
    .where('board_id', '=', boardId)
    .select([
      'id',
      'board_id',
      'webhook_id',
      sql<string>`payload::text`.as('payload'),
      'payload_encoding',
      'headers',
      'request_headers',
      'source_ip',
      'content_type',
      'received_at',
      'sha256',
      'content_sha256',
      'size',
      'signature_verdict',
      'signature_scheme',
      'signature_secret',
      'status',
      'status_reason',
      'delivery_id',
      'arrivals',
      'differing_arrivals',
      'webhook_revision',
      'stream_revision',
      'position',
    ]);

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
  let query = payloads(db, boardId, webhookId);
  if (since !== undefined) query = query.where('received_at', '>=', since);
  if (until !== undefined) query = query.where('received_at', '<', until);
  if (status !== undefined) query = query.where('status', '=', status);
  if (q) query = query.where(sql<string>`payload::text`, 'ilike', `%${q.replaceAll(/[\\%_]/g, '\\$&')}%`);
  const isCounted = since === undefined && until === undefined && !q;
  return pageByPosition(query, request, cursor, async () =>
    isCounted ? await countPayloads(db, boardId, webhookId, status) : null,
  );
};

const countPayloads = async (
  db: Kysely<ReadModels>,
  boardId: string,
  webhookId: string,
  status: PayloadStatus | undefined,
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
  if (status !== undefined) query = query.where('status', '=', status);
  const { total } = await query.executeTakeFirstOrThrow();
  return Number(total ?? 0);
};

/** A payload of another board or webhook is not found. @param id a UUID */
export const findPayload = (
  db: Kysely<ReadModels>,
  boardId: string,
  webhookId: string,
  id: string,
): Promise<Payload | undefined> => payloads(db, boardId, webhookId).where('id', '=', id).executeTakeFirst();

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
