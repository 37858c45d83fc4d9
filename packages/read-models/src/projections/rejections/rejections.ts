import { isEvent, streamPrefixes } from '@mission-control/contracts';
import type { ProjectedEvent, Projection } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';
import { withoutDeletedWebhooks } from '../deleted-webhooks.ts';
import { anyOf } from '../statements.ts';
import { removeBeyondBounds } from './bounds.ts';
import { addRejections } from './rejection-rows.ts';

/** Rejected requests, as many as their stream keeps. */
export const rejectionsProjection: Projection<ReadModels, 'rejections'> = {
  name: 'rejections',
  // Since version 2, a rejection has its cause.
  version: 2,
  filter: {
    streamPrefixes: [streamPrefixes.rejections, streamPrefixes.webhook],
    types: ['WebhookRequestRefused', 'WebhookDeleted'],
  },
  tables: ['webhook_rejections', 'rejections_deleted_webhooks'],
  unhurried: ['WebhookRequestRefused'],
  apply: async (tx: Transaction<ReadModels>, events: readonly ProjectedEvent[]) => {
    const { remaining, deleted } = await withoutDeletedWebhooks(tx, 'rejections_deleted_webhooks', events);
    const refused = remaining.filter((event) => isEvent(event, 'WebhookRequestRefused'));
    await addRejections(tx, refused);
    await removeBeyondBounds(
      tx,
      refused.map(({ data }) => data.webhookId),
    );
    if (deleted.length > 0)
      await tx.deleteFrom('webhook_rejections').where('webhook_id', '=', anyOf(deleted)).execute();
  },
};
