import {
  deliveryTypesExcept,
  eventTypes,
  isEvent,
  streamPrefixes,
  type WebhookPayloadReceived,
  webhookDefaults,
} from '@mission-control/contracts';
import { payloadEventType } from '@mission-control/domain';
import type { ProjectedEvent, Projection } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';
import { withoutDeletedWebhooks } from '../deleted-webhooks.ts';
import { addArrivals } from './arrivals.ts';
import { removePayloadsOf } from './deletion.ts';
import { eraseContent } from './erasure.ts';
import { payloadRow } from './payload-row.ts';
import { forgetRemovedPayloadsOf, removeForGood, withoutRemovedPayloads } from './removed-payloads.ts';
import { settings } from './settings.ts';
import { loadTouched, saveTouched } from './touched.ts';

/**
 * Payloads with their arrivals, deliveries and status. Since version 2, an arrival has the digest and size of its body; since version 3, the
 * status is in a table of its own, into which a migration moved it; since version 4, a payload has its event type; since version 5, both say whether they are encrypted.
 */
export const payloadsProjection: Projection<ReadModels, 'payloads'> = {
  name: 'payloads',
  version: 5,
  filter: {
    streamPrefixes: [
      streamPrefixes.payloads,
      streamPrefixes.delivery,
      streamPrefixes.coalesced,
      streamPrefixes.webhook,
      streamPrefixes.removals,
    ],
    types: [
      ...eventTypes.payload,
      ...eventTypes.delivery,
      ...eventTypes.coalescing,
      ...eventTypes.removal,
      'WebhookCreated',
      'WebhookUpdated',
      'WebhookDeleted',
    ],
  },
  tables: [
    'board_webhook_payloads',
    'webhook_payload_states',
    'webhook_payload_arrivals',
    'webhook_deliveries',
    'webhook_coalesced_payloads',
    'webhook_payload_counts',
    'payloads_webhook_settings',
    'payloads_deleted_webhooks',
    'payloads_removed_payloads',
  ],
  // A person has sent the other types, and waits.
  unhurried: [...eventTypes.payload, ...eventTypes.coalescing, ...deliveryTypesExcept('RedeliveryRequested')],
  // Most events of a delivery come within this time, and then its rows are written once.
  lingerMs: 250,
  // A row has the inflated body: a thousand small compressed ones do not fit into memory at once.
  extraBytes: (data) => (data as Partial<WebhookPayloadReceived>).inflated?.size ?? 0,
  prepare: (event) => {
    if (!isEvent(event, 'WebhookPayloadReceived')) return;
    payloadRow(event);
    // Most webhooks have the default.
    payloadEventType(event.data, webhookDefaults.eventType);
  },
  apply: async (tx: Transaction<ReadModels>, events: readonly ProjectedEvent[]) => {
    const { remaining, deleted } = await withoutDeletedWebhooks(tx, 'payloads_deleted_webhooks', events);
    const { present, removed } = await withoutRemovedPayloads(tx, remaining);
    await removeForGood(tx, removed);
    await settings.remember(
      tx,
      present.filter((event) => isEvent(event, 'WebhookCreated', 'WebhookUpdated')),
    );
    await applyTogether(tx, present);
    await removePayloadsOf(tx, deleted);
    await settings.forget(tx, deleted);
    await forgetRemovedPayloadsOf(tx, deleted);
  },
};

/** Applies arrivals and delivery events: reads the rows they touch, evolves them in log order, and writes them back. */
const applyTogether = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
): Promise<void> => {
  if (events.length === 0) return;
  const fresh = await addArrivals(tx, events);
  const touched = await loadTouched(tx, events);
  for (const event of events) touched.evolve(event, fresh);
  await saveTouched(tx, touched);
  await eraseContent(tx, events, touched.arrived);
};
