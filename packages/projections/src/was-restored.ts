import { streams } from '@mission-control/contracts';
import { type EventStore, lastEvent } from '@mission-control/event-store';

/** Whether the log was marked as restored or copied: then it is the right one, although a checkpoint of before is not in it. */
export const wasRestored = async (store: EventStore): Promise<boolean> =>
  (await lastEvent(store, streams.installation, 'LogRestored')) !== undefined;
