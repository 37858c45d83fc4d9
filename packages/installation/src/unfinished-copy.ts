import { parseEvent, streams } from '@mission-control/contracts';
import { type EventStore, lastEvent } from '@mission-control/event-store';

/** The log is a copy whose copying was interrupted. What a service wrote to it would stand before events that are still to come. */
class UnfinishedCopy extends Error {
  readonly code = 'log_is_unfinished_copy';
  readonly operatorsError = true;

  constructor() {
    super(
      'The event store (EVENTSTORE_URL) holds a copy of a log that is not complete. Run the same "events copy" again; it continues where it ' +
        'was interrupted. Until then, start the services on the source of the copy, or not at all.',
    );
    this.name = 'UnfinishedCopy';
  }
}

/** @throws UnfinishedCopy */
export const requireNoUnfinishedCopy = async (store: EventStore): Promise<void> => {
  const recorded = await lastEvent(store, streams.logCopy);
  if (!recorded) return;
  const event = parseEvent(recorded);
  if (event.type === 'LogCopyProgressed' && event.data.status === 'copying') throw new UnfinishedCopy();
};
