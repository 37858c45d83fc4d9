import type { Backend } from '../backend/backend.ts';
import type { RejectedRequest } from '../ingest/answer-ingest.ts';
import { headerNamesOf } from './header-names.ts';
import { recordMisaddressed } from './record-misaddressed.ts';
import { rejectionOf } from './rejection-of.ts';

/**
 * Records a rejection if it is for a known webhook. A request that was rejected before its webhook was looked up, because of its headers
 * or because the gateway was overloaded, is looked up now. Never throws.
 */
export const recordRejection = async (
  backend: Backend,
  { request, sender, target, record, status, code, cause }: RejectedRequest,
): Promise<void> => {
  const { state } = backend;
  if (state.kind === 'connecting') return;
  // The webhook is unknown, unless the URL is almost right.
  if (status === 404) return recordMisaddressed(backend, { request, sender, status });
  // A 429 without a webhook means that the sender exceeded its limit of unknown ids.
  if (status === 429 && !record.webhook) return;
  const { webhooks, rejections } = state;
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
