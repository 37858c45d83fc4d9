import { type ActiveWebhook, activeWebhook, CommandRejected, type Webhook } from '@mission-control/domain';

/** @throws CommandRejected when the webhook does not exist or is on another board */
export const webhookOfBoard = (state: Webhook, boardId: string): ActiveWebhook => {
  const webhook = activeWebhook(state);
  if (webhook.boardId !== boardId) {
    throw new CommandRejected('not_found', 'webhook_not_found', 'Webhook not found.');
  }
  return webhook;
};
