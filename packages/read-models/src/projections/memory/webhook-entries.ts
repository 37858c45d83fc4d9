import type { DomainEvent } from '@mission-control/contracts';
import { memoryEntryOf } from '@mission-control/domain';
import type { ProjectedEvent } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { BoardMemoryRow } from '../../tables/memory.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import { instructionsInForce } from './instructions.ts';

type Received = ProjectedEvent & DomainEvent<'WebhookPayloadReceived'>;

/** An entry for each payload, under the instruction that was in force when it arrived. */
export const webhookEntries = async (
  tx: Transaction<ReadModels>,
  received: readonly Received[],
): Promise<BoardMemoryRow[]> => {
  if (received.length === 0) return [];
  const instructions = await instructionsInForce(
    tx,
    received.map(({ data }) => ({ webhookId: data.webhookId, revision: data.webhookRevision })),
  );
  return received.map(({ data, position }, i) => {
    const { entryId, createdAt, ...entry } = memoryEntryOf({
      payload: data,
      instruction: instructions[i] ?? '',
    });
    return {
      id: entryId,
      ...entry,
      board_id: data.boardId,
      is_chat: false,
      webhook_id: data.webhookId,
      payload_id: data.payloadId,
      created_at: createdAt,
      position,
    };
  });
};
