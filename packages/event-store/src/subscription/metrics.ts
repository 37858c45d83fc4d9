import type { Meter } from '@opentelemetry/api';

/** Where a subscription got events from: pages of its own, or the tail that the subscriptions of the process share. */
type Reader = 'pages' | 'tail';

export type CountBatch = (subscription: string, reader: Reader, events: number) => void;

/** Events per batch. Powers of 2 show whether batches grow with the load. */
const boundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096];

/** Batches without events are not counted: they only move a checkpoint. */
export const createBatchCounter = (meter: Meter | undefined): CountBatch => {
  const size = meter?.createHistogram('mission_control.event_store.subscription.batch.events', {
    description: 'Events that a subscription got at once.',
    unit: '{event}',
    advice: { explicitBucketBoundaries: boundaries },
  });
  return (subscription, reader, events) => {
    if (events > 0) size?.record(events, { subscription, reader });
  };
};
