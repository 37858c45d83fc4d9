import type { ActiveWebhook } from '@mission-control/domain';
import type { Backend } from '../backend/backend.ts';
import type { MisaddressedRequest } from '../edge/dispatch.ts';
import { type NamedWebhook, namedIn } from '../edge/named-webhook.ts';
import { pathOf } from '../edge/route.ts';
import { rejectionOf } from './rejection-of.ts';

/**
 * Records a request that named a known webhook by a wrong URL or method, so that an admin sees why nothing arrives. The record contains
 * the kind of mistake but not the path, which may contain a secret. The sender is not told. Never throws.
 */
export const recordMisaddressed = async (
  { state }: Backend,
  { request, sender, status }: MisaddressedRequest,
): Promise<void> => {
  if (state.kind === 'connecting') return;
  const { webhooks, rejections } = state;
  const named = namedIn(pathOf(request.raw.url ?? ''));
  if (!named) return;
  // If the URL is correct, ingest has just looked up the webhook, so the result is cached.
  const wasLookedUp = status === 404 && named.deviation === null;
  const webhook = await webhooks.onAnyBoard(named.webhookId, { read: !wasLookedUp });
  if (!webhook) return;
  const code = faultOf(named, webhook, status);
  if (code === null) return;
  rejections.note(rejectionOf(webhook, { request, sender, status, code }, null));
};

/** null: nothing is wrong now. The webhook may have been created just after the response. */
const faultOf = (
  { boardId, deviation }: NamedWebhook,
  webhook: ActiveWebhook,
  status: number,
): string | null => {
  if (boardId !== webhook.boardId) return 'board_mismatch';
  return deviation ?? (status === 405 ? 'method_not_allowed' : null);
};
