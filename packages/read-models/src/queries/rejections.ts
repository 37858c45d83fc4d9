import { rejectionBounds } from '@mission-control/contracts';
import { type Kysely, sql } from 'kysely';
import type { ReadModels } from '../tables/read-models.ts';
import type { WebhookRejectionRow } from '../tables/rejections.ts';
import { cursorOf } from './cursor.ts';
import type { Page, PageRequest } from './page.ts';
import { countOf, countUpTo, pageByPosition } from './page-by-position.ts';

const cursor = cursorOf('rejections', ['position']);

/** A board may have many webhooks, and each webhook up to 1,000 rejections. */
const countedAtMost = 10_000;

type RejectionsRequest = PageRequest & {
  readonly code?: string | undefined;
  readonly cause?: string | undefined;
};

/** A webhook's rejected requests, newest first, all or filtered by code and cause: at most 1,000, none older than 30 days. */
export const listRejections = async (
  db: Kysely<ReadModels>,
  boardId: string,
  webhookId: string,
  request: RejectionsRequest,
): Promise<Page<WebhookRejectionRow>> => {
  const shown = rejectionsOf(db, boardId, request).where('webhook_id', '=', webhookId);
  return pageByPosition(shown.selectAll(), request, cursor, () => countOf(shown));
};

/** The rejected requests of all webhooks of a board, or of one webhook. The total is null when it is above 10,000. */
export const listBoardRejections = async (
  db: Kysely<ReadModels>,
  boardId: string,
  request: RejectionsRequest & { readonly webhook_id?: string | undefined },
): Promise<Page<WebhookRejectionRow>> => {
  const { webhook_id: webhookId } = request;
  if (webhookId !== undefined) return listRejections(db, boardId, webhookId, request);
  const shown = rejectionsOf(db, boardId, request);
  return pageByPosition(shown.selectAll(), request, cursor, () =>
    countUpTo(db, shown.select('event_id'), countedAtMost),
  );
};

const rejectionsOf = (db: Kysely<ReadModels>, boardId: string, { code, cause }: RejectionsRequest) => {
  let shown = db
    .selectFrom('webhook_rejections')
    .where('board_id', '=', boardId)
    .where('refused_at', '>=', sql<string>`now() - make_interval(secs => ${rejectionBounds.maxAgeSeconds})`);
  if (code !== undefined) shown = shown.where('code', '=', code);
  if (cause !== undefined) shown = shown.where('cause', '=', cause);
  return shown;
};
