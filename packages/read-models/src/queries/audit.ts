import { type Kysely, sql } from 'kysely';
import type { AuditEventRow, AuditedKind } from '../tables/audit.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { cursorOf } from './cursor.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';
import { countOf } from './page-by-position.ts';

/** An event, and when the log recorded it. */
export interface LogPoint {
  readonly position: bigint;
  /** ISO-8601 UTC. */
  readonly at: string;
}

/** The last event of the index that counts, and whether that is certain. */
interface LastEvent {
  readonly point: LogPoint | undefined;
  /** The index has an event behind it, so no event that comes can change the answer. */
  readonly complete: boolean;
}

/** The last event of the index that was recorded at or before a time. */
export const lastEventAt = (db: Kysely<ReadModels>, time: string): Promise<LastEvent> =>
  lastEvent(
    db,
    eventsOf(db).where('recorded_at', '<=', time).orderBy('recorded_at', 'desc').orderBy('position', 'desc'),
    eventsOf(db).where('recorded_at', '>', time).orderBy('recorded_at'),
  );

/** The last event of the index at or before a position. */
export const lastEventUpTo = (db: Kysely<ReadModels>, position: bigint): Promise<LastEvent> =>
  lastEvent(
    db,
    eventsOf(db).where('position', '<=', position).orderBy('position', 'desc'),
    eventsOf(db).where('position', '>=', position).orderBy('position'),
  );

const eventsOf = (db: Kysely<ReadModels>) =>
  db.selectFrom('audit_events').select(['position', 'recorded_at as at']).limit(1);

/**
 * Asks for both in one statement. Between two statements the index can get the last event and one behind it, which would then vouch for an
 * earlier event.
 */
const lastEvent = async (
  db: Kysely<ReadModels>,
  last: ReturnType<typeof eventsOf>,
  behind: ReturnType<typeof eventsOf>,
): Promise<LastEvent> => {
  const { position, at, complete } = await db
    .selectFrom(sql`(select)`.as('one'))
    .leftJoinLateral(last.as('last'), (join) => join.onTrue())
    .leftJoinLateral(behind.as('behind'), (join) => join.onTrue())
    .select(['last.position', 'last.at'])
    .select(({ eb }) => eb('behind.position', 'is not', null).as('complete'))
    .executeTakeFirstOrThrow();
  return {
    point: position === null || at === null ? undefined : { position, at },
    complete: Boolean(complete),
  };
};

const cursors: Readonly<Record<AuditedKind, ReturnType<typeof cursorOf>>> = {
  board: cursorOf('boards', ['position']),
  agent: cursorOf('agents', ['position']),
  gateway: cursorOf('gateways', ['position']),
  webhook: cursorOf('webhooks', ['position']),
};

/** The ids of what existed at a position, newest first, as the lists of today: of one board or of all. */
export const listIdsAt = async (
  db: Kysely<ReadModels>,
  kind: AuditedKind,
  at: bigint,
  request: PageRequest & { readonly boardId?: string | undefined },
): Promise<Page<string>> => {
  let all = db
    .selectFrom('audit_resources')
    .where('kind', '=', kind)
    .where('created_position', '<=', at)
    .where((where) => where.or([where('deleted_position', 'is', null), where('deleted_position', '>', at)]));
  if (request.boardId !== undefined) all = all.where('board_id', '=', request.boardId);
  let page = all.select(['id', 'created_position']);
  if (request.cursor !== undefined) {
    const [before = ''] = cursors[kind].decode(request.cursor);
    page = page.where('created_position', '<', BigInt(before));
  }
  const rows = await page
    .orderBy('created_position', 'desc')
    .limit(request.limit + 1)
    .offset(request.offset)
    .execute();
  const { items, ...rest } = pageOf(request, rows, await countOf(all), (last) =>
    cursors[kind].encode([last.created_position ?? 0n]),
  );
  return { ...rest, items: items.map(({ id }) => id) };
};

/** Where the event is that removed a payload or a memory entry; undefined: it was not removed. @param id a UUID */
export const findRemoval = (
  db: Kysely<ReadModels>,
  id: string,
): Promise<{ stream: string; revision: number } | undefined> =>
  db
    .selectFrom('audit_removals as removal')
    .innerJoin('audit_events as event', 'event.position', 'removal.position')
    .select(['event.revision'])
    .select((of) => of.ref('event.stream').$notNull().as('stream'))
    .where('removal.id', '=', id)
    .executeTakeFirst();

/** The arrivals of a payload up to a position, oldest first. */
export const listArrivalsAt = async (
  db: Kysely<ReadModels>,
  payloadId: string,
  position: bigint,
): Promise<
  (Pick<AuditEventRow, 'board_id' | 'position' | 'revision'> & { webhook_id: string; payload_id: string })[]
> => {
  const rows = await db
    .selectFrom('audit_events')
    .select(['board_id', 'webhook_id', 'payload_id', 'revision', 'position'])
    .where('payload_id', '=', payloadId)
    .where('type', '=', 'WebhookPayloadReceived')
    .where('position', '<=', position)
    .orderBy('position')
    .execute();
  return rows.map((row) => ({ ...row, webhook_id: row.webhook_id ?? '', payload_id: payloadId }));
};
