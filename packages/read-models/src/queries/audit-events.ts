import { streamPrefixes, streams } from '@mission-control/contracts';
import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { AuditEventRow } from '../tables/audit.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { cursorOf } from './cursor.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';

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
  /** ISO-8601; recorded at this time or later. */
  readonly since?: string | undefined;
  /** ISO-8601; recorded before this time. */
  readonly until?: string | undefined;
  /** Positions, exclusive. */
  readonly after?: bigint | undefined;
  readonly before?: bigint | undefined;
}

type Events = SelectQueryBuilder<ReadModels, 'audit_events', object>;
type KeysetRequest = Pick<PageRequest, 'limit' | 'cursor'>;

const cursor = cursorOf('audit', ['position']);
const columnOf = (kind: AuditSubject) => `${kind}_id` as const;

/** Events that pass the filter, oldest first, so that a page never changes: later events come after it. */
export const listAuditEvents = async (
  db: Kysely<ReadModels>,
  request: KeysetRequest & AuditEventFilter,
): Promise<Page<AuditEventRow>> => {
  const { type, actor, correlationId, subject, since, until, after, before } = request;
  let query: Events = db.selectFrom('audit_events');
  if (request.stream !== undefined) query = ofStream(query, request.stream);
  if (type !== undefined) query = query.where('type', '=', type);
  if (actor !== undefined) query = query.where('actor_kind', '=', actor.kind);
  if (actor?.id !== undefined) query = query.where('actor_id', '=', actor.id);
  if (correlationId !== undefined) query = query.where('correlation_id', '=', correlationId);
  if (subject !== undefined) query = query.where(columnOf(subject.kind), '=', subject.id);
  if (since !== undefined) query = query.where('recorded_at', '>=', since);
  if (until !== undefined) query = query.where('recorded_at', '<', until);
  if (after !== undefined) query = query.where('position', '>', after);
  if (before !== undefined) query = query.where('position', '<', before);
  return pageInOrder(query, request);
};

/** An event of a payload's streams is found by the id in the name: these streams are many, and not in the index of names. */
const ofStream = (events: Events, stream: string): Events => {
  const named = events.where('stream', '=', stream);
  const idAfter = (prefix: string) => {
    const id = stream.slice(prefix.length);
    return stream.startsWith(prefix) && isUuid.test(id) ? id : undefined;
  };
  const webhookId = idAfter(streamPrefixes.payloads);
  if (webhookId !== undefined) return named.where('webhook_id', '=', webhookId);
  const payloadId = idAfter(streamPrefixes.delivery);
  if (payloadId !== undefined) return named.where('payload_id', '=', payloadId);
  const boardId = idAfter(streamPrefixes.memory);
  if (boardId !== undefined) return named.where('board_id', '=', boardId);
  return named.where('payload_id', 'is', null);
};

const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * An event by its id; undefined: there is none, or it was removed from the log. If the log has it twice (an append whose outcome was
 * unknown), the first one counts.
 */
export const findAuditEvent = (db: Kysely<ReadModels>, id: string): Promise<AuditEventRow | undefined> =>
  db
    .selectFrom('audit_events')
    .selectAll()
    .where('event_id', '=', id)
    .orderBy('position')
    .limit(1)
    .executeTakeFirst();

/**
 * Everything connected with a subject, in log order: its own events (of a payload, all that name it, and the one that
 * removed it; otherwise those of its stream),
 * everything else with their correlation ids, and the events that caused them.
 */
export const listAuditTrail = async (
  db: Kysely<ReadModels>,
  subject: Subject,
  request: KeysetRequest,
): Promise<Page<AuditEventRow>> => {
  const own =
    subject.kind === 'payload'
      ? sql`(payload_id = ${subject.id}::uuid
             or position = any(array(select position from audit_removals where id = ${subject.id}::uuid)))`
      : sql`stream = ${ownStreams[subject.kind](subject.id)} and payload_id is null`;
  const connected = sql<bigint>`(
    with own as materialized (
      select position, correlation_id, causation_id from audit_events where ${own})
    select position from own
    union
    select other.position from (select distinct correlation_id from own) of
      join audit_events other on other.correlation_id = of.correlation_id
    union
    select cause.position
      from (select distinct causation_id::uuid as id from own where causation_id ~ ${isUuid.source}) caused
      join audit_events cause on cause.event_id = caused.id)`;
  return pageInOrder(db.selectFrom('audit_events').where('position', 'in', connected), request);
};

const ownStreams = {
  webhook: streams.webhook,
  agent: streams.agent,
  board: streams.board,
  gateway: streams.openclawGateway,
} as const;

const pageInOrder = async (query: Events, request: KeysetRequest): Promise<Page<AuditEventRow>> => {
  let page = query;
  if (request.cursor !== undefined) {
    const [after = ''] = cursor.decode(request.cursor);
    page = page.where('position', '>', BigInt(after));
  }
  const rows = await page
    .selectAll()
    .orderBy('position')
    .limit(request.limit + 1)
    .execute();
  const { limit } = request;
  return pageOf({ limit, offset: 0 }, rows, null, (last) => cursor.encode([last.position]));
};
