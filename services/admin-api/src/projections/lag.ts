import { occurredAtOf } from '@mission-control/contracts';
import type { EventFilter, EventStore } from '@mission-control/event-store';

export interface Lag {
  /** Events that are not applied yet; null: unknown, or too many to count. */
  readonly events: number | null;
  /** The age of the oldest of them; null: unknown. */
  readonly seconds: number | null;
}

/** Counting reads the events. */
const countedAtMost = 1_000;

/** What the log has for a projection after a position. */
export const lagAfter = async (store: EventStore, filter: EventFilter, position: bigint): Promise<Lag> => {
  let events = 0;
  let oldest: number | null = null;
  const limit = countedAtMost + 1;
  for await (const event of store.readAll({ from: position < 0n ? 'start' : position, filter, limit })) {
    oldest ??= Date.parse(occurredAtOf(event));
    events += 1;
  }
  return {
    events: events > countedAtMost ? null : events,
    seconds: oldest === null ? 0 : Math.max(0, Date.now() - oldest) / 1000,
  };
};
