import { openEventStore } from '@mission-control/event-store';
import { migrateReadModels } from '@mission-control/read-models';
import { type Comparison, compared } from '../compare.ts';
import { ownCpuMs } from '../process-usage.ts';
import { type LoadResult, postLoad } from './apache-bench.ts';
import { encryptionKey, startGateway } from './measured.ts';
import type { LoadOptions } from './speed.ts';
import { createWebhooks, signedRequest } from './webhooks.ts';

type Round = Omit<LoadResult, 'accepted'> & { readonly cpuPerRequestUs: number };

/** Rounds before those that count, as for the speed of ingest. */
const warmUps = 3;

/** The same requests to two gateways on one database: one encrypts content, the other does not. The rounds alternate. */
export const measureEncryption = async (
  databaseUrl: string,
  { rounds, requests: amount, connections }: LoadOptions,
): Promise<{
  readonly comparisons: readonly Comparison[];
  readonly rounds: { with: Round[]; without: Round[] };
}> => {
  await migrateReadModels(databaseUrl);
  const store = await openEventStore(databaseUrl);
  const [webhook] = await createWebhooks(store, encryptionKey, 1);
  if (!webhook) throw new Error('No webhook was created.');
  const start = (isOn: boolean) =>
    startGateway(databaseUrl, undefined, { DATABASE_URL: databaseUrl, CONTENT_ENCRYPTION: String(isOn) });
  const gateways = { with: await start(true), without: await start(false) };
  const results = { with: [] as Round[], without: [] as Round[] };
  try {
    for (let round = 1 - warmUps; round <= rounds; round += 1) {
      // The first one of a round may be slower, so the order alternates.
      const order = round % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const);
      for (const which of order) {
        const { url, process: gateway } = gateways[which];
        const before = ownCpuMs(gateway.child.pid ?? 0);
        const load = await postLoad(url, signedRequest(webhook), { connections, amount });
        const cpuPerRequestUs = ((ownCpuMs(gateway.child.pid ?? 0) - before) * 1000) / amount;
        if (round > 0) results[which].push({ ...load, cpuPerRequestUs });
        const name = round > 0 ? `round ${round}/${rounds}` : 'warm-up';
        process.stderr.write(
          `${name}  ${which} encryption: ${load.requestsPerSecond.toFixed(0)}/s  ${cpuPerRequestUs.toFixed(0)} µs of CPU each\n`,
        );
      }
    }
  } finally {
    await Promise.all([gateways.with.process.stop(), gateways.without.process.stop()]);
    await store.close();
  }
  const figures = (figure: 'requestsPerSecond' | 'cpuPerRequestUs') => ({
    product: results.with.map((one) => one[figure]),
    bare: results.without.map((one) => one[figure]),
  });
  return {
    comparisons: [
      compared(
        { name: 'requests: with / without encryption', unit: '1/s', target: { atLeast: 0.9 } },
        figures('requestsPerSecond'),
      ),
      compared(
        { name: "the gateway's CPU time: with / without", unit: 'µs', target: { atMost: 1.2 } },
        figures('cpuPerRequestUs'),
      ),
    ],
    rounds: results,
  };
};
