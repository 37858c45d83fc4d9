import { streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { type Comparison, compared } from '../compare.ts';
import { type LoadResult, postLoad } from './apache-bench.ts';
import { encryptionKey, startBareFastify, startGateway, startRawAppends } from './measured.ts';
import { createWebhooks, signedRequest } from './webhooks.ts';

export interface LoadOptions {
  readonly rounds: number;
  readonly requests: number;
  readonly connections: number;
}

export interface Measured {
  readonly comparisons: readonly Comparison[];
  readonly rounds: Readonly<Record<string, readonly Omit<LoadResult, 'accepted'>[]>>;
  readonly accepted: number;
  readonly stored: number;
}

/** Rounds before those that count: a process on Node takes some 60,000 requests to reach its speed. */
const warmUps = 3;

/**
 * Signed 1 KiB JSON over keep-alive connections to one gateway process, each answered 202 after the append is durable. Interleaved with
 * a bare Fastify handler that answers 202 to the same request, and with appends of the same events without a gateway.
 *
 * @throws when the events stored are not as many as the 202s
 */
export const measureSpeed = async (
  eventStoreUrl: string,
  { rounds, requests: amount, connections }: LoadOptions,
  target: 'bare Fastify' | 'raw appends',
): Promise<Measured> => {
  const store = await openEventStore(eventStoreUrl);
  const [webhook] = await createWebhooks(store, encryptionKey, 1);
  if (!webhook) throw new Error('No webhook was made.');
  const gateway = await startGateway(eventStoreUrl);
  const bare = await startBareFastify();
  const raw = await startRawAppends(eventStoreUrl);
  try {
    const request = signedRequest(webhook);
    const load = { connections, amount };
    const contenders = {
      gateway: () => postLoad(gateway.url, request, load),
      'bare Fastify': () => postLoad(bare.url, request, load),
      'raw appends': () => raw.run(load),
    };
    const results: Record<keyof typeof contenders, Omit<LoadResult, 'accepted'>[]> = {
      gateway: [],
      'bare Fastify': [],
      'raw appends': [],
    };
    for (let round = 1 - warmUps; round <= rounds; round += 1) {
      for (const name of Object.keys(contenders) as (keyof typeof contenders)[]) {
        const result = await contenders[name]();
        if (round > 0) results[name].push(result);
        const which = round > 0 ? `round ${round}/${rounds}` : 'warm-up';
        process.stderr.write(
          `${which}  ${name}: ${result.requestsPerSecond.toFixed(0)}/s  p50 ${result.p50.toFixed(1)} ms  p99 ${result.p99.toFixed(1)} ms\n`,
        );
      }
    }
    const accepted = (rounds + warmUps) * amount;
    const stored = await eventsIn(store, streams.payloads(webhook.webhookId));
    if (stored !== accepted)
      throw new Error(`${accepted} requests were answered 202, but ${stored} events are stored.`);

    const figures = (name: keyof typeof contenders, figure: 'requestsPerSecond' | 'p50' | 'p99') =>
      results[name].map((one) => one[figure]);
    const rate = {
      product: figures('gateway', 'requestsPerSecond'),
      bare: figures(target, 'requestsPerSecond'),
    };
    const p99 = { product: figures('gateway', 'p99'), bare: figures('raw appends', 'p99') };
    const comparisons = [
      compared(
        {
          name: `requests: gateway / ${target}`,
          unit: '1/s',
          target: { atLeast: target === 'bare Fastify' ? 0.5 : 0.8 },
        },
        rate,
      ),
      compared({ name: 'p99: gateway / raw appends', unit: 'ms', target: { atMost: 3 } }, p99),
    ];
    return { comparisons, rounds: results, accepted, stored };
  } finally {
    await raw.process.stop();
    await bare.process.stop();
    await gateway.process.stop();
    await store.close();
  }
};

const eventsIn = async (store: EventStore, stream: string): Promise<number> => {
  for await (const last of store.readStream(stream, { direction: 'backwards', limit: 1 }))
    return last.revision + 1;
  return 0;
};
