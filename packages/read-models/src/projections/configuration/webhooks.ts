import {
  defaultDedupeWindowSeconds,
  defaultTimestampToleranceSeconds,
  eventTypes,
} from '@mission-control/contracts';
import type { BoardWebhookRow } from '../../tables/configuration.ts';
import type { StreamTable } from './stream-table.ts';
import { unchangedBy } from './unchanged-by.ts';

export const webhooks: StreamTable<BoardWebhookRow, (typeof eventTypes.webhook)[number]> = {
  table: 'board_webhooks',
  types: eventTypes.webhook,
  idOf: (event) => event.data.webhookId,
  evolve: (row, { type, data }) => {
    if (type === 'WebhookCreated') {
      return {
        id: data.webhookId,
        board_id: data.boardId,
        agent_id: data.agentId,
        description: data.description,
        enabled: data.enabled,
        has_secret: data.secret !== null,
        signature_scheme: data.signatureScheme,
        signature_header: data.signatureHeader,
        timestamp_tolerance_seconds: data.timestampToleranceSeconds ?? defaultTimestampToleranceSeconds,
        allowed_ips: data.allowedIps ?? [],
        dedupe: data.dedupe ?? 'scheme',
        dedupe_differing: data.dedupeDiffering ?? 'same',
        dedupe_window_seconds: data.dedupeWindowSeconds ?? defaultDedupeWindowSeconds,
        content_encodings: data.contentEncodings ?? [],
        previous_secret_valid_until: null,
      };
    }
    if (!row) return row;
    switch (type) {
      case 'WebhookUpdated':
        return {
          ...row,
          agent_id: data.agentId === undefined ? row.agent_id : data.agentId,
          description: data.description ?? row.description,
          enabled: data.enabled ?? row.enabled,
          has_secret: data.secret === undefined ? row.has_secret : data.secret !== null,
          signature_scheme: data.signatureScheme ?? row.signature_scheme,
          signature_header: data.signatureHeader === undefined ? row.signature_header : data.signatureHeader,
          timestamp_tolerance_seconds: data.timestampToleranceSeconds ?? row.timestamp_tolerance_seconds,
          allowed_ips: data.allowedIps ?? row.allowed_ips,
          dedupe: data.dedupe ?? row.dedupe,
          dedupe_differing: data.dedupeDiffering ?? row.dedupe_differing,
          dedupe_window_seconds: data.dedupeWindowSeconds ?? row.dedupe_window_seconds,
          content_encodings: data.contentEncodings ?? row.content_encodings,
          previous_secret_valid_until:
            data.secret === undefined && data.signatureScheme === undefined
              ? row.previous_secret_valid_until
              : null,
        };
      case 'WebhookSecretRotated':
        return { ...row, has_secret: true, previous_secret_valid_until: data.previousValidUntil };
      case 'WebhookDeleted':
        return null;
      case 'WebhookPayloadsExpired':
        return row;
      default:
        return unchangedBy(row, type);
    }
  },
};
