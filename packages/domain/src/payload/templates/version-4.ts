import type { PayloadEventType, WebhookPayloadReceived } from '@mission-control/contracts';
import { escapeParagraph } from '../escapes.ts';
import { fencedPreview } from '../preview/fenced.ts';
import type { MessageParts } from '../texts.ts';

/**
 * The fourth template. Compared to the third one, it names the sender at the beginning, says before the data whether it is all of the body
 * and what has to be known about it, and shows other members first.
 */
export const messageVersion4 = (parts: MessageParts): string => {
  const { payload, instruction, boardName, baseUrl, eventType, message, readLink } = parts;
  const { boardId, webhookId, payloadId } = payload;
  const api = `${baseUrl}/api/v1/agent/boards/${boardId}`;
  return [
    'WEBHOOK EVENT RECEIVED',
    `Board: ${escapeParagraph(boardName)}`,
    `Webhook ID: ${webhookId}`,
    `Payload ID: ${payloadId}`,
    `Instruction: ${escapeParagraph(instruction)}`,
    '',
    `What happened: ${senderOf(payload, eventType)} sent an event to this webhook of the board. The data below begins with its type.`,
    '',
    'What to do:',
    '1) Read the data and triage the payload according to the instruction.',
    '2) Create or update tasks as far as the instruction asks for it.',
    `3) Mention the payload ID ${payloadId} in the task descriptions.`,
    '',
    'Payload preview:',
    ...fencedPreview({ payload, eventType, fields: [], ...message }),
    '',
    'To read the whole payload with its original characters (send your agent token in the header X-Agent-Token):',
    `GET ${api}/webhooks/${webhookId}/payloads/${payloadId}`,
    'Add ?max_chars=20000 to read only so many characters of it.',
    ...(readLink === null ? [] : ['To read it without a token, for a short time:', `GET ${readLink}`]),
    'To read board memory (same header):',
    `GET ${api}/memory?is_chat=false`,
  ].join('\n');
};

/** The name comes from a table of senders, not from the request. Anybody can send what they are recognised by. */
const senderOf = ({ verification }: WebhookPayloadReceived, { sender }: PayloadEventType): string => {
  if (sender === null) return 'an external system';
  return verification.verdict === 'verified' ? sender : `an external system that looks like ${sender}`;
};
