import { type DomainEvent, memoryEntryIdOf } from '@mission-control/contracts';
import { type ProjectedEvent, statement } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';
import { inChunks } from '../statements.ts';
import type { Mentioned } from './mentions.ts';
import { entriesRemovedBy, forgetRemovedEntriesOf, RemovedEntries } from './removed-entries.ts';

type Of<T extends ProjectedEvent['type']> = ProjectedEvent & DomainEvent<T>;

/** The remaining events of a batch, without those of deleted boards and webhooks and of removed entries. */
export interface RemainingEvents {
  readonly configurations: Of<'WebhookCreated' | 'WebhookUpdated'>[];
  received: Of<'WebhookPayloadReceived'>[];
  added: Of<'MemoryEntryAdded'>[];
  kept: Of<'MemoryEntryKept'>[];
  readonly mentioned: Mentioned[];
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
 * no rows. Entries kept beyond their webhook are the exception, unless the deletion also deletes its entries. Removed entries leave no rows
 * either, and do not come back.
 */
export const withoutDeleted = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
): Promise<RemainingEvents> => {
  const owners = [...new Set(events.flatMap(ownersOf))];
  const deleted = await deletedOwners(tx, owners);
  const removed = await RemovedEntries.load(tx, owners, events);
  const remaining: RemainingEvents = {
    configurations: [],
    received: [],
    added: [],
    kept: [],
    mentioned: [],
    removals: [],
  };
  const remove = (removal: Removal): void => {
    if (deleted.has(removal.id)) return;
    deleted.set(removal.id, removal.cleaned);
    removed.forget(removal.id);
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
        if (!deleted.has(event.data.webhookId)) remaining.configurations.push(event);
        break;
      case 'WebhookPayloadReceived': {
        const { boardId, webhookId, payloadId } = event.data;
        const itsOwners = [boardId, webhookId];
        if (!itsOwners.some((owner) => deleted.has(owner)) && !removed.hasOf(payloadId, itsOwners))
          remaining.received.push(event);
        break;
      }
      case 'MemoryEntryAdded':
        if (!deleted.has(event.data.boardId) && !removed.has(event.data.entryId, event.data.boardId))
          remaining.added.push(event);
        break;
      case 'MemoryEntryKept':
        if (
          !deleted.has(event.data.boardId) &&
          deleted.get(event.data.webhookId) !== true &&
          !removed.has(event.data.entryId, ...ownersOf(event))
        )
          remaining.kept.push(event);
        break;
      case 'DeliveryFiltered':
      case 'PayloadsCoalesced':
        if (!ownersOf(event).some((owner) => deleted.has(owner))) remaining.mentioned.push(event);
        break;
      case 'WebhookPayloadsExpired':
      case 'WebhookPayloadDeleted':
      case 'WebhookPayloadErased':
      case 'MemoryEntriesPruned':
        if (!ownersOf(event).some((owner) => deleted.has(owner))) applyRemoval(event, removed, remaining);
    }
  }
  await saveDeletedOwners(tx, remaining.removals);
  await removed.save(tx);
  await forgetRemovedEntriesOf(
    tx,
    remaining.removals.map(({ id }) => id),
  );
  return remaining;
};

/** What the batch has written of them so far is dropped. */
const applyRemoval = (event: ProjectedEvent, removed: RemovedEntries, remaining: RemainingEvents): void => {
  const entries = entriesRemovedBy(event);
  for (const entry of entries) removed.add(entry);
  const ids = new Set(entries.map(({ entryId }) => entryId));
  remaining.received = remaining.received.filter((one) => !ids.has(entryIdOf(one)));
  remaining.added = remaining.added.filter(({ data }) => !ids.has(data.entryId));
  remaining.kept = remaining.kept.filter(({ data }) => !ids.has(data.entryId));
};

const entryIdOf = ({ data }: Of<'WebhookPayloadReceived'>): string => memoryEntryIdOf(data.payloadId);

const ownersOf = ({ data }: ProjectedEvent): string[] => [
  ...('boardId' in data ? [data.boardId ?? []].flat() : []),
  ...('webhookId' in data ? [data.webhookId ?? []].flat() : []),
];

const deletedOwners = async (
  tx: Transaction<ReadModels>,
  ownerIds: readonly string[],
): Promise<Map<string, boolean>> => {
  const rows = await selectDeletedOwners(tx, [ownerIds]);
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
