import type { Kysely } from 'kysely';
import type { BoardRow } from '../tables/configuration.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { cursorOf } from './cursor.ts';
import type { Page, PageRequest } from './page.ts';
import { countOf, pageByPosition } from './page-by-position.ts';

const cursor = cursorOf('boards', ['position']);

/** Newest first. */
export const listBoards = async (db: Kysely<ReadModels>, request: PageRequest): Promise<Page<BoardRow>> => {
  const all = db.selectFrom('boards');
  return pageByPosition(all.selectAll(), request, cursor, () => countOf(all));
};

/** @param id a UUID */
export const findBoard = (db: Kysely<ReadModels>, id: string): Promise<BoardRow | undefined> =>
  db.selectFrom('boards').selectAll().where('id', '=', id).executeTakeFirst();

/** The number of boards that use this OpenClaw gateway. @param gatewayId a UUID */
export const countBoardsOfGateway = async (db: Kysely<ReadModels>, gatewayId: string): Promise<number> => {
  const { boards } = await db
    .selectFrom('boards')
    .select((count) => count.fn.countAll<bigint>().as('boards'))
    .where('gateway_id', '=', gatewayId)
    .executeTakeFirstOrThrow();
  return Number(boards);
};
