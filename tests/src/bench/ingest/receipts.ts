import { openEventStore } from '@mission-control/event-store';
import { type Comparison, compared } from '../compare.ts';
import { type LoadResult, postLoad } from './apache-bench.ts';
import { encryptionKey, startGateway } from './measured.ts';
import type { LoadOptions } from './speed.ts';
import { createWebhooks, signedRequest } from './webhooks.ts';

type Rounds = Omit<LoadResult, 'accepted'>[];

/** Rounds before those that count, as for the speed of ingest. */
const warmUps = 3;

/** The same requests to one gateway, with and without `Prefer: receipt`. The rounds alternate. */
export const measureReceipts = async (
  eventStoreUrl: string,
  { rounds, requests: amount, connections }: LoadOptions,
): Promise<{
  readonly comparisons: readonly Comparison[];
  readonly rounds: { with: Rounds; without: Rounds };
}> => {
  const store = await openEventStore(eventStoreUrl);
  const [webhook] = await createWebhooks(store, encryptionKey, 1);
  if (!webhook) throw new Error('No webhook was created.');
  const gateway = await startGateway(eventStoreUrl);
  const without = signedRequest(webhook);
  const requests = { without, with: { ...without, headers: { ...without.headers, prefer: 'receipt' } } };
  const results = { with: [] as Rounds, without: [] as Rounds };
  try {
    await requireReceipt(gateway.url, requests.with);
    for (let round = 1 - warmUps; round <= rounds; round += 1) {
      // The first one of a round may be slower, so the order alternates.
      const order = round % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const);
      for (const which of order) {
        const result = await postLoad(gateway.url, requests[which], { connections, amount });
        if (round > 0) results[which].push(result);
        const name = round > 0 ? `round ${round}/${rounds}` : 'warm-up';
        process.stderr.write(
          `${name}  ${which} receipts: ${result.requestsPerSecond.toFixed(0)}/s  p50 ${result.p50.toFixed(1)} ms  p99 ${result.p99.toFixed(1)} ms\n`,
        );
      }
    }
  } finally {
    await gateway.process.stop();
    await store.close();
  }
  const figures = (figure: 'requestsPerSecond' | 'p99') => ({
    product: results.with.map((one) => one[figure]),
    bare: results.without.map((one) => one[figure]),
  });
  return {
    comparisons: [
      compared(
        { name: 'requests: with / without receipts', unit: '1/s', target: { atLeast: 0.7 } },
        figures('requestsPerSecond'),
      ),
      compared({ name: 'p99: with / without receipts', unit: 'ms', target: { atMost: 2 } }, figures('p99')),
    ],
    rounds: results,
  };
};

/** ApacheBench does not look at headers. */
const requireReceipt = async (
  url: string,
  { path, headers, body }: ReturnType<typeof signedRequest>,
): Promise<void> => {
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body });
  if (!response.headers.has('x-payload-receipt')) throw new Error('The gateway gives no receipts.');
};
