import { streamPrefixes, streams } from '@mission-control/contracts';
import { type Kysely, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import { frequentTypes } from '../audit-index.ts';
import type { AuditEventRow } from '../tables/audit.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { lastEventAt } from './audit.ts';
import { cursorOf } from './cursor.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';

/** An event without its content. */
export interface AuditEvent extends AuditEventRow {
  readonly stream: string;
}

/** What an event can be about. A `gateway` is an OpenClaw gateway, as in the API. */
export const auditSubjects = ['payload', 'webhook', 'agent', 'board', 'gateway'] as const;
export type AuditSubject = (typeof auditSubjects)[number];

export interface Subject {
  readonly kind: AuditSubject;
  /** A UUID. */
  readonly id: string;
}

export interface AuditEventFilter {
  readonly stream?: string | undefined;
  readonly type?: string | undefined;
  readonly actor?:
    | { readonly kind: AuditEventRow['actor_kind']; readonly id?: string | undefined }
    | undefined;
  readonly correlationId?: string | undefined;
  /** Events that name it. */
  readonly subject?: Subject | undefined;
  /** ISO-8601; after the last event that was recorded before this time. */
  readonly since?: string | undefined;
  /** ISO-8601; up to the last event that was recorded before this time. */
  readonly until?: string | undefined;
  /** Positions, exclusive. */
  readonly after?: bigint | undefined;
  readonly before?: bigint | undefined;
}

export type Events = SelectQueryBuilder<ReadModels, 'audit_events', object>;
export type KeysetRequest = Pick<PageRequest, 'limit' | 'cursor'>;
/** Positions, exclusive: all of them are bounds. */
interface Range {
  readonly after: readonly bigint[];
  readonly before: readonly bigint[];
}

const cursor = cursorOf('audit', ['position']);

/** The position that a cursor of these lists continues after. @throws InvalidCursor */
export const positionOf = (given: string): bigint => BigInt(cursor.decode(given)[0] ?? '');

const columnOf = (kind: AuditSubject) => `${kind}_id` as const;

/** How many events a page looks through when no index finds what the filter asks for. */
const lookedThrough = 50_000;

/**
 * Events that pass the filter, oldest first, so that a page never changes: later events come after it. Where no index has what the filter
 * asks for, a page looks through a limited number of events: it may have fewer items than the limit, or none, and a next page nevertheless.
 *
 * @param most how many events such a page looks through
 */
export const listAuditEvents = async (
  db: Kysely<ReadModels>,
  request: KeysetRequest & AuditEventFilter,
  most = lookedThrough,
): Promise<Page<AuditEvent>> => {
  const range = await rangeOf(db, request);
  const query = filtered(db.selectFrom('audit_events'), request);
  if (range === undefined || query === undefined) return emptyPage(request);
  const end = isIndexed(request) ? undefined : await endOfLook(db, range, most);
  const looked = end === undefined ? range : { ...range, before: [...range.before, end + 1n] };
  const page = await pageInOrder(within(query, looked), request);
  if (page.next_cursor !== null || end === undefined) return page;
  return { ...page, next_cursor: cursor.encode([end]) };
};

/** undefined: there is no such event. */
const filtered = (
  all: Events,
  { stream, type, actor, correlationId, subject }: AuditEventFilter,
): Events | undefined => {
  let query: Events | undefined = all;
  if (stream !== undefined) query = ofStream(query, stream);
  if (type !== undefined) query = query?.where('type', '=', type);
  if (actor !== undefined) query = query?.where('actor_kind', '=', actor.kind);
  if (actor?.id !== undefined) query = query?.where('actor_id', '=', actor.id);
  if (correlationId !== undefined) query = query?.where(hasCorrelation('audit_events', correlationId));
  if (subject !== undefined) query = query?.where(columnOf(subject.kind), '=', subject.id);
  return query;
};

/** The index has digests of the ids. */
export const hasCorrelation = (table: string, id: string | RawBuilder<unknown>): RawBuilder<boolean> => {
  const column = sql.ref(`${table}.correlation_id`);
  return sql`hashtext(${column}) = hashtext(${id}) and ${column} = ${id}`;
};

/** Whether every event passes, or an index finds those that do, in log order. */
const isIndexed = ({ stream, type, actor, correlationId, subject }: AuditEventFilter): boolean => {
  if (stream !== undefined || correlationId !== undefined) return true;
  if (subject?.kind === 'payload' || subject?.kind === 'webhook') return true;
  if (type !== undefined && !frequentTypes.includes(type)) return true;
  if (actor?.kind === 'admin' || actor?.kind === 'agent') return true;
  if (actor?.kind === 'service' && actor.id !== undefined && actor.id !== 'notifier') return true;
  return [type, actor, subject].every((one) => one === undefined);
};

/** Where in the log the events of the page are; undefined: nowhere. */
const rangeOf = async (
  db: Kysely<ReadModels>,
  { after, before, since, until, cursor: given }: KeysetRequest & AuditEventFilter,
): Promise<Range | undefined> => {
  const from = since === undefined ? undefined : await lastEventAt(db, justBefore(since));
  const to = until === undefined ? undefined : await lastEventAt(db, justBefore(until));
  // What comes next may still have been recorded before that time.
  if (from?.complete === false) return undefined;
  if (to?.complete && !to.point) return undefined;
  const end = to?.complete && to.point ? to.point.position + 1n : undefined;
  const begin = given === undefined ? undefined : positionOf(given);
  return {
    after: [after, begin, from?.point?.position].filter((one) => one !== undefined),
    before: [before, end].filter((one) => one !== undefined),
  };
};

/** Times of the log have milliseconds. */
const justBefore = (time: string): string => new Date(Date.parse(time) - 1).toISOString();

const within = (events: Events, { after, before }: Range): Events => {
  let some = events;
  for (const position of after) some = some.where('position', '>', position);
  for (const position of before) some = some.where('position', '<', position);
  return some;
};

/** The last event that a page looks through; undefined: all of the range. */
const endOfLook = async (db: Kysely<ReadModels>, range: Range, most: number): Promise<bigint | undefined> => {
  const last = await within(db.selectFrom('audit_events'), range)
    .select('position')
    .orderBy('position')
    .offset(most - 1)
    .limit(1)
    .executeTakeFirst();
  return last?.position;
};

const emptyPage = ({ limit }: KeysetRequest): Page<AuditEvent> => ({
  ...{ items: [], total: null, limit, offset: 0, next_cursor: null },
});

/** The events in streams of payloads are found by the ids in the names. */
const ofStream = (events: Events, stream: string): Events | undefined => {
  const idAfter = (prefix: string) => (stream.startsWith(prefix) ? stream.slice(prefix.length) : undefined);
  const [webhookId, payloadId] = [idAfter(streamPrefixes.payloads), idAfter(streamPrefixes.delivery)];
  const id = webhookId ?? payloadId;
  if (id === undefined) return events.where('stream', '=', stream);
  if (!isUuid.test(id)) return undefined;
  return events
    .where(webhookId === undefined ? 'payload_id' : 'webhook_id', '=', id)
    .where('type', webhookId === undefined ? '<>' : '=', 'WebhookPayloadReceived')
    .where('stream', 'is', null);
};

export const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * An event by its id; undefined: there is none, or it was removed from the log. If the log has it twice (an append whose outcome was
 * unknown), the first one counts.
 */
export const findAuditEvent = async (db: Kysely<ReadModels>, id: string): Promise<AuditEvent | undefined> => {
  const row = await db
    .selectFrom('audit_events')
    .selectAll()
    .where('event_id', '=', id)
    .orderBy('position')
    .limit(1)
    .executeTakeFirst();
  return row && withStream(row);
};

const withStream = (row: AuditEventRow): AuditEvent => ({
  ...row,
  stream: row.stream ?? streamOfPayload(row),
});

const streamOfPayload = ({ type, webhook_id, payload_id }: AuditEventRow): string =>
  type === 'WebhookPayloadReceived' ? streams.payloads(webhook_id ?? '') : streams.delivery(payload_id ?? '');

/** Oldest first. */
export const pageInOrder = async (events: Events, { limit }: KeysetRequest): Promise<Page<AuditEvent>> => {
  const rows = await events
    .selectAll()
    .orderBy('position')
    .limit(limit + 1)
    .execute();
  return pageOf({ limit, offset: 0 }, rows.map(withStream), null, (last) => cursor.encode([last.position]));
};
