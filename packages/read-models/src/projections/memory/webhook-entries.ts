import { type DomainEvent, memoryEntryIdOf } from '@mission-control/contracts';
import { memoryText } from '@mission-control/domain';
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
  return received.map(({ data, position }, i) => ({
    id: memoryEntryIdOf(data.payloadId),
    board_id: data.boardId,
    content: memoryText({ payload: data, instruction: instructions[i] ?? '' }),
    tags: ['webhook', `webhook:${data.webhookId}`, `payload:${data.payloadId}`],
    source: 'webhook',
    is_chat: false,
    webhook_id: data.webhookId,
    payload_id: data.payloadId,
    created_at: data.receivedAt,
    position,
  }));
};
