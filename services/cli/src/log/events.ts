import { asEvent, type EventType, type Fact, newOrderedId } from '@mission-control/contracts';
import type { NewEvent, Position } from '@mission-control/event-store';

/** An event that a command appends itself. */
export const eventOf = <T extends EventType>(fact: Fact<T>, id: string = newOrderedId()): NewEvent =>
  asEvent(
    fact,
    {
      occurredAt: new Date().toISOString(),
      actor: { kind: 'service', id: 'events' },
      correlationId: id,
      causationId: null,
    },
    id,
  );

/** Where something is in a log: a checkpoint without the incarnation. */
export interface Place {
  readonly position: Position;
  readonly eventId: string;
}
