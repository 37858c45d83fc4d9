import type { Actor, EventData } from '@mission-control/contracts';
import type { RequestedReplay, UnsuccessfulItem } from '@mission-control/domain';
import type { ColumnType } from 'kysely';

/** A replay. Its counts are those of its newest event. */
export interface ReplayRow {
  readonly id: string;
  readonly board_id: string;
  /** null: it was requested for the whole board. */
  readonly webhook_id: string | null;
  /** null: the agent that the webhook's configuration names. */
  readonly agent_id: string | null;
  readonly reason: string;
  /** Items per second at most. */
  readonly rate: number;
  readonly filter: ColumnType<EventData<'ReplayRequested'>['filter'], string, string>;
  readonly state: RequestedReplay['status'];
  readonly total: number;
  /** Items that were requested or skipped. */
  readonly handled: number;
  readonly under_way: number;
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly requested_by_kind: Actor['kind'];
  readonly requested_by: string;
  readonly created_at: string;
  readonly updated_at: string;
  /** When it was cancelled or completed. */
  readonly ended_at: string | null;
  /** Of its first event. */
  readonly position: bigint;
  /** Revision of the newest applied event. */
  readonly applied_revision: number;
}

/** An item that failed or was skipped. */
export interface ReplayItemRow {
  readonly replay_id: string;
  /** Its number in the list of the replay, from 0. */
  readonly item: number;
  readonly payload_id: string;
  /** null: no payload with this id was found. */
  readonly webhook_id: string | null;
  readonly state: UnsuccessfulItem['outcome'];
  readonly reason: string;
}

/** Written by the projection `replays` only. */
export interface ReplayTables {
  replays: ReplayRow;
  replay_items: ReplayItemRow;
}
