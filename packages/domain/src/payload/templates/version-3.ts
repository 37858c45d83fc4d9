import { escapeParagraph } from '../escapes.ts';
import type { MessageParts } from '../texts.ts';
import { fencedPreview } from './fenced-preview-3.ts';

/**
 * The third template: it says what happened, what to do and where to read more, to a reader who knows nothing of this product. As in the
 * second one, no external text reaches the OpenClaw gateway as its own syntax, and the first line has no colon.
 */
export const messageVersion3 = (parts: MessageParts): string => {
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
    'What happened: an external system sent an event to this webhook of the board. The payload preview below shows it.',
    '',
    'What to do:',
    '1) Read the preview and triage the payload according to the instruction.',
    '2) Create or update tasks as needed.',
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
