import { eventTypes, isEvent, streamPrefixes, type WebhookPayloadReceived } from '@mission-control/contracts';
import { fencedPreview, payloadEventType } from '@mission-control/domain';
import type { ProjectedEvent, Projection } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';
import { addEntries, keepEntries, removeEntries, writtenEntry } from './entries.ts';
import { mentionInEntries } from './mentions.ts';
import { settings } from './settings.ts';
import { webhookEntries } from './webhook-entries.ts';
import { withoutDeleted } from './without-deleted.ts';

/**
 * Board memory: what people and agents wrote, and one entry for each payload. Since version 3, entries have the event type; since version 4, they say
 * that their payload was filtered, or is told together with others.
 */
export const memoryProjection: Projection<ReadModels, 'memory'> = {
  name: 'memory',
  version: 4,
  filter: {
    streamPrefixes: [
      streamPrefixes.board,
      streamPrefixes.webhook,
      streamPrefixes.payloads,
      streamPrefixes.delivery,
      streamPrefixes.coalesced,
      streamPrefixes.memory,
      streamPrefixes.removals,
    ],
    types: [
      'BoardDeleted',
      'WebhookCreated',
      'WebhookUpdated',
      'WebhookDeleted',
      ...eventTypes.payload,
      ...eventTypes.memory,
      ...eventTypes.removal,
      ...eventTypes.coalescing,
      'DeliveryFiltered',
    ],
  },
  tables: [
    'board_memory',
    'board_memory_counts',
    'webhook_instructions',
    'memory_deleted_owners',
    'memory_removed_entries',
  ],
  // The writer of an entry reads it next.
  unhurried: [...eventTypes.payload, ...eventTypes.coalescing, 'DeliveryFiltered'],
  // The preview is made from the inflated body.
  extraBytes: (data) => (data as Partial<WebhookPayloadReceived>).inflated?.size ?? 0,
  // The rest of an entry depends on the settings in force, and so does the preview of a few webhooks.
  prepare: (event) => {
    if (!isEvent(event, 'WebhookPayloadReceived')) return;
    const eventType = payloadEventType(event.data);
    fencedPreview({ payload: event.data, eventType, fields: [] });
  },
  apply: async (tx: Transaction<ReadModels>, events: readonly ProjectedEvent[]) => {
    const { configurations, received, added, kept, mentioned, removals } = await withoutDeleted(tx, events);
    await settings.remember(tx, configurations);
    await addEntries(tx, [...added.map(writtenEntry), ...(await webhookEntries(tx, received))]);
    await mentionInEntries(tx, mentioned);
    await keepEntries(tx, kept);
    await removeEntries(tx, removals);
  },
};
