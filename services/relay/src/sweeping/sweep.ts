import { laneConsumer, newRandomId } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import type { LaneState } from '@mission-control/messaging';
import type { Outstanding, OutstandingDeliveries } from '../outstanding/outstanding.ts';
import { isSettled } from './settled.ts';

export interface Sweep {
  readonly store: EventStore;
  readonly outstanding: OutstandingDeliveries;
  /** Milliseconds. */
  readonly afterMs: number;
  readonly listLanes: () => Promise<readonly LaneState[]>;
  readonly publishAgain: (delivery: Outstanding, messageId: string) => Promise<void>;
}

/**
 * Checks deliveries that have had no outcome for too long. A delivery whose message still waits in its lane is left alone;
 * otherwise each sweep would double a long queue. Of the others, the settled ones are forgotten. The rest are published again
 * under a new message id, because the stream would drop the old one.
 */
export const sweepOnce = async (sweep: Sweep): Promise<void> => {
  const overdue = sweep.outstanding.publishedBefore(performance.now() - sweep.afterMs);
  if (overdue.length === 0) return;
  const lanes = new Map((await sweep.listLanes()).map((state) => [laneConsumer(state.lane), state]));
  for (const delivery of overdue) {
    if (!sweep.outstanding.has(delivery) || waits(delivery, lanes)) continue;
    const { reference } = delivery;
    if (await isSettled(sweep.store, reference)) sweep.outstanding.forget(reference.cause.eventId);
    else if (sweep.outstanding.has(delivery)) await sweep.publishAgain(delivery, newRandomId());
  }
};

/** Whether the message is still in its lane, waiting or being handled. */
const waits = ({ published }: Outstanding, lanes: ReadonlyMap<string, LaneState>): boolean => {
  if (published?.sequence == null) return published !== null;
  const state = lanes.get(laneConsumer(published.lane));
  return state !== undefined && !state.empty && published.sequence > state.settledUpTo;
};
