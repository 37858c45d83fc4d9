import { setTimeout as delay } from 'node:timers/promises';
import { newRandomId } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import type { Outstanding, OutstandingDeliveries } from '../outstanding/outstanding.ts';
import { isSettled } from './settled.ts';

export interface Sweep {
  readonly store: EventStore;
  readonly outstanding: OutstandingDeliveries;
  /** Milliseconds. */
  readonly afterMs: number;
  /** Whether the message with this sequence is still in the stream. */
  readonly isWaiting: (sequence: number) => Promise<boolean>;
  readonly publishAgain: (delivery: Outstanding, messageId: string) => Promise<void>;
}

/** A sweep looks at no more deliveries than this; the next one continues. */
const sweptAtOnce = 500;
/** JetStream is asked in small groups with pauses, so that new deliveries do not wait behind a sweep. */
const askedAtOnce = 20;
const pauseMs = 20;

/**
 * Checks deliveries that have had no outcome for too long. A delivery whose message is still in the stream is left alone; otherwise each
 * sweep would double a long queue. Of the others, the settled ones are forgotten. The rest are published again under a new message id,
 * because the stream would drop the old one.
 */
export const sweepOnce = async (sweep: Sweep): Promise<void> => {
  const { store, outstanding, afterMs, isWaiting } = sweep;
  const overdue = outstanding.unseenSince(performance.now() - afterMs, sweptAtOnce);
  while (overdue.length > 0) {
    const some = overdue.splice(0, askedAtOnce);
    const waiting = await Promise.all(some.map(({ published }) => isWaiting(published?.sequence ?? 0)));
    for (const [i, delivery] of some.entries()) {
      if (!outstanding.has(delivery)) continue;
      if (waiting[i]) {
        if (delivery.published) delivery.published.seenAt = performance.now();
      } else if (await isSettled(store, delivery.reference)) {
        outstanding.forget(delivery.reference.cause.eventId);
      } else if (outstanding.has(delivery)) await sweep.publishAgain(delivery, newRandomId());
    }
    if (overdue.length > 0) await delay(pauseMs);
  }
};
