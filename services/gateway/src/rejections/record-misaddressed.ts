import type { ActiveWebhook } from '@mission-control/domain';
import type { MisaddressedRequest } from '../edge/dispatch.ts';
import { type NamedWebhook, namedIn } from '../edge/named-webhook.ts';
import { pathOf } from '../edge/route.ts';
import { rejectionOf } from './rejection-of.ts';
import type { Rejections } from './rejections.ts';

export interface MisaddressedBackend {
  readonly webhooks: {
    readonly onAnyBoard: (webhookId: string, options: { read: boolean }) => Promise<ActiveWebhook | null>;
  };
  readonly rejections: Rejections;
}

/**
 * Records a request that named a known webhook by a wrong URL or method, so that an admin sees why nothing arrives. Says what kind of
 * mistake it was; the path itself is not recorded, since it may hold a secret. Its sender learns nothing of this. Never throws.
 */
export const recordMisaddressed = async (
  { webhooks, rejections }: MisaddressedBackend,
  { request, sender, status }: MisaddressedRequest,
): Promise<void> => {
  const named = namedIn(pathOf(request.raw.url ?? ''));
  if (!named) return;
  // Ingest has just looked for the webhook of a URL without a fault: what it found is remembered.
  const isLookedUp = status === 404 && named.deviation === null;
  const webhook = await webhooks.onAnyBoard(named.webhookId, { read: !isLookedUp });
  if (!webhook) return;
  const code = faultOf(named, webhook, status);
  if (code === null) return;
  rejections.note(rejectionOf(webhook, { request, sender, status, code }, null));
};

/** null: nothing is wrong now. The webhook may have been created just after the answer. */
const faultOf = (
  { boardId, deviation }: NamedWebhook,
  webhook: ActiveWebhook,
  status: number,
): string | null => {
  if (boardId !== webhook.boardId) return 'board_mismatch';
  return deviation ?? (status === 405 ? 'method_not_allowed' : null);
};
