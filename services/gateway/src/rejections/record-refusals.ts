import type { RefusedRequest } from '../ingest/answer-ingest.ts';
import type { KnownWebhook } from '../ingest/webhooks.ts';
import type { Rejections } from './rejections.ts';

/** What of the refusal's webhook can be found out. */
export interface WebhooksToRecordFor {
  /** From memory; null: not remembered. */
  readonly remembered: (boardId: string, webhookId: string) => KnownWebhook | null;
  /** From the store, within a budget; null: unknown, or the budget is spent. */
  readonly lookUp: (boardId: string, webhookId: string) => Promise<KnownWebhook | null>;
}

/**
 * Hands refusals of known webhooks on to be recorded. A request that was refused before its webhook was looked up is no reason to ask
 * the store often: an address that has spent its refusals costs no read at all, others share a small budget.
 */
export const recordRefusals =
  (backend: () => { webhooks: WebhooksToRecordFor; rejections: Rejections } | null) =>
  async ({ request, sender, target, attempt, status, code }: RefusedRequest): Promise<void> => {
    const reached = backend();
    if (!reached || status === 404) return;
    const { webhooks, rejections } = reached;
    const { boardId, webhookId } = target;
    const known =
      attempt.webhook ??
      webhooks.remembered(boardId, webhookId) ??
      (status === 429 || status === 503 ? null : await webhooks.lookUp(boardId, webhookId));
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
    });
  };

const declaredBytesOf = (contentLength: string | undefined): number | null => {
  const bytes = Number(contentLength ?? Number.NaN);
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : null;
};
