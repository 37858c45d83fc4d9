export interface BoardMemoryRow {
  readonly id: string;
  readonly board_id: string;
  readonly content: string;
  readonly tags: readonly string[];
  readonly source: string | null;
  readonly is_chat: boolean;
  readonly webhook_id: string | null;
  readonly payload_id: string | null;
  /** Of the payload; null: it has none, or the entry is about no payload. */
  readonly event_type: string | null;
  /** What became of the payload: `filtered: notify_when`. The tags mention it, too. null: nothing that entries mention. */
  readonly note: string | null;
  /** The event `PayloadsCoalesced` by which the payload is told together with others; null: it is not, or the entry has been kept. */
  readonly coalesced_id: string | null;
  readonly created_at: string;
  /**
   * The position of the event that created it; null once the entry has been kept beyond its webhook: that is not a new entry for
   * followers.
   */
  readonly position: bigint | null;
}

/** Written by the projection `memory` only. */
export interface MemoryTables {
  board_memory: BoardMemoryRow;
  board_memory_counts: { readonly board_id: string; readonly is_chat: boolean; readonly entries: bigint };
  /** What entries depend on, from this revision of a webhook's configuration on. */
  webhook_instructions: {
    readonly webhook_id: string;
    readonly revision: number;
    readonly description: string;
    readonly event_type: string;
    readonly message_fields: readonly string[];
    readonly message_template: string | null;
  };
  /** Boards and webhooks that are deleted for good. `cleaned`: their entries are deleted too. */
  memory_deleted_owners: { readonly owner_id: string; readonly cleaned: boolean };
  /**
   * Entries that never come back: of payloads that were removed (the owner is the webhook), and pruned ones (the owner is the board). Only
   * those whose payload may arrive again.
   */
  memory_removed_entries: { readonly owner_id: string; readonly entry_id: string };
}
