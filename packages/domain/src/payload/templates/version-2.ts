import { escapeText } from '../escapes.ts';
import type { MessageParts } from '../texts.ts';
import { fencedPreview } from './fenced-preview-2.ts';

/**
 * The second template. No external text reaches the OpenClaw gateway as its own syntax: names, instruction and payload are escaped, and
 * the fixed lines contain no such syntax. The first line has no colon, because the OpenClaw gateway treats `name: ` as a sender and looks
 * for syntax after it.
 */
export const messageVersion2 = ({ payload, instruction, boardName, baseUrl }: MessageParts): string => {
  const { boardId, webhookId, payloadId } = payload;
  const api = `${baseUrl}/api/v1/agent/boards/${boardId}`;
  return [
    'WEBHOOK EVENT RECEIVED',
    `Board: ${escapeText(boardName)}`,
    `Webhook ID: ${webhookId}`,
    `Payload ID: ${payloadId}`,
    `Instruction: ${escapeText(instruction)}`,
    '',
    'What to do:',
    '1) Triage the payload according to the instruction.',
    '2) Create or update tasks as needed.',
    `3) Mention the payload ID ${payloadId} in the task descriptions.`,
    '',
    'Payload preview:',
    ...fencedPreview(payload),
    '',
    'To read the whole payload with its original characters (send your agent token in the header X-Agent-Token):',
    `GET ${api}/webhooks/${webhookId}/payloads/${payloadId}`,
    'To read board memory (same header):',
    `GET ${api}/memory?is_chat=false`,
  ].join('\n');
};
