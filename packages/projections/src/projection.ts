import type { DomainEvent } from '@mission-control/contracts';
import type { EventFilter, Position, RecordedEvent } from '@mission-control/event-store';
import type { Transaction } from 'kysely';

/** A parsed event with its revision in its stream, its position in the log, and when the log recorded it. */
export type ProjectedEvent = DomainEvent & {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  /** ISO-8601 UTC. In a copy of a log it is the time of the copy, so only the audit index uses it. */
  readonly recordedAt: string;
};

/**
 * Turns events into the rows of a read model. `apply` is the same code for live events and for a rebuild. Applying an event again
 * changes nothing, and batch boundaries make no difference to the rows.
 */
export interface Projection<DB, Name extends string = string> {
  /** Also the name of its checkpoint. */
  readonly name: Name;
  /** Raise it when the rows must be rebuilt: the runner then empties the tables and starts from the first event. */
  readonly version: number;
  readonly filter: EventFilter;
  /** The tables of this projection. Only this projection writes to them. */
  readonly tables: readonly (keyof DB & string)[];
  /**
   * The memory that an event needs while it is applied, in addition to its stored data, in bytes: a batch has to fit into memory.
   * Absent: none.
   *
   * @param data of an event that passed the filter, not parsed yet
   */
  readonly extraBytes?: (data: RecordedEvent['data']) => number;
  /**
   * Types of events for whose rows no request waits. While they keep coming, they are applied together, some ten milliseconds later.
   * Absent: every event is applied as soon as the reader has caught up.
   */
  readonly unhurried?: readonly string[];
  /** How long events of these types wait for more of them, in ms; absent: as the runner's limits say. Larger batches cost less. */
  readonly lingerMs?: number;
  /**
   * Does in advance what takes time and needs no rows, such as making the texts of an event, and remembers it for `apply`. Called while
   * Postgres stores the batch before. `apply` does not rely on it. Absent: there is nothing to do in advance.
   */
  readonly prepare?: (event: ProjectedEvent) => void;
  /** Applies at least one event, in log order. Runs in the transaction that stores the checkpoint. */
  apply(tx: Transaction<DB>, events: readonly ProjectedEvent[]): Promise<void>;
}
