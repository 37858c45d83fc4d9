import type { Kysely } from 'kysely';
import type { BoardWebhookRow } from '../tables/configuration.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { cursorOf } from './cursor.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';

const cursor = cursorOf('webhooks', ['position']);

/** A board's webhooks, newest first. */
export const listWebhooks = async (
  db: Kysely<ReadModels>,
  boardId: string,
  request: PageRequest,
): Promise<Page<BoardWebhookRow>> => {
  const ofBoard = db.selectFrom('board_webhooks').where('board_id', '=', boardId);
  let query = ofBoard.selectAll();
  if (request.cursor !== undefined) {
    const [position = ''] = cursor.decode(request.cursor);
    query = query.where('position', '<', BigInt(position));
  }
  const rows = await query
    .orderBy('position', 'desc')
    .limit(request.limit + 1)
    .offset(request.offset)
    .execute();
  const { total } = await ofBoard
    .select((count) => count.fn.countAll<bigint>().as('total'))
    .executeTakeFirstOrThrow();
  return pageOf(request, rows, Number(total), (last) => cursor.encode([last.position]));
};

/** Another board's webhook is not found. @param id a UUID */
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
