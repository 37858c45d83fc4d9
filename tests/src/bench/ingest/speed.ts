import { resolve } from 'node:path';
import { streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { type Comparison, compared } from '../compare.ts';
import { type LoadResult, postLoad } from './apache-bench.ts';
import { encryptionKey, startBareFastify, startGateway, startRawAppends } from './measured.ts';
import { createWebhooks, signedRequest } from './webhooks.ts';

export interface LoadOptions {
  /** The folder of another, compiled checkout whose gateway is measured in the same rounds. */
  readonly against?: string;
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

type Contender = 'gateway' | 'bare Fastify' | 'raw appends' | 'other gateway';

/** Rounds before those that count: a Node process needs some 60,000 requests to reach its speed. */
const warmUps = 3;

/**
 * Posts signed 1 KiB JSON over keep-alive connections to one gateway process. Each is answered 202 after the append is durable.
 * The rounds alternate with a bare Fastify handler that answers 202 to the same request, with appends of the same events without a gateway
 * and, if there is one, with the gateway of another checkout.
 *
 * @param prefix of the installation, for a server whose log holds others
 * @throws if the number of stored events differs from the number of 202s
 */
export const measureSpeed = async (
  eventStoreUrl: string,
  { rounds, requests: amount, connections, against }: LoadOptions,
  target: 'bare Fastify' | 'raw appends',
  prefix = '',
): Promise<Measured> => {
  const store = await openEventStore(eventStoreUrl, { prefix });
  const env = { EVENTSTORE_PREFIX: prefix };
  const [webhook] = await createWebhooks(store, encryptionKey, 1);
  if (!webhook) throw new Error('No webhook was created.');
  const gateway = await startGateway(eventStoreUrl, undefined, env);
  const other = against === undefined ? null : await startGateway(eventStoreUrl, `${resolve(against)}/`, env);
  const bare = await startBareFastify();
  const raw = await startRawAppends(eventStoreUrl);
  try {
    const request = signedRequest(webhook);
    const load = { connections, amount };
    const contenders: Partial<Record<Contender, () => Promise<Omit<LoadResult, 'accepted'>>>> = {
      gateway: () => postLoad(gateway.url, request, load),
      'bare Fastify': () => postLoad(bare.url, request, load),
      'raw appends': () => raw.run(load),
      ...(other && { 'other gateway': () => postLoad(other.url, request, load) }),
    };
    const results: Record<Contender, Omit<LoadResult, 'accepted'>[]> = {
      gateway: [],
      'bare Fastify': [],
      'raw appends': [],
      'other gateway': [],
    };
    for (let round = 1 - warmUps; round <= rounds; round += 1) {
      for (const [name, run] of Object.entries(contenders) as [Contender, () => Promise<LoadResult>][]) {
        const result = await run();
        if (round > 0) results[name].push(result);
        const which = round > 0 ? `round ${round}/${rounds}` : 'warm-up';
        process.stderr.write(
          `${which}  ${name}: ${result.requestsPerSecond.toFixed(0)}/s  p50 ${result.p50.toFixed(1)} ms  p99 ${result.p99.toFixed(1)} ms\n`,
        );
      }
    }
    const accepted = (rounds + warmUps) * amount * (other ? 2 : 1);
    const stored = await eventsIn(store, streams.payloads(webhook.webhookId));
    if (stored !== accepted)
      throw new Error(`${accepted} requests were answered 202, but ${stored} events are stored.`);

    const comparisons = comparisonsOf(results, target);
    return { comparisons, rounds: results, accepted, stored };
  } finally {
    await raw.process.stop();
    await bare.process.stop();
    await other?.process.stop();
    await gateway.process.stop();
    await store.close();
  }
};

type Results = Readonly<Record<Contender, readonly Omit<LoadResult, 'accepted'>[]>>;

const comparisonsOf = (results: Results, target: 'bare Fastify' | 'raw appends'): Comparison[] => {
  const figures = (name: Contender, figure: 'requestsPerSecond' | 'p99') =>
    results[name].map((one) => one[figure]);
  const beside = (other: Contender, atLeast: number) =>
    compared(
      { name: `requests: gateway / ${other}`, unit: '1/s', target: { atLeast } },
      { product: figures('gateway', 'requestsPerSecond'), bare: figures(other, 'requestsPerSecond') },
    );
  const p99 = { product: figures('gateway', 'p99'), bare: figures('raw appends', 'p99') };
  return [
    beside(target, target === 'bare Fastify' ? 0.5 : 0.8),
    compared({ name: 'p99: gateway / raw appends', unit: 'ms', target: { atMost: 3 } }, p99),
    ...(results['other gateway'].length > 0 ? [beside('other gateway', 0.9)] : []),
  ];
};

const eventsIn = async (store: EventStore, stream: string): Promise<number> => {
  for await (const last of store.readStream(stream, { direction: 'backwards', limit: 1 }))
    return last.revision + 1;
  return 0;
};
