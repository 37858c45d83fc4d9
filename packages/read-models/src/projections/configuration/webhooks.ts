import { eventTypes, given, renameSettings, unchangedBy, webhookDefaults } from '@mission-control/contracts';
import type { BoardWebhookRow } from '../../tables/configuration.ts';
import type { StreamTable } from './stream-table.ts';

export const webhooks: StreamTable<BoardWebhookRow, (typeof eventTypes.webhook)[number]> = {
  table: 'board_webhooks',
  types: eventTypes.webhook,
  idOf: (event) => event.data.webhookId,
  evolve: (row, { type, data }) => {
    if (type === 'WebhookCreated') {
      return {
        id: data.webhookId,
        board_id: data.boardId,
        ...renameSettings({ ...webhookDefaults, ...given(data) }, 'event', 'column'),
        has_secret: data.secret !== null,
        previous_secret_valid_until: null,
      };
    }
    if (!row) return row;
    switch (type) {
      case 'WebhookUpdated':
        return {
          ...row,
          ...renameSettings(data, 'event', 'column'),
          has_secret: data.secret === undefined ? row.has_secret : data.secret !== null,
          previous_secret_valid_until:
            data.secret === undefined && data.signatureScheme === undefined
              ? row.previous_secret_valid_until
              : null,
        };
      case 'WebhookSecretRotated':
        return { ...row, has_secret: true, previous_secret_valid_until: data.previousValidUntil };
      case 'WebhookDeleted':
        return null;
      default:
        return unchangedBy(row, type);
    }
  },
};
