import type { Kysely } from 'kysely';
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

/**
 * The last event of the index that was recorded at or before a time.
 *
 * @returns `complete`: the index has an event that was recorded later, so no event that comes can change the answer
 */
export const lastEventAt = async (
  db: Kysely<ReadModels>,
  time: string,
): Promise<{ point: LogPoint | undefined; complete: boolean }> => {
  const [point, later] = await Promise.all([
    db
      .selectFrom('audit_events')
      .select(['position', 'recorded_at as at'])
      .where('recorded_at', '<=', time)
      .orderBy('recorded_at', 'desc')
      .orderBy('position', 'desc')
      .limit(1)
      .executeTakeFirst(),
    db
      .selectFrom('audit_events')
      .select('position')
      .where('recorded_at', '>', time)
      .orderBy('recorded_at')
      .limit(1)
      .executeTakeFirst(),
  ]);
  return { point, complete: later !== undefined };
};

/** The last event of the index at or before a position; `complete` as above. */
export const lastEventUpTo = async (
  db: Kysely<ReadModels>,
  position: bigint,
): Promise<{ point: LogPoint | undefined; complete: boolean }> => {
  const events = db.selectFrom('audit_events').select(['position', 'recorded_at as at']).limit(1);
  const [point, later] = await Promise.all([
    events.where('position', '<=', position).orderBy('position', 'desc').executeTakeFirst(),
    events.where('position', '>=', position).orderBy('position').executeTakeFirst(),
  ]);
  return { point, complete: later !== undefined };
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
