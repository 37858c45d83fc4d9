import { createHash } from 'node:crypto';
import { aggregates, loadAggregate } from '@mission-control/aggregates';
import type { EventData, WebhookPayloadReceived } from '@mission-control/contracts';
import { agentMessage, agentMessageTemplate } from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';

/** Of the text's UTF-8 bytes, hex. */
export const digestOf = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/**
 * The text of an attempt that was begun before, made of what the attempt recorded: a gateway refuses another text under the same
 * key.
 *
 * @returns null when it does not come out byte for byte the same
 */
export const renderAgain = async (
  store: EventStore,
  attempt: EventData<'DeliveryAttempted'>,
  payload: WebhookPayloadReceived,
): Promise<string | null> => {
  const { webhookId, boardId, revisions, template, baseUrl, textSha256 } = attempt;
  if (template !== agentMessageTemplate) return null;
  const [webhook, board] = await Promise.all([
    loadAggregate(store, aggregates.webhook, webhookId, revisions.webhook),
    loadAggregate(store, aggregates.board, boardId, revisions.board),
  ]);
  if (webhook.state.status !== 'active' || board.state.status !== 'open') return null;
  const text = agentMessage({
    payload,
    instruction: webhook.state.description,
    boardName: board.state.name,
    baseUrl,
  });
  return digestOf(text) === textSha256 ? text : null;
};
