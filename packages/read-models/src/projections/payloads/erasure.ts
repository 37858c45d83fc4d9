import { isEvent } from '@mission-control/contracts';
import { type ProjectedEvent, statement } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';

/**
 * Empties what is content in the rows of erased payloads, and marks the arrivals that an erasure names. Later arrivals of these payloads have
 * no content in the rows either, so the rows are the same whether or not the keys of the arrivals still exist when they are applied.
 *
 * @param arrivedFirst by id, the payloads whose first arrival is among the events
 */
export const eraseContent = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
  arrivedFirst: Pick<ReadonlyMap<string, unknown>, 'has'>,
): Promise<void> => {
  const erasures = events.flatMap((event) => (isEvent(event, 'WebhookPayloadErased') ? [event.data] : []));
  const erased = erasures.map(({ payloadId }) => payloadId);
  if (erased.length > 0) {
    await erasePayloads(tx, [erased]);
    const named = erasures.flatMap(({ payloadId, revisions }) =>
      revisions.map((revision) => ({ payloadId, revision })),
    );
    await markArrivals(tx, [named.map((one) => one.payloadId), named.map((one) => one.revision)]);
  }
  const again = events.flatMap((event) =>
    isEvent(event, 'WebhookPayloadReceived') && !arrivedFirst.has(event.data.payloadId)
      ? event.data.payloadId
      : [],
  );
  if (erased.length + again.length > 0) await eraseArrivals(tx, [[...new Set([...erased, ...again])]]);
};

const markArrivals = statement(
  'mark_erased_arrivals',
  `update webhook_payload_arrivals arrival set erased = true
     from unnest($1::uuid[], $2::integer[]) named(payload_id, revision)
    where arrival.payload_id = named.payload_id and arrival.revision = named.revision`,
);

const erasePayloads = statement(
  'erase_payloads',
  `update board_webhook_payloads
      set payload = 'null', payload_encoding = 'erased', headers = '{}', request_headers = '{}', source_ip = null, content_type = null,
          event_type = null, sender = null
    where id = any($1::uuid[]) and payload_encoding <> 'erased'`,
);

const eraseArrivals = statement(
  'erase_arrivals',
  `update webhook_payload_arrivals arrival set source_ip = null
     from board_webhook_payloads payload
    where payload.id = any($1::uuid[]) and payload.payload_encoding = 'erased'
      and arrival.payload_id = payload.id and arrival.source_ip is not null`,
);
