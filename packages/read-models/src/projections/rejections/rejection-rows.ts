import type { DomainEvent } from '@mission-control/contracts';
import type { ProjectedEvent } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';
import type { WebhookRejectionRow } from '../../tables/rejections.ts';
import { inChunks, storable } from '../statements.ts';

type Refused = ProjectedEvent & DomainEvent<'WebhookRequestRefused'>;

/**
 * Adds a row for each rejection. If the store contains an event twice (an append whose outcome was unknown), the row has the
 * later position, which stays readable for longer.
 */
export const addRejections = async (
  tx: Transaction<ReadModels>,
  events: readonly Refused[],
): Promise<void> => {
  const rows = new Map(events.map((event) => [event.id, rejectionRow(event)]));
  for (const chunk of inChunks([...rows.values()])) {
    await tx
      .insertInto('webhook_rejections')
      .values(chunk.map(storable))
      .onConflict((conflict) =>
        conflict
          .column('event_id')
          .doUpdateSet((set) => ({
            stream_revision: set.ref('excluded.stream_revision'),
            position: set.ref('excluded.position'),
          }))
          .whereRef('excluded.position', '>', 'webhook_rejections.position'),
      )
      .execute();
  }
};

const rejectionRow = ({ id, data, metadata, revision, position }: Refused): WebhookRejectionRow => ({
  event_id: id,
  webhook_id: data.webhookId,
  board_id: data.boardId,
  refused_at: data.refusedAt,
  status: data.status,
  code: data.code,
  source_ip: data.sourceIp,
  declared_bytes: bytes(data.declaredBytes),
  received_bytes: bytes(data.receivedBytes),
  omitted: BigInt(data.omitted),
  request_id: metadata.correlationId,
  cause: data.cause ?? null,
  header_names: data.headerNames ?? null,
  stream_revision: revision,
  position,
});

const bytes = (count: number | null): bigint | null => (count === null ? null : BigInt(count));
