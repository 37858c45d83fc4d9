import type { DomainEvent } from '@mission-control/contracts';
import { eventTypeOfTags } from '@mission-control/domain';
import type { ProjectedEvent } from '@mission-control/projections';
import { sql, type Transaction } from 'kysely';
import type { BoardMemoryRow } from '../../tables/memory.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import { rowsStatement } from '../rows-statement.ts';
import { inChunks, storable } from '../statements.ts';
import { moveCounts } from './counts.ts';
import { settings } from './settings.ts';
import type { Removal } from './without-deleted.ts';

/** An entry that a person or an agent wrote. */
export const writtenEntry = ({
  data,
  metadata,
  position,
}: ProjectedEvent & DomainEvent<'MemoryEntryAdded'>): BoardMemoryRow => ({
  id: data.entryId,
  board_id: data.boardId,
  content: data.content,
  tags: data.tags,
  source: data.source,
  is_chat: data.isChat,
  ...{ webhook_id: null, payload_id: null, event_type: null, note: null, coalesced_id: null },
  created_at: metadata.occurredAt,
  position,
});

/** Adds entries that do not exist yet, and counts them. The first event with an entry's id determines the entry. */
export const addEntries = rowsStatement<BoardMemoryRow>(
  'add_entries',
  {
    ...{ id: 'uuid', board_id: 'uuid', content: 'text', tags: 'text[]', source: 'text', is_chat: 'boolean' },
    ...{ webhook_id: 'uuid', payload_id: 'uuid', event_type: 'text', note: 'text', coalesced_id: 'uuid' },
    ...{ created_at: 'timestamptz', position: 'numeric' },
  },
  (columns, rows) =>
    `with added as (
       insert into board_memory (${columns}) select ${columns} from ${rows} entry
       on conflict do nothing returning board_id, is_chat)
     insert into board_memory_counts as counted (board_id, is_chat, entries)
     select board_id, is_chat, count(*) from added group by board_id, is_chat
     on conflict (board_id, is_chat) do update set entries = counted.entries + excluded.entries`,
);

/**
 * Entries that outlive their payloads. They replace the payload's entry completely, so that the row is the same whether or not
 * the payload's event can still be read.
 */
export const keepEntries = async (
  tx: Transaction<ReadModels>,
  events: readonly (ProjectedEvent & DomainEvent<'MemoryEntryKept'>)[],
): Promise<void> => {
  const newest = new Map(events.map(({ data }) => [data.entryId, data]));
  for (const chunk of inChunks([...newest.values()])) {
    const rows = chunk.map(
      (data): BoardMemoryRow => ({
        id: data.entryId,
        board_id: data.boardId,
        content: data.content,
        tags: data.tags,
        source: 'webhook',
        is_chat: data.isChat,
        webhook_id: data.webhookId,
        payload_id: data.payloadId,
        event_type: eventTypeOfTags(data.tags),
        ...{ note: data.note ?? null, coalesced_id: null },
        created_at: data.createdAt,
        position: null,
      }),
    );
    // xmax is 0 for rows that were inserted, not updated.
    const written = await tx
      .insertInto('board_memory')
      .values(rows.map(storable))
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((set) => ({
          content: set.ref('excluded.content'),
          tags: set.ref('excluded.tags'),
          event_type: set.ref('excluded.event_type'),
          note: set.ref('excluded.note'),
          coalesced_id: null,
          created_at: set.ref('excluded.created_at'),
          position: null,
        })),
      )
      .returning(['board_id', 'is_chat', sql<boolean>`xmax = 0`.as('inserted')])
      .execute();
    await moveCounts(
      tx,
      written.filter((row) => row.inserted).map((row) => ({ ...row, entries: 1 })),
    );
  }
};

const rowsAtATime = 10_000;

/** Removes what a deleted board or webhook leaves, some thousand rows per statement, so that no statement times out. */
export const removeEntries = async (
  tx: Transaction<ReadModels>,
  removals: readonly Removal[],
): Promise<void> => {
  for (const { kind, id, cleaned } of removals) {
    if (kind === 'webhook') await settings.forget(tx, [id]);
    if (cleaned) await removeEntriesOf(tx, kind === 'board' ? 'board_id' : 'webhook_id', id);
  }
};

const removeEntriesOf = async (
  tx: Transaction<ReadModels>,
  owner: 'board_id' | 'webhook_id',
  id: string,
): Promise<void> => {
  for (;;) {
    const { rows } = await sql<{ board_id: string; is_chat: boolean; entries: bigint }>`
      with gone as (
        delete from board_memory
         where id = any(array(select id from board_memory where ${sql.ref(owner)} = ${id} limit ${rowsAtATime}))
        returning board_id, is_chat)
      select board_id, is_chat, count(*) as entries from gone group by board_id, is_chat`.execute(tx);
    if (rows.length === 0) return;
    await moveCounts(
      tx,
      rows.map((row) => ({ ...row, entries: -Number(row.entries) })),
    );
  }
};
