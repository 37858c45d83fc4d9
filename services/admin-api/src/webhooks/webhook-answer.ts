import {
  contentEncodingSchema,
  dedupeDifferingSchema,
  signatureSchemeSchema,
} from '@mission-control/contracts';
import type { ActiveWebhook } from '@mission-control/domain';
import type { BoardWebhookRow } from '@mission-control/read-models';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf } from '../http/pages.ts';
import { textOrNull } from '../http/texts.ts';
import type { Times } from '../stores/commands.ts';

const webhook = z.object({
  id: z.uuid(),
  board_id: z.uuid(),
  agent_id: z.uuid().nullable().describe("The agent to notify; null: the board's lead."),
  description: z.string(),
  enabled: z.boolean(),
  has_secret: z.boolean(),
  signature_scheme: signatureSchemeSchema,
  signature_header: textOrNull,
  timestamp_tolerance_seconds: z.int(),
  previous_secret_valid_until: z.iso
    .datetime()
    .nullable()
    .describe('Until then the secret before the last rotation is also valid; null: there is none.'),
  allowed_ips: z.array(z.string()),
  dedupe: z.string(),
  dedupe_differing: dedupeDifferingSchema,
  dedupe_window: z.int(),
  content_encodings: z.array(contentEncodingSchema),
  endpoint_path: z.string(),
  endpoint_url: z.string(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});

export class WebhookAnswer extends createZodDto(webhook) {}
export class WebhookList extends createZodDto(listOf(webhook)) {}

/** The URL that senders post to. */
export const endpointOf = (baseUrl: string, boardId: string, webhookId: string) => {
  const path = `/api/v1/boards/${boardId}/webhooks/${webhookId}`;
  return { endpoint_path: path, endpoint_url: `${baseUrl}${path}` };
};

export const webhookAnswerOf = (webhook: ActiveWebhook, baseUrl: string, times: Times): WebhookAnswer => ({
  id: webhook.webhookId,
  board_id: webhook.boardId,
  agent_id: webhook.agentId,
  description: webhook.description,
  enabled: webhook.enabled,
  has_secret: webhook.secret !== null,
  signature_scheme: webhook.signatureScheme,
  signature_header: webhook.signatureHeader,
  timestamp_tolerance_seconds: webhook.timestampToleranceSeconds,
  previous_secret_valid_until: stillValid(webhook.previousSecret?.validUntil ?? null),
  allowed_ips: [...webhook.allowedIps],
  dedupe: webhook.dedupe,
  dedupe_differing: webhook.dedupeDiffering,
  dedupe_window: webhook.dedupeWindowSeconds,
  content_encodings: [...webhook.contentEncodings],
  ...endpointOf(baseUrl, webhook.boardId, webhook.webhookId),
  ...times,
});

export const webhookAnswerOfRow = (row: BoardWebhookRow, baseUrl: string): WebhookAnswer => ({
  ...row,
  signature_scheme: signatureSchemeSchema.parse(row.signature_scheme),
  previous_secret_valid_until: stillValid(row.previous_secret_valid_until),
  allowed_ips: [...row.allowed_ips],
  dedupe_window: row.dedupe_window_seconds,
  content_encodings: [...row.content_encodings],
  ...endpointOf(baseUrl, row.board_id, row.id),
});

/** A time in the past is not shown. */
const stillValid = (until: string | null): string | null =>
  until !== null && Date.parse(until) > Date.now() ? until : null;
