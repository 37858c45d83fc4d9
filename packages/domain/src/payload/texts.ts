import {
  memoryEntryIdOf,
  type PayloadEventType,
  type WebhookPayloadReceived,
  type WebhookSettingsIn,
} from '@mission-control/contracts';
import { escapeParagraph } from './escapes.ts';
import { eventTag } from './event-type.ts';
import { fencedPreview } from './preview/fenced.ts';
import { messageVersion1 } from './templates/version-1.ts';
import { messageVersion2 } from './templates/version-2.ts';
import { messageVersion3 } from './templates/version-3.ts';
import { messageVersion4 } from './templates/version-4.ts';

/** What texts about a payload are made from. The payload is put inside a fence, the admin's instruction outside. */
interface TextOf {
  readonly payload: WebhookPayloadReceived;
  /** The webhook's description: what the admin wants done. */
  readonly instruction: string;
  /** What the sender says happened, and who it is. */
  readonly eventType: PayloadEventType;
  /** What the webhook's admin wants to see; null: nothing in particular. */
  readonly message: MessageSetting | null;
}

interface MessageSetting {
  /** JSON pointers of the members that the preview shows first. */
  readonly fields: readonly string[];
  /** Text with placeholders that the preview shows before them; absent or null: none. */
  readonly template?: string | null;
}

/** The setting `message` of a webhook; null: nothing is set. */
export const messageSettingOf = ({
  messageFields: fields,
  messageTemplate: template,
}: Pick<WebhookSettingsIn['event'], 'messageFields' | 'messageTemplate'>): MessageSetting | null =>
  fields.length === 0 && template === null ? null : { fields, template };

/**
 * The text about a payload in board memory. It is escaped like a message, although no OpenClaw gateway parses it: agents and people copy
 * text from board memory into chats, and readers have only one rule to learn.
 */
export const memoryText = ({ payload, instruction, eventType, message }: TextOf): string =>
  [
    'WEBHOOK PAYLOAD RECEIVED',
    `Webhook ID: ${payload.webhookId}`,
    `Payload ID: ${payload.payloadId}`,
    `Instruction: ${escapeParagraph(instruction)}`,
    `Inspect (admin API): ${payloadPath(payload)}`,
    'Payload preview:',
    ...fencedPreview({ payload, eventType, fields: [], ...message }),
  ].join('\n');

/** The board memory entry of a payload. It is the same on every path by which it is stored. */
export const memoryEntryOf = (of: TextOf) => ({
  entryId: memoryEntryIdOf(of.payload.payloadId),
  content: memoryText(of),
  tags: [
    'webhook',
    `webhook:${of.payload.webhookId}`,
    `payload:${of.payload.payloadId}`,
    ...(of.eventType.type === null ? [] : [eventTag(of.eventType.type)]),
  ],
  source: 'webhook',
  createdAt: of.payload.receivedAt,
});

/** Everything that the text of a message depends on, apart from its template. */
export interface MessageParts extends TextOf {
  readonly boardName: string;
  readonly baseUrl: string;
  /** Where this payload can be read without a token for a short time; null: there is no such link. */
  readonly readLink: string | null;
}

type MessageTemplate = (parts: MessageParts) => string;

/**
 * The message that tells an agent about a payload, by template version. The same parts always give the same bytes. A change that alters
 * bytes needs a new version, and the old one stays for the attempts that were begun with it.
 */
export const agentMessageTemplates: ReadonlyMap<number, MessageTemplate> = new Map([
  [1, messageVersion1],
  [2, messageVersion2],
  [3, messageVersion3],
  [4, messageVersion4],
]);

/** The template version that new attempts use. */
export const agentMessageTemplate = 4;

/** The message of a new attempt. */
export const agentMessage: MessageTemplate = messageVersion4;

const payloadPath = (payload: WebhookPayloadReceived): string =>
  `/api/v1/boards/${payload.boardId}/webhooks/${payload.webhookId}/payloads/${payload.payloadId}`;
