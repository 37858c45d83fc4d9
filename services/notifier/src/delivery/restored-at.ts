import { parseEvent, streams } from '@mission-control/contracts';
import type { EventStore, Position } from '@mission-control/event-store';

/** Where the log was last marked as restored or copied; null: never. */
export const readRestoredAt = async (store: EventStore): Promise<Position | null> => {
  for await (const recorded of store.readStream(streams.installation, { direction: 'backwards' })) {
    if (parseEvent(recorded).type === 'LogRestored') return recorded.position;
  }
  return null;
};
