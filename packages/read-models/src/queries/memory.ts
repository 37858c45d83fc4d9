import { type Kysely, sql } from 'kysely';
import type { BoardMemoryRow } from '../tables/memory.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { containing } from './containing.ts';
import { cursorOf } from './cursor.ts';
import { isOfEventType } from './event-type-filter.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';

const cursor = cursorOf('memory', ['time', 'id']);

export interface MemoryFilter {
  readonly isChat?: boolean | undefined;
  /** Of the payload that an entry is about: an event type, or `pull_request.*`. */
  readonly eventType?: string | undefined;
  /** ISO-8601; created at this time or later. */
  readonly since?: string | undefined;
  /** ISO-8601; created before this time. */
  readonly until?: string | undefined;
  readonly tag?: string | undefined;
  /** A text that occurs in the content, ignoring case. */
  readonly q?: string | undefined;
}

/** A board's memory, newest first. The total comes from counters, for all entries or by `isChat`; null with any other filter. */
export const listMemory = async (
  db: Kysely<ReadModels>,
  boardId: string,
  request: PageRequest & MemoryFilter,
): Promise<Page<BoardMemoryRow>> => {
  let query = db.selectFrom('board_memory').selectAll().where('board_id', '=', boardId);
  let count = db
    .selectFrom('board_memory_counts')
    .select((all) => all.fn.sum<bigint | null>('entries').as('total'))
    .where('board_id', '=', boardId);
  if (request.isChat !== undefined) {
    query = query.where('is_chat', '=', request.isChat);
    count = count.where('is_chat', '=', request.isChat);
  }
  const { eventType, since, until, tag, q } = request;
  if (eventType !== undefined) query = query.where(isOfEventType('event_type', eventType));
  if (since !== undefined) query = query.where('created_at', '>=', since);
  if (until !== undefined) query = query.where('created_at', '<', until);
  if (tag !== undefined) query = query.where(sql<boolean>`${tag} = any(tags)`);
  if (q) query = query.where('content', 'ilike', containing(q));
  const isCounted = [eventType, since, until, tag, q].every((filter) => filter === undefined);
  if (request.cursor !== undefined) {
    const [time, id] = cursor.decode(request.cursor);
    query = query.where(sql<boolean>`(created_at, id) < (${time}::timestamptz, ${id}::uuid)`);
  }
  const rows = await query
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(request.limit + 1)
    .offset(request.offset)
    .execute();
  const total = isCounted ? Number((await count.executeTakeFirstOrThrow()).total ?? 0) : null;
  return pageOf(request, rows, total, (last) => cursor.encode([last.created_at, last.id]));
};

/** @param id a UUID */
export const findMemoryEntry = (
  db: Kysely<ReadModels>,
  boardId: string,
  id: string,
): Promise<BoardMemoryRow | undefined> =>
  db
    .selectFrom('board_memory')
    .selectAll()
    .where('id', '=', id)
    .where('board_id', '=', boardId)
    .executeTakeFirst();

/** What pruned entries have in common. Those of payloads are only included on request. */
export interface PruningCriteria {
  /** ISO-8601; created before this time. */
  readonly before?: string | undefined;
  readonly tag?: string | undefined;
  readonly source?: string | undefined;
  readonly isChat?: boolean | undefined;
  readonly includeSystem: boolean;
}

const toPrune = (db: Kysely<ReadModels>, boardId: string, criteria: PruningCriteria) => {
  const { before, tag, source, isChat, includeSystem } = criteria;
  let query = db.selectFrom('board_memory').where('board_id', '=', boardId);
  if (before !== undefined) query = query.where('created_at', '<', before);
  if (tag !== undefined) query = query.where(sql<boolean>`${tag} = any(tags)`);
  if (source !== undefined) query = query.where('source', '=', source);
  if (isChat !== undefined) query = query.where('is_chat', '=', isChat);
  return includeSystem ? query : query.where(sql<boolean>`source is distinct from 'webhook'`);
};

export const countMemoryToPrune = async (
  db: Kysely<ReadModels>,
  boardId: string,
  criteria: PruningCriteria,
): Promise<number> => {
  const { entries } = await toPrune(db, boardId, criteria)
    .select((all) => all.fn.countAll<bigint>().as('entries'))
    .executeTakeFirstOrThrow();
  return Number(entries);
};

/** The ids of at most `limit` entries that meet the criteria, the oldest first. */
export const listMemoryToPrune = async (
  db: Kysely<ReadModels>,
  boardId: string,
  criteria: PruningCriteria,
  limit: number,
): Promise<string[]> => {
  const rows = await toPrune(db, boardId, criteria)
    .select('id')
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
};

/** Entries that the log created after the position, oldest first: for following board memory. */
export const listMemoryAfter = (
  db: Kysely<ReadModels>,
  boardId: string,
  position: bigint,
  limit: number,
): Promise<BoardMemoryRow[]> =>
  db
    .selectFrom('board_memory')
    .selectAll()
    .where('board_id', '=', boardId)
    .where('position', '>', position)
    .orderBy('position')
    .limit(limit)
    .execute();
