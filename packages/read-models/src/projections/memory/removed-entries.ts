import { isEvent, isOrderedId, memoryEntryIdOf } from '@mission-control/contracts';
import { type ProjectedEvent, statement } from '@mission-control/projections';
import { sql, type Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';
import { anyOf } from '../statements.ts';
import { moveCounts } from './counts.ts';

/** An entry that is removed for good. */
interface RemovedEntry {
  readonly ownerId: string;
  readonly entryId: string;
  /** Whether its payload may arrive again, or may be kept when its webhook is deleted. */
  readonly mayReturn: boolean;
}

/** The entries that an event removes: those of removed payloads, and pruned ones. */
export const entriesRemovedBy = (event: ProjectedEvent): RemovedEntry[] => {
  if (isEvent(event, 'MemoryEntriesPruned')) {
    const { boardId, entryIds } = event.data;
    return entryIds.map((entryId) => ({ ownerId: boardId, entryId, mayReturn: !isOrderedId(entryId) }));
  }
  const ofPayload = (ownerId: string, payloadId: string): RemovedEntry => ({
    ownerId,
    entryId: memoryEntryIdOf(payloadId),
    mayReturn: !isOrderedId(payloadId),
  });
  if (isEvent(event, 'WebhookPayloadDeleted', 'WebhookPayloadErased'))
    return [ofPayload(event.data.webhookId, event.data.payloadId)];
  if (!isEvent(event, 'WebhookPayloadsExpired')) return [];
  const { webhookId, payloadIds = [] } = event.data;
  return payloadIds.map((id) => ofPayload(webhookId, id));
};

/** The entries that may not come back, by owner: those of earlier batches, and those that are added. */
export class RemovedEntries {
  readonly #byOwner: Map<string, Set<string>>;
  readonly #added: RemovedEntry[] = [];

  private constructor(byOwner: Map<string, Set<string>>) {
    this.#byOwner = byOwner;
  }

  static async load(
    tx: Transaction<ReadModels>,
    ownerIds: readonly string[],
    events: readonly ProjectedEvent[],
  ): Promise<RemovedEntries> {
    const entryIds = events.flatMap(entryIdsOf);
    const byOwner = new Map<string, Set<string>>();
    if (entryIds.length === 0) return new RemovedEntries(byOwner);
    for (const row of await selectRemoved(tx, [ownerIds, entryIds]))
      byOwner.set(row.owner_id, (byOwner.get(row.owner_id) ?? new Set()).add(row.entry_id));
    return new RemovedEntries(byOwner);
  }

  has(entryId: string, ...ownerIds: readonly string[]): boolean {
    return ownerIds.some((ownerId) => this.#byOwner.get(ownerId)?.has(entryId));
  }

  /** The same for the entry of a payload. Its id is derived only if its owners have removed entries: that takes a hash. */
  hasOf(payloadId: string, ownerIds: readonly string[]): boolean {
    return (
      ownerIds.some((ownerId) => this.#byOwner.has(ownerId)) &&
      this.has(memoryEntryIdOf(payloadId), ...ownerIds)
    );
  }

  add(entry: RemovedEntry): void {
    this.#added.push(entry);
    if (!entry.mayReturn) return;
    this.#byOwner.set(entry.ownerId, (this.#byOwner.get(entry.ownerId) ?? new Set()).add(entry.entryId));
  }

  /** The owner is deleted. What it keeps is kept on purpose. */
  forget(ownerId: string): void {
    this.#byOwner.delete(ownerId);
  }

  /** Removes the rows of the added entries, and remembers those that may come back. */
  async save(tx: Transaction<ReadModels>): Promise<void> {
    if (this.#added.length === 0) return;
    await removeById(
      tx,
      this.#added.map(({ entryId }) => entryId),
    );
    const remembered = this.#added.filter(({ entryId, ownerId }) => this.has(entryId, ownerId));
    await insertRemoved(tx, [
      remembered.map(({ ownerId }) => ownerId),
      remembered.map(({ entryId }) => entryId),
    ]);
  }
}

/** The entries that an event would write, if they may have been removed before. */
const entryIdsOf = (event: ProjectedEvent): string[] => {
  if (isEvent(event, 'WebhookPayloadReceived'))
    return isOrderedId(event.data.payloadId) ? [] : [memoryEntryIdOf(event.data.payloadId)];
  if (isEvent(event, 'MemoryEntryAdded')) return isOrderedId(event.data.entryId) ? [] : [event.data.entryId];
  return isEvent(event, 'MemoryEntryKept') ? [event.data.entryId] : [];
};

const selectRemoved = statement<{ owner_id: string; entry_id: string }>(
  'select_removed_entries',
  `select owner_id, entry_id from memory_removed_entries
    where owner_id = any($1::uuid[]) and entry_id = any($2::uuid[])`,
);

const insertRemoved = statement(
  'insert_removed_entries',
  `insert into memory_removed_entries (owner_id, entry_id)
   select * from unnest($1::uuid[], $2::uuid[]) on conflict do nothing`,
);

const removeById = async (tx: Transaction<ReadModels>, ids: readonly string[]): Promise<void> => {
  const { rows } = await sql<{ board_id: string; is_chat: boolean; entries: bigint }>`
    with gone as (delete from board_memory where id = ${anyOf(ids)} returning board_id, is_chat)
    select board_id, is_chat, count(*) as entries from gone group by board_id, is_chat`.execute(tx);
  await moveCounts(
    tx,
    rows.map((row) => ({ ...row, entries: -Number(row.entries) })),
  );
};

export const forgetRemovedEntriesOf = async (
  tx: Transaction<ReadModels>,
  ownerIds: readonly string[],
): Promise<void> => {
  if (ownerIds.length === 0) return;
  await tx.deleteFrom('memory_removed_entries').where('owner_id', '=', anyOf(ownerIds)).execute();
};
