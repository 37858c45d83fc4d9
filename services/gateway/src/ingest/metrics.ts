import { type Metrics, Tally } from '@mission-control/runtime';
import type { Capacity } from './capacity.ts';

export interface IngestMetrics {
  /** @param code `accepted`, `challenge_answered`, or the stable code of the rejection */
  readonly answered: (status: number, code: string) => void;
  /** A payload is durable. */
  readonly accepted: (bytes: number) => void;
}

export const createIngestMetrics = (meter: Metrics['meter'], capacity: Capacity): IngestMetrics => {
  const counter = (name: string, unit: string, description: string) =>
    meter.createCounter(`mission_control.${name}`, { description, unit });
  const gauge = (name: string, unit: string, description: string, read: () => number) =>
    meter
      .createObservableGauge(`mission_control.${name}`, { description, unit })
      .addCallback((result) => result.observe(read()));
  const answers = new Tally(meter, 'mission_control.ingest.requests', {
    description: 'Answers of ingest by status and code.',
    unit: '{request}',
  });
  const rejections = counter('ingest.rejections', '{request}', 'Requests that ingest did not accept.');
  const payloads = counter('ingest.payloads', '{payload}', 'Arrivals that are stored durably.');
  const bytes = counter('ingest.io', 'By', 'Bytes of accepted bodies.');
  payloads.add(0);
  bytes.add(0);
  gauge('ingest.active_requests', '{request}', 'Requests to ingest in progress.', () => capacity.requests);
  gauge('ingest.buffer.usage', 'By', 'Bytes of bodies in memory.', () => capacity.bytes);
  return {
    answered: (status, code) => {
      const attributes = answers.count(`${status} ${code}`, () => ({
        'http.response.status_code': status,
        code,
      }));
      if (status >= 300) rejections.add(1, attributes);
    },
    accepted: (size) => {
      payloads.add(1);
      bytes.add(size);
    },
  };
};
