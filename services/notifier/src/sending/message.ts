import { hash } from 'node:crypto';
import { aggregates, loadAggregate } from '@mission-control/aggregates';
import type { EventData, WebhookPayloadReceived } from '@mission-control/contracts';
import {
  type Attempt,
  agentMessage,
  agentMessageTemplate,
  agentMessageTemplates,
  type MessageParts,
  messageSettingOf,
} from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';
import { repetitionKey, replacementKey } from '../delivery/forgotten-keys.ts';
import { eventTypeAtReceipt } from './event-type-at-receipt.ts';
import type { ReadLinks } from './read-links.ts';

/** SHA-256 of the text's UTF-8 bytes, hex. */
export const digestOf = (text: string): string => hash('sha256', text);

/** The text of an attempt, and the parts that it is made of. */
export interface Rendered {
  readonly text: string;
  readonly parts: MessageParts;
}

/**
 * Renders the text of an attempt again from what the attempt recorded, because an OpenClaw gateway rejects a different text under the same
 * key.
 *
 * @returns null if the result is not byte for byte the same
 */
export const renderAgain = async (
  { store, readLinks }: { readonly store: EventStore; readonly readLinks: ReadLinks },
  attempt: EventData<'DeliveryAttempted'>,
  payload: WebhookPayloadReceived,
): Promise<Rendered | null> => {
  const { webhookId, boardId, revisions, template, baseUrl, textSha256 } = attempt;
  const render = agentMessageTemplates.get(template);
  if (!render) return null;
  const [webhook, board] = await Promise.all([
    loadAggregate(store, aggregates.webhook, webhookId, revisions.webhook),
    loadAggregate(store, aggregates.board, boardId, revisions.board),
  ]);
  if (webhook.state.status !== 'active' || board.state.status !== 'open') return null;
  const parts = {
    payload,
    eventType: await eventTypeAtReceipt(store, payload, {
      webhook: webhook.state,
      revision: revisions.webhook,
    }),
    message: messageSettingOf(webhook.state),
    instruction: webhook.state.description,
    boardName: board.state.name,
    baseUrl,
    readLink: await readLinks.urlOf(attempt),
  };
  const text = render(parts);
  return digestOf(text) === textSha256 ? { text, parts } : null;
};

/** The fields of an attempt that are recorded, without what was counted since. */
export const recordedPart = ({
  earlierKeys,
  failures,
  retryAt,
  sent,
  losses,
  ...attempt
}: Attempt): EventData<'DeliveryAttempted'> => attempt;

/**
 * The attempt that replaces one whose text an OpenClaw gateway may act on. Target and parts are the same, but the template is the current
 * one. The key is new, since the OpenClaw gateway knows the old key with the old text.
 */
export const replacementOf = (attempt: Attempt, parts: MessageParts): EventData<'DeliveryAttempted'> => ({
  ...recordedPart(attempt),
  idempotencyKey: replacementKey(attempt.deliveryId),
  template: agentMessageTemplate,
  textSha256: digestOf(agentMessage(parts)),
});

/**
 * The attempt after the OpenClaw gateway lost a message. The text is the same. The key is new, since an OpenClaw gateway rejects the key of
 * an interrupted message.
 */
export const repetitionOf = (attempt: Attempt): EventData<'DeliveryAttempted'> => ({
  ...recordedPart(attempt),
  idempotencyKey: repetitionKey(attempt.deliveryId, attempt.losses),
});
