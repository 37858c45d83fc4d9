import type { DomainEvent } from '@mission-control/contracts';
import type { EventFilter, Position } from '@mission-control/event-store';
import type { Transaction } from 'kysely';

/** A parsed event with its place in its stream and in the log. */
export type ProjectedEvent = DomainEvent & {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  /** When the store took it in, ISO-8601 UTC. */
  readonly recordedAt: string;
};

/**
 * A read model made of events. `apply` is the same code for live events and for a rebuild; applying an event again changes
 * nothing, and where batches begin and end makes no difference to the rows.
 */
export interface Projection<DB> {
  /** Also the name of its checkpoint. */
  readonly name: string;
  /** Raised when the rows must be built anew: the runner then empties the tables and starts from the first event. */
  readonly version: number;
  readonly filter: EventFilter;
  /** Every table that only this projection writes. */
  readonly tables: readonly (keyof DB & string)[];
  /** Events in log order, at least one. Runs in the transaction that stores the checkpoint. */
  apply(tx: Transaction<DB>, events: readonly ProjectedEvent[]): Promise<void>;
}
