import type { Kysely, Selectable } from 'kysely';
import type { ReadModels } from '../tables/read-models.ts';
import type { ReplayItemRow, ReplayRow } from '../tables/replays.ts';
import { cursorOf } from './cursor.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';
import { countOf, countUpTo, pageByPosition } from './page-by-position.ts';

const cursor = cursorOf('replays', ['position']);
const itemCursor = cursorOf('replay items', ['position']);

/** Above this number, counting costs more than a page does. */
const countedAtMost = 10_000;

export interface ReplaysFilter {
  readonly webhookId?: string | undefined;
  readonly state?: ReplayRow['state'] | undefined;
}

/** The replays of a board, or those requested for one of its webhooks, newest first. The total is null above 10,000. */
export const listReplays = async (
  db: Kysely<ReadModels>,
  boardId: string,
  { webhookId, state, ...request }: PageRequest & ReplaysFilter,
): Promise<Page<Selectable<ReplayRow>>> => {
  let shown = db.selectFrom('replays').where('board_id', '=', boardId);
  if (webhookId !== undefined) shown = shown.where('webhook_id', '=', webhookId);
  if (state !== undefined) shown = shown.where('state', '=', state);
  return pageByPosition(shown.selectAll(), request, cursor, () =>
    countUpTo(db, shown.select('id'), countedAtMost),
  );
};

/** A replay of another board is not found. @param id a UUID */
export const findReplay = (
  db: Kysely<ReadModels>,
  boardId: string,
  id: string,
): Promise<Selectable<ReplayRow> | undefined> =>
  db
    .selectFrom('replays')
    .selectAll()
    .where('id', '=', id)
    .where('board_id', '=', boardId)
    .executeTakeFirst();

/** How many replays of a board have not ended. */
export const countOpenReplays = (db: Kysely<ReadModels>, boardId: string): Promise<number> =>
  countOf(
    db.selectFrom('replays').where('board_id', '=', boardId).where('state', 'in', ['running', 'paused']),
  );

/** The items of a replay that failed or were skipped, in the order of its list. */
export const listReplayItems = async (
  db: Kysely<ReadModels>,
  replayId: string,
  { state, ...request }: PageRequest & { readonly state?: ReplayItemRow['state'] | undefined },
): Promise<Page<ReplayItemRow>> => {
  let shown = db.selectFrom('replay_items').where('replay_id', '=', replayId);
  if (state !== undefined) shown = shown.where('state', '=', state);
  let page = shown
    .selectAll()
    .orderBy('item')
    .limit(request.limit + 1);
  if (request.offset > 0) page = page.offset(request.offset);
  if (request.cursor !== undefined) {
    const [after = ''] = itemCursor.decode(request.cursor);
    page = page.where('item', '>', Number(after));
  }
  const [rows, total] = await Promise.all([
    page.execute(),
    countUpTo(db, shown.select('item'), countedAtMost),
  ]);
  return pageOf(request, rows, total, (last) => itemCursor.encode([BigInt(last.item)]));
};
