import { memoryEntryIdOf, type WebhookPayloadReceived } from '@mission-control/contracts';
import { escapeText } from './escapes.ts';
import { fencedPreview } from './fenced-preview.ts';
import { messageVersion1 } from './templates/version-1.ts';
import { messageVersion2 } from './templates/version-2.ts';

/** Texts made of a payload. The payload stands inside a fence, the admin's instruction outside. */
interface TextOf {
  readonly payload: WebhookPayloadReceived;
  /** The webhook's description: what the admin wants done. */
  readonly instruction: string;
}

/**
 * The text of a payload in board memory. It is escaped as a message is, although no OpenClaw gateway parses it: agents and people copy
 * from board memory into chats, and a reader has one rule to know.
 */
export const memoryText = ({ payload, instruction }: TextOf): string =>
  [
    'WEBHOOK PAYLOAD RECEIVED',
    `Webhook ID: ${payload.webhookId}`,
    `Payload ID: ${payload.payloadId}`,
    `Instruction: ${escapeText(instruction)}`,
    `Inspect (admin API): ${payloadPath(payload)}`,
    'Payload preview:',
    ...fencedPreview(payload),
  ].join('\n');

/** The board memory entry that a payload leaves, by whichever way it comes to be stored. */
export const memoryEntryOf = ({ payload, instruction }: TextOf) => ({
  entryId: memoryEntryIdOf(payload.payloadId),
  content: memoryText({ payload, instruction }),
  tags: ['webhook', `webhook:${payload.webhookId}`, `payload:${payload.payloadId}`],
  source: 'webhook',
  createdAt: payload.receivedAt,
});

/** Everything that the text of a message depends on, besides its template. */
export interface MessageParts extends TextOf {
  readonly boardName: string;
  readonly baseUrl: string;
}

type MessageTemplate = (parts: MessageParts) => string;

/**
 * The message that tells an agent of a payload, by version of the template. The same parts give the same bytes for ever: a change that
 * alters bytes is a new version, and the old one stays for the attempts that were begun with it.
 */
export const agentMessageTemplates: ReadonlyMap<number, MessageTemplate> = new Map([
  [1, messageVersion1],
  [2, messageVersion2],
]);

/** The version with which attempts begin. */
export const agentMessageTemplate = 2;

/** The message of an attempt that begins now. */
export const agentMessage: MessageTemplate = messageVersion2;

const payloadPath = (payload: WebhookPayloadReceived): string =>
  `/api/v1/boards/${payload.boardId}/webhooks/${payload.webhookId}/payloads/${payload.payloadId}`;
