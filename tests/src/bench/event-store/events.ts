import { randomUUID } from 'node:crypto';
import type { EventStore, NewEvent } from '@mission-control/event-store';

const text = 'x'.repeat(700);

/** An event of about 1 KiB including metadata, like that of a small webhook payload. */
export const sampleEvent = (): NewEvent => ({
  id: randomUUID(),
  type: 'BenchMeasured',
  data: { text, at: Date.now() },
  metadata: {
    schemaVersion: 1,
    occurredAt: '2026-03-05T12:00:00.000Z',
    actor: { kind: 'service', id: 'bench' },
    correlationId: 'bench',
    causationId: null,
  },
});

/** Appends `amount` events, one per append, over 16 streams, with `inFlight` at a time. Resolves to events per second. */
export const appendSingly = async (
  store: EventStore,
  options: { amount: number; inFlight: number; latencies?: number[]; event?: () => NewEvent },
): Promise<number> => {
  const run = randomUUID();
  const { event = sampleEvent } = options;
  let next = 0;
  const appender = async () => {
    while (next < options.amount) {
      const stream = `bench_append-${run}-${next++ % 16}`;
      const startedAt = performance.now();
      const result = await store.append(stream, 'any', [event()]);
      if (!result.ok) throw new Error(result.reason);
      options.latencies?.push(performance.now() - startedAt);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: options.inFlight }, appender));
  return (options.amount * 1000) / (performance.now() - startedAt);
};

/** Appends `amount` events quickly, a hundred per append. */
export const fill = async (store: EventStore, amount: number): Promise<void> => {
  const run = randomUUID();
  for (let done = 0; done < amount; ) {
    const appends = Array.from({ length: Math.min(20, Math.ceil((amount - done) / 100)) }, (_, n) => {
      const events = Array.from({ length: Math.min(100, amount - done - n * 100) }, sampleEvent);
      return store.append(`bench_fill-${run}-${(done / 100 + n) % 500}`, 'any', events);
    });
    const results = await Promise.all(appends);
    if (results.some(({ ok }) => !ok)) throw new Error('An append that fills the log was rejected.');
    done += 2_000;
  }
};
