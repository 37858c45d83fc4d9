import type { RefusedRequest } from '../ingest/answer-ingest.ts';
import type { KnownWebhook } from '../ingest/webhooks.ts';
import { headerNamesOf } from './header-names.ts';
import type { Rejections } from './rejections.ts';

/** What of a rejected request's webhook can be found out. */
export interface WebhooksToRecordFor {
  /** From memory; null: not remembered. */
  readonly remembered: (boardId: string, webhookId: string) => KnownWebhook | null;
  /** From the store, one at a time; null: unknown, or too many are waiting. */
  readonly findForRecord: (boardId: string, webhookId: string) => Promise<KnownWebhook | null>;
}

/**
 * Hands rejections of known webhooks on to be recorded. Those that came before their webhook was looked up, by their headers or because
 * too much was under way, are looked up afterwards.
 */
export const recordRejection =
  (backend: () => { webhooks: WebhooksToRecordFor; rejections: Rejections } | null) =>
  async ({ request, sender, target, attempt, status, code, cause }: RefusedRequest): Promise<void> => {
    const reached = backend();
    // A 429 without a webhook was a 404 too many.
    if (!reached || status === 404 || (status === 429 && !attempt.webhook)) return;
    const { webhooks, rejections } = reached;
    const { boardId, webhookId } = target;
    const known =
      attempt.webhook ??
      webhooks.remembered(boardId, webhookId) ??
      (await webhooks.findForRecord(boardId, webhookId));
    if (!known) return;
    const { webhook } = known;
    rejections.note({
      webhookId: webhook.webhookId,
      boardId: webhook.boardId,
      requestId: request.id,
      refusedAt: Date.now(),
      status,
      code,
      sourceIp: sender.ip,
      declaredBytes: declaredBytesOf(request.headers['content-length']),
      receivedBytes: attempt.receivedBytes,
      ...(cause && { cause }),
      ...(cause === 'no_signature_header' && { headerNames: headerNamesOf(request.raw.rawHeaders) }),
    });
  };

const declaredBytesOf = (contentLength: string | undefined): number | null => {
  const bytes = Number(contentLength ?? Number.NaN);
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : null;
};
