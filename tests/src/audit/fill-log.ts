import { asEvent, type EventContext, newRandomId, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';

const perAppend = 1_000;
const perStream = 10_000;

/**
 * Makes a log long in little time: appends events that are sealed like any other, and that no service acts on. A copy of a log has them in
 * place of events that were hidden.
 */
export const appendPlaceholders = async (
  store: EventStore,
  count: number,
  context: EventContext,
): Promise<void> => {
  let stream = '';
  for (let at = 0; at < count; at += perAppend) {
    if (at % perStream === 0) stream = streams.memory(newRandomId());
    const events = Array.from({ length: Math.min(perAppend, count - at) }, () =>
      asEvent({ type: 'HiddenEventReplaced', data: {} }, context),
    );
    const result = await store.append(stream, 'any', events);
    if (!result.ok) throw new Error(`${stream}: ${result.reason}`);
  }
};
