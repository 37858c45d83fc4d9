import { type Kysely, sql } from 'kysely';
import type { BoardMemoryRow } from '../tables/memory.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { cursorOf } from './cursor.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';

const cursor = cursorOf('memory', ['time', 'id']);

/** A board's memory, newest first. */
export const listMemory = async (
  db: Kysely<ReadModels>,
  boardId: string,
  request: PageRequest & { readonly isChat?: boolean | undefined },
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
  const { total } = await count.executeTakeFirstOrThrow();
  return pageOf(request, rows, Number(total ?? 0), (last) => cursor.encode([last.created_at, last.id]));
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
