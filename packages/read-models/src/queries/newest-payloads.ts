import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { ReadModels } from '../tables/read-models.ts';
import { containing } from './containing.ts';
import { familyOf } from './event-type-filter.ts';
import type { PageRequest } from './page.ts';

export interface PayloadSearch {
  /** undefined: of all webhooks of the board. */
  readonly webhookId?: string | undefined;
  /** ISO-8601; received at this time or later. */
  readonly since?: string | undefined;
  /** ISO-8601; received before this time. */
  readonly until?: string | undefined;
  /** An event type, or `pull_request.*`. */
  readonly eventType?: string | undefined;
  /** A text that occurs in the payload, ignoring case. */
  readonly q?: string | undefined;
}

/** A payload's place in lists. */
interface Found {
  readonly id: string;
  readonly received_at: string;
  readonly position: bigint;
}

/**
 * The newest payloads that meet the criteria, by the time of receipt: one more than the page has, if there are more. Each webhook, and each
 * of its event types, has its newest payloads together in an index. So the newest of each are read, however many others there are, and
 * the newest of all are among them.
 *
 * @param before the time and position of the last payload of the page before
 */
export const newestPayloads = async (
  db: Kysely<ReadModels>,
  boardId: string,
  search: PageRequest & PayloadSearch,
  before: readonly string[] | undefined,
): Promise<Found[]> => {
  const { since, until, eventType, q, limit, offset } = search;
  const [time, position] = before ?? [];
  const conditions: RawBuilder<unknown>[] = [
    sql`payload.webhook_id = part.webhook_id`,
    sql`payload.board_id = ${boardId}`,
    ...(eventType === undefined ? [] : [sql`payload.event_type = part.event_type`]),
    ...(since === undefined ? [] : [sql`payload.received_at >= ${since}`]),
    ...(until === undefined ? [] : [sql`payload.received_at < ${until}`]),
    ...(before === undefined
      ? []
      : [sql`(payload.received_at, payload.position) < (${time}::timestamptz, ${position}::numeric)`]),
    ...(q ? [sql`payload.payload::text ilike ${containing(q)}`] : []),
  ];
  const { rows } = await sql<Found>`
    with recursive ${partsOf(boardId, search)}
    select found.id, found.received_at, found.position
      from part
     cross join lateral (
           select payload.id, payload.received_at, payload.position
             from board_webhook_payloads payload
            where ${sql.join(conditions, sql` and `)}
            order by payload.received_at desc, payload.position desc
            limit ${limit + offset + 1}) found
     order by found.received_at desc, found.position desc
     limit ${limit + 1} offset ${offset}`.execute(db);
  return rows;
};

/** The webhooks, each with its event types of a family: from one type, the index leads to the next one. */
const partsOf = (boardId: string, { webhookId, eventType }: PayloadSearch): RawBuilder<unknown> => {
  const webhooks =
    webhookId === undefined
      ? sql`select id from board_webhooks where board_id = ${boardId}`
      : sql`select ${webhookId}::uuid as id`;
  const family = eventType === undefined ? null : familyOf(eventType);
  if (!family)
    return sql`part as (select id as webhook_id, ${eventType ?? null}::text as event_type from (${webhooks}) webhook)`;
  const next = (webhook: string, condition: RawBuilder<unknown>) => sql`
    (select min(event_type) from board_webhook_payloads
      where webhook_id = ${sql.ref(webhook)} and event_type ${condition} and event_type < ${family.to})`;
  return sql`
    step as (
      select webhook.id as webhook_id, ${next('webhook.id', sql`>= ${family.from}`)} as event_type
        from (${webhooks}) webhook
       union all
      select step.webhook_id, ${next('step.webhook_id', sql`> step.event_type`)}
        from step where step.event_type is not null),
    part as (select webhook_id, event_type from step where event_type is not null)`;
};
