import type { RejectedRequest } from '../ingest/answer-ingest.ts';
import type { KnownWebhook } from '../ingest/webhooks.ts';
import { headerNamesOf } from './header-names.ts';
import { type MisaddressedBackend, recordMisaddressed } from './record-misaddressed.ts';
import { rejectionOf } from './rejection-of.ts';

/** How to find the webhook of a rejected request. */
export interface WebhooksToRecordFor {
  /** From memory; null: not cached. */
  readonly remembered: (boardId: string, webhookId: string) => KnownWebhook | null;
  /** From the store, one at a time; null: unknown, or too many lookups are waiting. */
  readonly findForRecord: (boardId: string, webhookId: string) => Promise<KnownWebhook | null>;
}

/**
 * Records rejections for known webhooks. A request that was rejected before its webhook was looked up, because of its headers or because
 * the gateway was overloaded, is looked up afterwards.
 */
export const recordRejection =
  (backend: () => (MisaddressedBackend & { webhooks: WebhooksToRecordFor }) | null) =>
  async ({ request, sender, target, record, status, code, cause }: RejectedRequest): Promise<void> => {
    const reached = backend();
    if (!reached) return;
    // The webhook is unknown, unless the URL is almost right.
    if (status === 404) return recordMisaddressed(reached, { request, sender, status });
    // A 429 without a webhook means that the sender exceeded its limit of unknown ids.
    if (status === 429 && !record.webhook) return;
    const { webhooks, rejections } = reached;
    const { boardId, webhookId } = target;
    const known =
      record.webhook ??
      webhooks.remembered(boardId, webhookId) ??
      (await webhooks.findForRecord(boardId, webhookId));
    if (!known) return;
    rejections.note({
      ...rejectionOf(known.webhook, { request, sender, status, code }, record.receivedBytes),
      ...(cause && { cause }),
      ...(cause === 'no_signature_header' && { headerNames: headerNamesOf(request.raw.rawHeaders) }),
    });
  };
