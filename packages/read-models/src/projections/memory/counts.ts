import { sql, type Transaction } from 'kysely';
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
  const boards = moved.map((one) => one.board_id);
  await sql`
    insert into board_memory_counts as counted (board_id, is_chat, entries)
    select board_id, is_chat, sum(entries)
      from unnest(${boards}::uuid[], ${moved.map((one) => one.is_chat)}::boolean[],
                  ${moved.map((one) => one.entries)}::bigint[]) moved (board_id, is_chat, entries)
     group by board_id, is_chat
    on conflict (board_id, is_chat) do update set entries = counted.entries + excluded.entries`.execute(tx);
  await sql`
    delete from board_memory_counts where board_id = any(${boards}::uuid[]) and entries = 0`.execute(tx);
};
