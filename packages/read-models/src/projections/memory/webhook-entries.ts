import type { DomainEvent } from '@mission-control/contracts';
import { memoryEntryOf, messageSettingOf, payloadEventType } from '@mission-control/domain';
import type { ProjectedEvent } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { BoardMemoryRow } from '../../tables/memory.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import { settings } from './settings.ts';

type Received = ProjectedEvent & DomainEvent<'WebhookPayloadReceived'>;

/** An entry for each payload, by the settings that were in force when it arrived. */
export const webhookEntries = async (
  tx: Transaction<ReadModels>,
  received: readonly Received[],
): Promise<BoardMemoryRow[]> => {
  if (received.length === 0) return [];
  const inForce = await settings.inForce(
    tx,
    received.map(({ data }) => ({ webhookId: data.webhookId, revision: data.webhookRevision })),
  );
  return received.map(({ data, position }, i) => {
    const webhook = inForce[i] as (typeof inForce)[number];
    const eventType = payloadEventType(data, webhook.event_type);
    const message = messageSettingOf({
      messageFields: webhook.message_fields,
      messageTemplate: webhook.message_template,
    });
    const of = { payload: data, instruction: webhook.description, eventType, message };
    const { entryId, createdAt, ...entry } = memoryEntryOf(of);
    return {
      id: entryId,
      ...entry,
      board_id: data.boardId,
      is_chat: false,
      webhook_id: data.webhookId,
      payload_id: data.payloadId,
      event_type: eventType.type,
      ...{ note: null, coalesced_id: null },
      created_at: createdAt,
      position,
    };
  });
};
