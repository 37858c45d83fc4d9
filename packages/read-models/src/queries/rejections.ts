import { rejectionBounds } from '@mission-control/contracts';
import { type Kysely, sql } from 'kysely';
import type { ReadModels } from '../tables/read-models.ts';
import type { WebhookRejectionRow } from '../tables/rejections.ts';
import { cursorOf } from './cursor.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';

const cursor = cursorOf('rejections', ['position']);

/** A webhook's refused requests, of one code or of all, newest first: at most 1 000, none older than 30 days. */
export const listRejections = async (
  db: Kysely<ReadModels>,
  boardId: string,
  webhookId: string,
  request: PageRequest & { readonly code?: string | undefined },
): Promise<Page<WebhookRejectionRow>> => {
  let shown = db
    .selectFrom('webhook_rejections')
    .where('webhook_id', '=', webhookId)
    .where('board_id', '=', boardId)
    .where('refused_at', '>=', sql<string>`now() - make_interval(secs => ${rejectionBounds.maxAgeSeconds})`);
  if (request.code !== undefined) shown = shown.where('code', '=', request.code);
  let query = shown.selectAll();
  if (request.cursor !== undefined) {
    const [position = ''] = cursor.decode(request.cursor);
    query = query.where('position', '<', BigInt(position));
  }
  const rows = await query
    .orderBy('position', 'desc')
    .limit(request.limit + 1)
    .offset(request.offset)
    .execute();
  const { total } = await shown
    .select((count) => count.fn.countAll<bigint>().as('total'))
    .executeTakeFirstOrThrow();
  return pageOf(request, rows, Number(total), (last) => cursor.encode([last.position]));
};
