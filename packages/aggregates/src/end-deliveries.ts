import { asEvent, type EventContext } from '@mission-control/contracts';
import { endedForRemoval, endForRemoval } from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';
import { aggregates } from './aggregate.ts';
import { expecting, loadAggregate } from './load.ts';

type Removal = Parameters<typeof endForRemoval>[2];

/**
 * Ends the outstanding deliveries of a payload before it is removed. If another process appends at the same time, decides again.
 *
 * @returns how many were ended now, and whether any ended for the removal, now or in an earlier call
 */
export const endDeliveries = async (
  store: EventStore,
  payload: Parameters<typeof endForRemoval>[1],
  removal: Removal,
  context: EventContext,
): Promise<{ readonly ended: number; readonly undelivered: boolean }> => {
  for (;;) {
    const loaded = await loadAggregate(store, aggregates.deliveries, payload.payloadId);
    const facts = endForRemoval(loaded.state, payload, removal);
    if (facts.length === 0) return { ended: 0, undelivered: endedForRemoval(loaded.state) };
    const events = facts.map((fact) => asEvent(fact, context));
    const result = await store.append(
      aggregates.deliveries.stream(payload.payloadId),
      expecting(loaded),
      events,
    );
    if (result.ok) return { ended: events.length, undelivered: true };
    // Another process has removed the payload already.
    if (result.reason === 'stream_deleted') return { ended: 0, undelivered: false };
  }
};
