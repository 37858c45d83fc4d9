import { aggregates, loadAggregate } from '@mission-control/aggregates';
import type { EventData } from '@mission-control/contracts';
import {
  type ActiveWebhook,
  type Attempt,
  coalescedTemplate,
  coalescedTemplates,
  type OpenBoard,
  type Recipient,
} from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';
import type { CoalescedContent } from '../delivery/content.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { shortenedKey } from '../delivery/forgotten-keys.ts';
import type { DeliveryTarget } from '../lane/target.ts';
import { digestOf, recordedPart, repetitionOf } from './message.ts';
import type { ReadLinks } from './read-links.ts';

interface Source {
  readonly content: CoalescedContent;
  readonly webhook: Pick<ActiveWebhook, 'webhookId' | 'boardId' | 'description'>;
  readonly board: Pick<OpenBoard, 'name'>;
  readonly attempt: Omit<EventData<'DeliveryAttempted'>, 'textSha256'>;
  readonly readLinks: ReadLinks;
}

/** null: this release does not have the template. */
const textOf = async ({ content, webhook, board, attempt, readLinks }: Source): Promise<string | null> => {
  const { webhookId, boardId, description: instruction } = webhook;
  const { entries, removed } = content;
  const { baseUrl, template } = attempt;
  const common = { webhookId, boardId, boardName: board.name, instruction, baseUrl, entries, removed };
  const parts = { ...common, readLinks: await linksOf(content, attempt, readLinks) };
  return coalescedTemplates.get(template)?.message(parts) ?? null;
};

/** Of the payloads that have a preview: a link for each of a thousand would be longer than everything else. */
const linksOf = async (
  { entries }: CoalescedContent,
  attempt: Source['attempt'],
  readLinks: ReadLinks,
): Promise<ReadonlyMap<string, string>> => {
  const links = new Map<string, string>();
  for (const { payloadId, preview } of entries) {
    const link = preview === null ? null : await readLinks.urlOf(attempt, payloadId);
    if (link !== null) links.set(payloadId, link);
  }
  return links;
};

/** How a delivery of several payloads begins: the attempt to record, and the text to send. */
export const openCoalesced = async (
  { ids, cause: { eventId, arrivalRevision } }: Delivery,
  { webhook, board, revisions }: DeliveryTarget,
  { agentId, gatewayId, sessionKey }: Extract<Recipient, { kind: 'agent' }>,
  {
    content,
    baseUrl,
    readLinks,
  }: { readonly content: CoalescedContent; readonly baseUrl: string; readonly readLinks: ReadLinks },
): Promise<{ readonly attempt: EventData<'DeliveryAttempted'>; readonly text: string }> => {
  const begun = {
    ...ids,
    arrivalRevision,
    coalescedRevision: content.revision,
    ...{ agentId, gatewayId, sessionKey, idempotencyKey: eventId },
    revisions,
    template: coalescedTemplate,
    baseUrl,
    ...readLinks.begin(),
  };
  const text = (await textOf({ content, webhook, board, attempt: begun, readLinks })) ?? '';
  return { attempt: { ...begun, textSha256: digestOf(text) }, text };
};

/**
 * Renders the text of an attempt again from what the attempt recorded. It names fewer payloads if some were removed in the meantime.
 *
 * @returns null if the text is another one for any other reason
 */
export const renderCoalesced = async (
  { store, readLinks }: { readonly store: EventStore; readonly readLinks: ReadLinks },
  attempt: Attempt,
  content: CoalescedContent,
): Promise<string | null> => {
  const { webhookId, boardId, revisions, textSha256 } = attempt;
  const [webhook, board] = await Promise.all([
    loadAggregate(store, aggregates.webhook, webhookId, revisions.webhook),
    loadAggregate(store, aggregates.board, boardId, revisions.board),
  ]);
  if (webhook.state.status !== 'active' || board.state.status !== 'open') return null;
  const text = await textOf({ content, webhook: webhook.state, board: board.state, attempt, readLinks });
  return text !== null && (digestOf(text) === textSha256 || content.removed > 0) ? text : null;
};

/**
 * The attempt that follows one whose message the OpenClaw gateway lost, or whose text named payloads that were removed since: under a new key,
 * because an OpenClaw gateway rejects the key of an interrupted message, and a key that it knows with another text.
 *
 * @returns null: the same attempt again
 */
export const nextCoalesced = (
  attempt: Attempt,
  { text, content, isLost }: { text: string; content: CoalescedContent; isLost: boolean },
): EventData<'DeliveryAttempted'> | null => {
  const textSha256 = digestOf(text);
  if (isLost) return { ...repetitionOf(attempt), textSha256 };
  if (textSha256 === attempt.textSha256) return null;
  const idempotencyKey = shortenedKey(attempt.deliveryId, content.entries.length);
  return { ...recordedPart(attempt), idempotencyKey, textSha256 };
};
