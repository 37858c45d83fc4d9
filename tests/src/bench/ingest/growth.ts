import { openEventStore } from '@mission-control/event-store';
import { type Comparison, compare, compared } from '../compare.ts';
import { fill } from '../event-store/events.ts';
import { residentMebibytes } from '../process-usage.ts';
import { createDatabase } from '../with-postgres.ts';
import { postInTurn } from './many-webhooks-load.ts';
import { encryptionKey, startGateway } from './measured.ts';
import type { LoadOptions } from './speed.ts';
import { createWebhooks, signedRequest } from './webhooks.ts';

export interface GrowthOptions extends LoadOptions {
  /** The number of webhooks in use at the same time, compared with ten. */
  readonly webhooks: number;
  /** The number of events stored beforehand, compared with none. */
  readonly stored: number;
}

export interface Growth {
  readonly comparisons: readonly Comparison[];
  /** The memory of the gateway's process after all webhooks were used; null if the system does not report it. */
  readonly mebibytes: { readonly few: number | null; readonly many: number | null };
}

const few = 10;
const atMost = { atMost: 1.3 };

/** Compares the cost of a request and of a start with few webhooks and an empty store to that with many webhooks and a full store. */
export const measureGrowth = async (postgresUrl: string, options: GrowthOptions): Promise<Growth> => {
  const { rounds, requests: amount, connections } = options;
  const stops: (() => Promise<unknown>)[] = [];
  const prepare = async (name: string, webhooks: number, events: number) => {
    const url = await createDatabase(postgresUrl, name);
    const store = await openEventStore(url);
    process.stderr.write(`${name}: ${webhooks} webhooks, ${events} events\n`);
    const requests = (await createWebhooks(store, encryptionKey, webhooks)).map(signedRequest);
    await fill(store, events);
    await store.close();
    const gateway = await startGateway(url);
    stops.unshift(() => gateway.process.stop());
    // Every webhook is used before the measurement begins.
    await postInTurn(gateway.url, requests, { connections, amount: Math.max(webhooks, 3 * amount) });
    let from = 0;
    const microsecondsARequest = async () => {
      const rate = await postInTurn(gateway.url, requests, { connections, amount, from });
      from += amount;
      return 1e6 / rate;
    };
    const startMs = async () => {
      const another = await startGateway(url);
      await another.process.stop();
      return another.readyAfterMs;
    };
    return { microsecondsARequest, startMs, mebibytes: () => residentMebibytes(gateway.process.child.pid) };
  };
  try {
    const small = await prepare('small', few, 0);
    const many = await prepare('many', options.webhooks, 0);
    const full = await prepare('full', few, options.stored);
    const cost = (name: string, grown: typeof small) =>
      compare(
        {
          name: `a request: ${name}`,
          unit: 'µs',
          product: grown.microsecondsARequest,
          bare: small.microsecondsARequest,
          target: atMost,
        },
        rounds,
      );
    const comparisons = [
      await cost(`${options.webhooks} webhooks in use / ${few}`, many),
      await cost(`${options.stored} events stored / none`, full),
    ];
    const starts: Record<'small' | 'many' | 'full', number[]> = { small: [], many: [], full: [] };
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, one] of Object.entries({ small, many, full })) {
        starts[name as keyof typeof starts].push(await one.startMs());
      }
    }
    for (const [name, grown] of [
      [`a start: ${options.webhooks} webhooks / ${few}`, starts.many],
      [`a start: ${options.stored} events stored / none`, starts.full],
    ] as const) {
      comparisons.push(
        compared({ name, unit: 'ms', target: atMost }, { product: grown, bare: starts.small }),
      );
    }
    return { comparisons, mebibytes: { few: small.mebibytes(), many: many.mebibytes() } };
  } finally {
    for (const stop of stops) await stop();
  }
};
