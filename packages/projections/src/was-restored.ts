import { parseEvent, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';

/** Whether the log was marked as restored or copied: then it is the right one, although a checkpoint of before is not in it. */
export const wasRestored = async (store: EventStore): Promise<boolean> => {
  for await (const recorded of store.readStream(streams.installation, { direction: 'backwards' })) {
    if (parseEvent(recorded).type === 'LogRestored') return true;
  }
  return false;
};
