import { createHistogram } from 'node:perf_hooks';
import autocannon from 'autocannon';

export interface LoadTarget {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  /** Milliseconds, as are the other percentiles. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly accepted: number;
  readonly notAccepted: number;
}

/**
 * Posts the same request `amount` times over keep-alive connections, each with one request under way. Bounded by count, so that every
 * request has an answer and answers can be compared with what was stored.
 */
export const postLoad = async (
  target: LoadTarget,
  options: { connections: number; amount: number },
): Promise<LoadResult> => {
  const latency = createHistogram({ lowest: 1, highest: 60_000_000 });
  let accepted = 0;
  const startedAt = performance.now();
  // The load generator itself ends on the full second only.
  let lastAnswerAt = startedAt;
  await new Promise<void>((resolve, reject) => {
    const run = autocannon(
      {
        url: target.url,
        method: 'POST',
        headers: target.headers,
        body: target.body,
        connections: options.connections,
        amount: options.amount,
      },
      (error) => (error ? reject(error) : resolve()),
    );
    run.on('response', (_client, status, _bytes, milliseconds) => {
      lastAnswerAt = performance.now();
      latency.record(Math.max(1, Math.round(milliseconds * 1000)));
      if (status === 202) accepted += 1;
    });
  });
  const seconds = (lastAnswerAt - startedAt) / 1000;
  const percentile = (p: number) => latency.percentile(p) / 1000;
  return {
    requestsPerSecond: options.amount / seconds,
    p50: percentile(50),
    p95: percentile(95),
    p99: percentile(99),
    accepted,
    notAccepted: options.amount - accepted,
  };
};
