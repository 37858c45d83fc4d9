export interface BoardMemoryRow {
  readonly id: string;
  readonly board_id: string;
  readonly content: string;
  readonly tags: readonly string[];
  readonly source: string | null;
  readonly is_chat: boolean;
  readonly webhook_id: string | null;
  readonly payload_id: string | null;
  readonly created_at: string;
  /** Of the event that made it; null once it has been kept beyond its webhook, which is no news. */
  readonly position: bigint | null;
}

/** Written by the projection `memory` only. */
export interface MemoryTables {
  board_memory: BoardMemoryRow;
  board_memory_counts: { readonly board_id: string; readonly is_chat: boolean; readonly entries: bigint };
  /** A webhook's instruction from this revision of its configuration on. */
  webhook_instructions: {
    readonly webhook_id: string;
    readonly revision: number;
    readonly description: string;
  };
  /** Boards and webhooks that are gone for good; `cleaned`: their entries are gone too. */
  memory_deleted_owners: { readonly owner_id: string; readonly cleaned: boolean };
}
