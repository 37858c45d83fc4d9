import { rejectionBounds } from '@mission-control/contracts';
import { type Kysely, sql } from 'kysely';
import type { ReadModels } from '../tables/read-models.ts';
import type { WebhookRejectionRow } from '../tables/rejections.ts';
import { cursorOf } from './cursor.ts';
import type { Page, PageRequest } from './page.ts';
import { countOf, pageByPosition } from './page-by-position.ts';

const cursor = cursorOf('rejections', ['position']);

/** A webhook's rejected requests, of one code and cause or of all, newest first: at most 1 000, none older than 30 days. */
export const listRejections = async (
  db: Kysely<ReadModels>,
  boardId: string,
  webhookId: string,
  request: PageRequest & { readonly code?: string | undefined; readonly cause?: string | undefined },
): Promise<Page<WebhookRejectionRow>> => {
  let shown = db
    .selectFrom('webhook_rejections')
    .where('webhook_id', '=', webhookId)
    .where('board_id', '=', boardId)
    .where('refused_at', '>=', sql<string>`now() - make_interval(secs => ${rejectionBounds.maxAgeSeconds})`);
  if (request.code !== undefined) shown = shown.where('code', '=', request.code);
  if (request.cause !== undefined) shown = shown.where('cause', '=', request.cause);
  return pageByPosition(shown.selectAll(), request, cursor, () => countOf(shown));
};
