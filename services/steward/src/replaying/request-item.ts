import { aggregates, expecting, loadAggregate } from '@mission-control/aggregates';
import { asEvent, type EventContext, replayedDeliveryIdOf, streams } from '@mission-control/contracts';
import {
  decideItem,
  type ItemOutcome,
  outcomeOf,
  type RequestedReplay,
  type SkipReason,
} from '@mission-control/domain';
import { type EventStore, isTombstoned } from '@mission-control/event-store';
import type { ReplayItem } from './replay-items.ts';

export type Handled =
  | { readonly kind: 'appended' }
  /** Before, by this or another process. */
  | { readonly kind: 'requested'; readonly outcome: ItemOutcome }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/**
 * Requests the delivery of an item, unless that has been done, by whichever process and however long ago: the id of the request follows
 * from the replay and the payload, and it is appended on the basis of all deliveries of the payload.
 *
 * @param aboutToAppend called before the request is in the log, so that nothing that follows from it is missed
 */
export const requestItem = async (
  store: EventStore,
  { replayId, boardId, agentId, reason }: RequestedReplay,
  { payloadId, place }: ReplayItem,
  context: EventContext,
  aboutToAppend: () => void,
): Promise<Handled> => {
  const stream = streams.delivery(payloadId);
  // The deliveries of a payload that is deleted or expires are tombstoned, and its arrival may be readable for longer.
  const isGone = () => isTombstoned(store, stream);
  if (place === null)
    return { kind: 'skipped', reason: (await isGone()) ? 'payload_gone' : 'payload_not_found' };
  const { webhookId, arrivalRevision } = place;
  const deliveryId = replayedDeliveryIdOf(replayId, payloadId);
  for (;;) {
    const [arrival, deliveries] = await Promise.all([
      store.readEvent(streams.payloads(webhookId), arrivalRevision),
      loadAggregate(store, aggregates.deliveries, payloadId),
    ]);
    const decision = decideItem(deliveries.state, deliveryId);
    if (decision === 'requested')
      return { kind: 'requested', outcome: outcomeOf(deliveries.state, deliveryId) };
    if (arrival === 'gone') return { kind: 'skipped', reason: 'payload_gone' };
    if (decision === 'skip') {
      const reason = deliveries.revision < 0 && (await isGone()) ? 'payload_gone' : 'still_delivering';
      return { kind: 'skipped', reason };
    }
    const data = { payloadId, boardId, webhookId, arrivalRevision, agentId, reason, replayId };
    const request = asEvent({ type: 'RedeliveryRequested', data }, context, deliveryId);
    aboutToAppend();
    const result = await store.append(stream, expecting(deliveries), [request]);
    if (result.ok) return { kind: 'appended' };
    if (result.reason === 'stream_deleted') return { kind: 'skipped', reason: 'payload_gone' };
  }
};
