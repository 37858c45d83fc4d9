import { renameSettings } from '@mission-control/contracts';
import type { ActiveWebhook } from '@mission-control/domain';
import type { BoardWebhookRow } from '@mission-control/read-models';
import { createZodDto } from 'nestjs-zod';
import { listOf } from '../http/pages.ts';
import type { Times } from '../stores/commands.ts';
import { withNestedMessage } from './message-setting.ts';
import { withNestedRetention } from './retention-setting.ts';
import { webhookOutput } from './webhook-schemas.ts';

export class WebhookAnswer extends createZodDto(webhookOutput) {}
export class WebhookList extends createZodDto(listOf(webhookOutput)) {}

/** The URL that senders post to. */
export const endpointOf = (baseUrl: string, boardId: string, webhookId: string) => {
  const path = `/api/v1/boards/${boardId}/webhooks/${webhookId}`;
  return { endpoint_path: path, endpoint_url: `${baseUrl}${path}` };
};

export const webhookAnswerOf = (webhook: ActiveWebhook, baseUrl: string, times: Times): WebhookAnswer => ({
  id: webhook.webhookId,
  board_id: webhook.boardId,
  ...withNestedMessage(withNestedRetention(renameSettings(webhook, 'event', 'api'))),
  has_secret: webhook.secret !== null,
  previous_secret_valid_until: stillValid(webhook.previousSecret?.validUntil ?? null),
  ...endpointOf(baseUrl, webhook.boardId, webhook.webhookId),
  ...times,
});

/** @param at the time that the answer is about, ISO-8601; default: now */
export const webhookAnswerOfRow = (row: BoardWebhookRow, baseUrl: string, at?: string): WebhookAnswer => ({
  ...row,
  ...withNestedMessage(withNestedRetention(renameSettings(row, 'column', 'api'))),
  previous_secret_valid_until: stillValid(row.previous_secret_valid_until, at),
  ...endpointOf(baseUrl, row.board_id, row.id),
});

/** A time that has passed by then is not shown. */
const stillValid = (until: string | null, at?: string): string | null =>
  until !== null && Date.parse(until) > (at === undefined ? Date.now() : Date.parse(at)) ? until : null;
