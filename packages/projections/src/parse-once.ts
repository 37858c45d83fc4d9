import { parseEvent } from '@mission-control/contracts';
import type { RecordedEvent } from '@mission-control/event-store';
import type { ProjectedEvent } from './projection.ts';

const parsed = new WeakMap<object, { recorded: RecordedEvent; event: ProjectedEvent }>();

/**
 * Parses an event like `parseEvent`. The projections of a process share what the event store hands out, so the first one that meets an
 * event parses it for all.
 */
export const parseOnce = (recorded: RecordedEvent): ProjectedEvent => {
  const { data, metadata, type } = recorded;
  if (typeof data !== 'object' || data === null) return parseEvent(recorded);
  const known = parsed.get(data);
  if (known && known.recorded.metadata === metadata && known.recorded.type === type) {
    return { ...recorded, type, data: known.event.data, metadata: known.event.metadata } as ProjectedEvent;
  }
  const event = parseEvent(recorded);
  parsed.set(data, { recorded, event });
  return event;
};
