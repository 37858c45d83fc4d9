import { isEvent, isStoredEncrypted } from '@mission-control/contracts';
import type { ProjectedEvent } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { WebhookPayloadArrivalRow } from '../../tables/payloads.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import { rowsStatement } from '../rows-statement.ts';
import { contentDigestOf } from './payload-row.ts';

/** Adds a row for each arrival. Resolves to the ids of the events that were new; only these count. */
export const addArrivals = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
): Promise<Set<string>> => {
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
            encrypted: isStoredEncrypted(event),
          },
        ]
      : [],
  );
  const inserted = await insertArrivals(tx, rows);
  return new Set(inserted.map(({ event_id }) => event_id));
};

const insertArrivals = rowsStatement<
  Omit<WebhookPayloadArrivalRow, 'erased'>,
  Pick<WebhookPayloadArrivalRow, 'event_id'>
>(
  'insert_arrivals',
  {
    ...{ event_id: 'uuid', payload_id: 'uuid', webhook_id: 'uuid', revision: 'integer' },
    ...{
      received_at: 'timestamptz',
      source_ip: 'text',
      sha256: 'text',
      content_sha256: 'text',
      size: 'integer',
      encrypted: 'boolean',
    },
  },
  (columns, rows) =>
    `insert into webhook_payload_arrivals (${columns}) select ${columns} from ${rows} arrival
     on conflict do nothing returning event_id`,
);
