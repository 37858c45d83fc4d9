import type { DomainEvent } from '@mission-control/contracts';
import { type ProjectedEvent, statement } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';
import { inChunks } from '../statements.ts';

type Of<T extends ProjectedEvent['type']> = ProjectedEvent & DomainEvent<T>;

/** The remaining events of a batch, without those of deleted boards and webhooks. */
export interface RemainingEvents {
  readonly instructions: Of<'WebhookCreated' | 'WebhookUpdated'>[];
  readonly received: Of<'WebhookPayloadReceived'>[];
  readonly added: Of<'MemoryEntryAdded'>[];
  readonly kept: Of<'MemoryEntryKept'>[];
  readonly removals: Removal[];
}

/** A board or webhook that this batch deletes. `cleaned`: its entries are deleted too. */
export interface Removal {
  readonly kind: 'board' | 'webhook';
  readonly id: string;
  readonly cleaned: boolean;
}

/**
 * Deletion is final: events of a deleted board or webhook (for example from a gateway that had not heard of the deletion) leave
 * no rows. Entries kept beyond their webhook are the exception, unless the deletion also deletes its entries.
 */
export const withoutDeleted = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
): Promise<RemainingEvents> => {
  const deleted = await deletedOwners(tx, events);
  const remaining: RemainingEvents = { instructions: [], received: [], added: [], kept: [], removals: [] };
  const remove = (removal: Removal): void => {
    if (deleted.has(removal.id)) return;
    deleted.set(removal.id, removal.cleaned);
    remaining.removals.push(removal);
  };
  for (const event of events) {
    switch (event.type) {
      case 'BoardDeleted':
        remove({ kind: 'board', id: event.data.boardId, cleaned: true });
        break;
      case 'WebhookDeleted':
        remove({ kind: 'webhook', id: event.data.webhookId, cleaned: event.data.cleanupMemory });
        break;
      case 'WebhookCreated':
      case 'WebhookUpdated':
        if (!deleted.has(event.data.webhookId)) remaining.instructions.push(event);
        break;
      case 'WebhookPayloadReceived':
        if (!deleted.has(event.data.boardId) && !deleted.has(event.data.webhookId))
          remaining.received.push(event);
        break;
      case 'MemoryEntryAdded':
        if (!deleted.has(event.data.boardId)) remaining.added.push(event);
        break;
      case 'MemoryEntryKept':
        if (!deleted.has(event.data.boardId) && deleted.get(event.data.webhookId) !== true)
          remaining.kept.push(event);
    }
  }
  await saveDeletedOwners(tx, remaining.removals);
  return remaining;
};

const deletedOwners = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
): Promise<Map<string, boolean>> => {
  const ids = events.flatMap(({ data }) => [
    ...('boardId' in data ? [data.boardId] : []),
    ...('webhookId' in data ? [data.webhookId] : []),
  ]);
  const rows = await selectDeletedOwners(tx, [[...new Set(ids)]]);
  return new Map(rows.map((row) => [row.owner_id, row.cleaned]));
};

const selectDeletedOwners = statement<{ owner_id: string; cleaned: boolean }>(
  'select_deleted_owners',
  'select owner_id, cleaned from memory_deleted_owners where owner_id = any($1::uuid[])',
);

const saveDeletedOwners = async (
  tx: Transaction<ReadModels>,
  removals: readonly Removal[],
): Promise<void> => {
  for (const chunk of inChunks(removals)) {
    await tx
      .insertInto('memory_deleted_owners')
      .values(chunk.map(({ id, cleaned }) => ({ owner_id: id, cleaned })))
      .execute();
  }
};
