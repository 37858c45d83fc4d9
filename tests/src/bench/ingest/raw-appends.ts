import { createInterface } from 'node:readline';
import { openEventStore } from '@mission-control/event-store';
import { appendSingly } from '../event-store/events.ts';
import { arrivalLike } from './webhooks.ts';

/**
 * Appends what ingest would append, without ingest, in its own process. Each line `<amount> <in flight>` on standard input starts one
 * run, which is answered with a line of JSON.
 */
const [url = ''] = process.argv.slice(2);
const store = await openEventStore(url);
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const [amount = 0, inFlight = 1] = line.split(' ').map(Number);
  const latencies: number[] = [];
  const requestsPerSecond = await appendSingly(store, { amount, inFlight, latencies, event: arrivalLike });
  latencies.sort((one, other) => one - other);
  const percentile = (p: number) => latencies[Math.floor((latencies.length * p) / 100)] ?? 0;
  const result = { requestsPerSecond, p50: percentile(50), p95: percentile(95), p99: percentile(99) };
  process.stdout.write(`result ${JSON.stringify(result)}\n`);
}
await store.close();
