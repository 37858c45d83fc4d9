import type { RefusedRequest } from '../ingest/answer-ingest.ts';
import type { KnownWebhook } from '../ingest/webhooks.ts';
import { headerNamesOf } from './header-names.ts';
import { type MisaddressedBackend, recordMisaddressed } from './record-misaddressed.ts';
import { rejectionOf } from './rejection-of.ts';

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
  (backend: () => (MisaddressedBackend & { webhooks: WebhooksToRecordFor }) | null) =>
  async ({ request, sender, target, attempt, status, code, cause }: RefusedRequest): Promise<void> => {
    const reached = backend();
    if (!reached) return;
    // Its webhook is unknown, unless the URL is nearly right.
    if (status === 404) return recordMisaddressed(reached, { request, sender, status });
    // A 429 without a webhook was a 404 too many.
    if (status === 429 && !attempt.webhook) return;
    const { webhooks, rejections } = reached;
    const { boardId, webhookId } = target;
    const known =
      attempt.webhook ??
      webhooks.remembered(boardId, webhookId) ??
      (await webhooks.findForRecord(boardId, webhookId));
    if (!known) return;
    rejections.note({
      ...rejectionOf(known.webhook, { request, sender, status, code }, attempt.receivedBytes),
      ...(cause && { cause }),
      ...(cause === 'no_signature_header' && { headerNames: headerNamesOf(request.raw.rawHeaders) }),
    });
  };
