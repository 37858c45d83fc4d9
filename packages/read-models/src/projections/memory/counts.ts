import { statement } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';

/** Rows that were actually inserted (or removed: negative). */
interface Moved {
  readonly board_id: string;
  readonly is_chat: boolean;
  readonly entries: number;
}

/** Adjusts the counters of lists by the rows actually inserted or removed. A counter at zero has no row. */
export const moveCounts = async (tx: Transaction<ReadModels>, moved: readonly Moved[]): Promise<void> => {
  if (moved.length === 0) return;
  const emptied = await addToCounts(tx, [
    moved.map((one) => one.board_id),
    moved.map((one) => one.is_chat),
    moved.map((one) => one.entries),
  ]);
  if (emptied.length > 0) await removeEmptyCounts(tx, [emptied.map((one) => one.board_id)]);
};

const addToCounts = statement<{ board_id: string }>(
  'add_to_memory_counts',
  `with added as (
     insert into board_memory_counts as counted (board_id, is_chat, entries)
     select board_id, is_chat, sum(entries)
       from unnest($1::uuid[], $2::boolean[], $3::bigint[]) moved (board_id, is_chat, entries)
      group by board_id, is_chat
     on conflict (board_id, is_chat) do update set entries = counted.entries + excluded.entries
     returning board_id, entries)
   select board_id from added where entries = 0`,
);

const removeEmptyCounts = statement(
  'remove_empty_memory_counts',
  'delete from board_memory_counts where board_id = any($1::uuid[]) and entries = 0',
);
