import type { Kysely } from 'kysely';
import type { BoardWebhookRow } from '../tables/configuration.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { cursorOf } from './cursor.ts';
import type { Page, PageRequest } from './page.ts';
import { countOf, pageByPosition } from './page-by-position.ts';

const cursor = cursorOf('webhooks', ['position']);

/** A board's webhooks, newest first. */
export const listWebhooks = async (
  db: Kysely<ReadModels>,
  boardId: string,
  request: PageRequest,
): Promise<Page<BoardWebhookRow>> => {
  const ofBoard = db.selectFrom('board_webhooks').where('board_id', '=', boardId);
  return pageByPosition(ofBoard.selectAll(), request, cursor, () => countOf(ofBoard));
};

/** A webhook of another board is not found. @param id a UUID */
export const findWebhook = (
  db: Kysely<ReadModels>,
  boardId: string,
  id: string,
): Promise<BoardWebhookRow | undefined> =>
  db
    .selectFrom('board_webhooks')
    .selectAll()
    .where('id', '=', id)
    .where('board_id', '=', boardId)
    .executeTakeFirst();
