import { openEventStore } from '@mission-control/event-store';
import { startProcess } from '../../system/service-process.ts';
import { type Comparison, compared } from '../compare.ts';
import { type LoadResult, postLoad } from './apache-bench.ts';
import { encryptionKey, startGateway } from './measured.ts';
import type { LoadOptions } from './speed.ts';
import { createWebhooks, signedRequest } from './webhooks.ts';

type Rounds = Omit<LoadResult, 'accepted'>[];

/** Rounds before those that count, as for the speed of ingest. */
const warmUps = 3;

/**
 * Two gateways on the same event store, one of which exports traces, metrics and logs to a receiver on this machine. The rounds alternate.
 *
 * @throws if the receiver has received nothing
 */
export const measureTelemetry = async (
  eventStoreUrl: string,
  { rounds, requests: amount, connections }: LoadOptions,
): Promise<{
  readonly comparisons: readonly Comparison[];
  readonly rounds: { on: Rounds; off: Rounds };
  /** Exports that the receiver answered. */
  readonly exports: number;
}> => {
  const store = await openEventStore(eventStoreUrl);
  const sink = startProcess('tests/dist/bench/ingest/otlp-sink.js');
  const [endpoint = ''] = await sink.printed(/http:\S+/);
  const [webhook] = await createWebhooks(store, encryptionKey, 1);
  if (!webhook) throw new Error('No webhook was created.');
  const exporting = {
    LOG_LEVEL: 'info',
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_METRIC_EXPORT_INTERVAL: '5000',
  };
  const on = await startGateway(eventStoreUrl, undefined, exporting);
  const off = await startGateway(eventStoreUrl, undefined, { LOG_LEVEL: 'info' });
  const results = { on: [] as Rounds, off: [] as Rounds };
  try {
    const request = signedRequest(webhook);
    for (let round = 1 - warmUps; round <= rounds; round += 1) {
      // The first one of a round may be slower, so the order alternates.
      const order = round % 2 === 0 ? (['on', 'off'] as const) : (['off', 'on'] as const);
      for (const which of order) {
        const { url } = which === 'on' ? on : off;
        const result = await postLoad(url, request, { connections, amount });
        if (round > 0) results[which].push(result);
        const name = round > 0 ? `round ${round}/${rounds}` : 'warm-up';
        process.stderr.write(
          `${name}  telemetry ${which}: ${result.requestsPerSecond.toFixed(0)}/s  p50 ${result.p50.toFixed(1)} ms  p99 ${result.p99.toFixed(1)} ms\n`,
        );
      }
    }
  } finally {
    await on.process.stop();
    await off.process.stop();
    await store.close();
    await sink.stop();
  }
  const exports = Number(/^received (\d+)$/m.exec(sink.output())?.[1] ?? 0);
  if (exports === 0) throw new Error('The gateway exported nothing.');
  const figures = (figure: 'requestsPerSecond' | 'p99') => ({
    product: results.on.map((one) => one[figure]),
    bare: results.off.map((one) => one[figure]),
  });
  return {
    comparisons: [
      compared(
        { name: 'requests: telemetry on / off', unit: '1/s', target: { atLeast: 0.9 } },
        figures('requestsPerSecond'),
      ),
      compared({ name: 'p99: telemetry on / off', unit: 'ms', target: { atMost: 1.5 } }, figures('p99')),
    ],
    rounds: results,
    exports,
  };
};
