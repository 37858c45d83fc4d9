import type { Metrics } from '@mission-control/runtime';
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
  const answers = new AnswerCounts();
  meter
    .createObservableCounter('mission_control.ingest.requests', {
      description: 'Answers of ingest by status and code.',
      unit: '{request}',
    })
    .addCallback((result) => {
      for (const { times, attributes } of answers.all()) result.observe(times, attributes);
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
      const { attributes } = answers.count(status, code);
      if (status >= 300) rejections.add(1, attributes);
    },
    accepted: (size) => {
      payloads.add(1);
      bytes.add(size);
    },
  };
};

interface AnswerCount {
  readonly attributes: { readonly 'http.response.status_code': number; readonly code: string };
  times: number;
}

/** Counted here and reported when metrics are read: a counter would sort and serialise the attributes of every request. */
class AnswerCounts {
  readonly #byStatus = new Map<number, Map<string, AnswerCount>>();

  count(status: number, code: string): AnswerCount {
    const ofStatus = this.#byStatus.get(status) ?? new Map<string, AnswerCount>();
    this.#byStatus.set(status, ofStatus);
    const attributes = { 'http.response.status_code': status, code };
    const count = ofStatus.get(code) ?? { attributes, times: 0 };
    ofStatus.set(code, count);
    count.times += 1;
    return count;
  }

  *all(): Iterable<AnswerCount> {
    for (const ofStatus of this.#byStatus.values()) yield* ofStatus.values();
  }
}
