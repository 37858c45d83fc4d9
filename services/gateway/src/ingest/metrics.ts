import type { Metrics } from '@mission-control/runtime';
import type { Capacity } from './capacity.ts';

export interface IngestMetrics {
  /** @param code `accepted`, or the stable code of the rejection */
  readonly answered: (code: string) => void;
  readonly accepted: (bytes: number) => void;
  readonly timeAppend: <T>(append: () => Promise<T>) => Promise<T>;
}

export const createIngestMetrics = (meter: Metrics['meter'], capacity: Capacity): IngestMetrics => {
  const requests = meter.createCounter('ingest.requests', {
    description: 'Requests to ingest by outcome.',
    unit: '{request}',
  });
  const bytes = meter.createCounter('ingest.accepted.io', {
    description: 'Bytes of accepted payloads.',
    unit: 'By',
  });
  const appends = meter.createHistogram('ingest.append.duration', {
    description: 'Time from the decision to accept until the payload is durable.',
    unit: 's',
    advice: {
      explicitBucketBoundaries: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
  });
  meter
    .createObservableGauge('ingest.active_requests', {
      description: 'Requests to ingest in progress.',
      unit: '{request}',
    })
    .addCallback((result) => result.observe(capacity.requests));
  meter
    .createObservableGauge('ingest.buffer.usage', { description: 'Bytes of bodies in memory.', unit: 'By' })
    .addCallback((result) => result.observe(capacity.bytes));
  return {
    answered: (code) => requests.add(1, { code }),
    accepted: (size) => bytes.add(size),
    timeAppend: async (append) => {
      const startedAt = performance.now();
      try {
        return await append();
      } finally {
        appends.record((performance.now() - startedAt) / 1000);
      }
    },
  };
};
