import { streams } from '@mission-control/contracts';
import {
  type EventStore,
  EventStoreBusy,
  EventStoreError,
  EventStoreFailed,
  EventTooLarge,
} from '@mission-control/event-store';
import type { Arrival } from './arrival.ts';
import { rejectionErrors } from './rejection-errors.ts';

/**
 * Resolves once the arrival is durable.
 *
 * @throws ApiError 404 when the webhook was deleted meanwhile, 413 when the store accepts no event of this size, 503 when the store is
 * unreachable or answers with an unknown error
 */
export const storeArrival = async (
  store: EventStore,
  { event }: Arrival,
  onTooLarge: (error: EventTooLarge) => void,
): Promise<void> => {
  try {
    const result = await store.append(streams.payloads(event.data.webhookId), 'any', [event]);
    if (result.ok) return;
    if (result.reason === 'stream_deleted') throw rejectionErrors.notFound();
    throw rejectionErrors.storeUnavailable(
      new Error(`An append with any revision was rejected: ${result.reason}`),
    );
  } catch (error) {
    if (error instanceof EventStoreBusy) throw rejectionErrors.storeBusy(error);
    if (error instanceof EventTooLarge) {
      onTooLarge(error);
      throw rejectionErrors.tooLargeForStore(error);
    }
    // Not 500: the sender did nothing wrong and should retry. The store's own log entry states the error.
    if (error instanceof EventStoreFailed) throw rejectionErrors.storeFailed(error);
    if (error instanceof EventStoreError) throw rejectionErrors.storeUnavailable(error);
    throw error;
  }
};
