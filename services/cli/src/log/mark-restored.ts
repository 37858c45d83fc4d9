import { streams } from '@mission-control/contracts';
import type { EventStore, RecordedEvent } from '@mission-control/event-store';
import { eventOf } from './events.ts';

/**
 * Marks the log: from now on, notifiers look up every delivery that has no outcome before this before they send it first.
 *
 * @param id with the same id the log is marked once
 */
export const markRestored = async (
  store: EventStore,
  origin: 'backup' | 'copy',
  id?: string,
): Promise<{ marked: boolean }> => {
  if (id !== undefined) {
    for await (const event of store.readStream(streams.installation))
      if (event.id === id) return { marked: false };
  }
  const mark = eventOf({ type: 'LogRestored', data: { origin } }, id);
  const result = await store.append(streams.installation, 'any', [mark]);
  if (!result.ok)
    throw new Error(`the stream ${streams.installation} cannot be appended to: ${result.reason}`);
  return { marked: true };
};

/** A copy marks itself, so this event is not in its source. */
export const isMarkOfCopy = ({ type, data }: RecordedEvent): boolean =>
  type === 'LogRestored' && (data as { origin?: string }).origin === 'copy';
