import { isEvent } from '@mission-control/contracts';
import type { ProjectedEvent } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';
import { inChunks, storable } from '../statements.ts';
import { contentDigestOf } from './payload-row.ts';

/** Adds a row for each arrival. Resolves to the ids of the events that were new; only these count. */
export const addArrivals = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
): Promise<Set<string>> => {
  const fresh = new Set<string>();
  const rows = events.flatMap((event) =>
    isEvent(event, 'WebhookPayloadReceived')
      ? [
          {
            event_id: event.id,
            payload_id: event.data.payloadId,
            webhook_id: event.data.webhookId,
            revision: event.revision,
            received_at: event.data.receivedAt,
            source_ip: event.data.sourceIp,
            sha256: event.data.sha256,
            content_sha256: contentDigestOf(event.data),
            size: event.data.size,
          },
        ]
      : [],
  );
  for (const chunk of inChunks(rows)) {
    const inserted = await tx
      .insertInto('webhook_payload_arrivals')
      .values(chunk.map(storable))
      .onConflict((conflict) => conflict.doNothing())
      .returning('event_id')
      .execute();
    for (const { event_id } of inserted) fresh.add(event_id);
  }
  return fresh;
};
