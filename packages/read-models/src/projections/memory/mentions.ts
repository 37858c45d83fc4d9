import { type DomainEvent, isEvent, memoryEntryIdOf } from '@mission-control/contracts';
import { coalescedTag, deliveryNote, filteredTag } from '@mission-control/domain';
import { type ProjectedEvent, statement } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { BoardMemoryRow } from '../../tables/memory.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import { ChangedRows } from '../changed-rows.ts';
import { rowsStatement } from '../rows-statement.ts';

/** What entries mention of the deliveries of their payloads. */
export type Mentioned = ProjectedEvent & DomainEvent<'DeliveryFiltered' | 'PayloadsCoalesced'>;

type Entry = Pick<BoardMemoryRow, 'id' | 'position' | 'tags' | 'note' | 'coalesced_id'>;

/**
 * Lets the entries of payloads say that these were filtered, and why, or are told together with others. Only such entries are written again. What
 * was filtered first counts. An entry that was kept beyond its webhook says what its event says.
 */
export const mentionInEntries = async (
  tx: Transaction<ReadModels>,
  events: readonly Mentioned[],
): Promise<void> => {
  if (events.length === 0) return;
  const named = events.map((event) => ({ event, entryIds: entryIdsOf(event) }));
  const rows = await selectEntries(tx, [
    [...new Set(named.flatMap(({ entryIds }) => entryIds))],
    events.flatMap((event) => (isEvent(event, 'DeliveryFiltered') ? event.data.payloadId : [])),
  ]);
  const entries = new ChangedRows<Entry>(rows, ({ id }) => id);
  for (const { event, entryIds } of named) {
    for (const id of entryIds) {
      const entry = entries.get(id);
      if (entry) entries.put(mention(entry, event));
    }
    if (!isEvent(event, 'DeliveryFiltered')) continue;
    for (const { id } of rows) {
      const entry = entries.get(id);
      if (entry?.coalesced_id === event.data.payloadId) entries.put(mention(entry, event));
    }
  }
  await updateEntries(tx, entries.written);
};

const entryIdsOf = (event: Mentioned): string[] =>
  event.type === 'PayloadsCoalesced'
    ? event.data.payloads.map(({ payloadId }) => memoryEntryIdOf(payloadId))
    : [memoryEntryIdOf(event.data.payloadId)];

const mention = (entry: Entry, event: Mentioned): Entry => {
  // The arrival comes later in the log, or the entry has been kept.
  if (entry.position === null || entry.position >= event.position) return entry;
  const isFiltered = entry.tags.includes(filteredTag);
  if (event.type === 'DeliveryFiltered') {
    if (isFiltered) return entry;
    const note = deliveryNote({ filtered: event.data.reason, together: null });
    return { ...entry, tags: [...entry.tags, filteredTag], note };
  }
  if (entry.coalesced_id !== null) return entry;
  const tags = entry.tags.filter((tag) => tag !== filteredTag);
  return {
    ...entry,
    tags: [...tags, coalescedTag, ...(isFiltered ? [filteredTag] : [])],
    note: isFiltered ? entry.note : deliveryNote({ filtered: null, together: event.data.payloads.length }),
    coalesced_id: event.id,
  };
};

const selectEntries = statement<Entry>(
  'select_mentioning_entries',
  `select id, position, tags, note, coalesced_id from board_memory
    where id = any($1::uuid[]) or coalesced_id = any($2::uuid[])`,
);

const updateEntries = rowsStatement<Omit<Entry, 'position'>>(
  'update_mentioning_entries',
  { id: 'uuid', tags: 'text[]', note: 'text', coalesced_id: 'uuid' },
  (_, rows) =>
    `update board_memory entry set tags = changed.tags, note = changed.note, coalesced_id = changed.coalesced_id
       from ${rows} changed where entry.id = changed.id`,
);
