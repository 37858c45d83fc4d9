import type { Kysely } from 'kysely';
import type { BoardRow } from '../tables/configuration.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { cursorOf } from './cursor.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';

const cursor = cursorOf('boards', ['position']);

/** Newest first. */
export const listBoards = async (db: Kysely<ReadModels>, request: PageRequest): Promise<Page<BoardRow>> => {
  let query = db.selectFrom('boards').selectAll();
  if (request.cursor !== undefined) {
    const [position = ''] = cursor.decode(request.cursor);
    query = query.where('position', '<', BigInt(position));
  }
  const rows = await query
    .orderBy('position', 'desc')
    .limit(request.limit + 1)
    .offset(request.offset)
    .execute();
  const { total } = await db
    .selectFrom('boards')
    .select((count) => count.fn.countAll<bigint>().as('total'))
    .executeTakeFirstOrThrow();
  return pageOf(request, rows, Number(total), (last) => cursor.encode([last.position]));
};

/** @param id a UUID */
export const findBoard = (db: Kysely<ReadModels>, id: string): Promise<BoardRow | undefined> =>
  db.selectFrom('boards').selectAll().where('id', '=', id).executeTakeFirst();

/** How many boards have their agents on this OpenClaw gateway. @param gatewayId a UUID */
export const countBoardsOfGateway = async (db: Kysely<ReadModels>, gatewayId: string): Promise<number> => {
  const { boards } = await db
    .selectFrom('boards')
    .select((count) => count.fn.countAll<bigint>().as('boards'))
    .where('gateway_id', '=', gatewayId)
    .executeTakeFirstOrThrow();
  return Number(boards);
};
