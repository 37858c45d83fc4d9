import { streams } from '@mission-control/contracts';
import { type EventStore, lastEvent, type Position } from '@mission-control/event-store';

/** Where the log was last marked as restored or copied; null: never. */
export const readRestoredAt = async (store: EventStore): Promise<Position | null> =>
  (await lastEvent(store, streams.installation, 'LogRestored'))?.position ?? null;
