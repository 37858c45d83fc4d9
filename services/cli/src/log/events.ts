import { asEvent, type EventType, type Fact, newOrderedId } from '@mission-control/contracts';
import type { EventStore, NewEvent, Position } from '@mission-control/event-store';

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

/** The stream's last visible revision; -1: it shows none. */
export const lastRevision = async (store: EventStore, stream: string): Promise<number> => {
  for await (const { revision } of store.readStream(stream, { direction: 'backwards', limit: 1 }))
    return revision;
  return -1;
};
