import { setTimeout as delay } from 'node:timers/promises';
import { openEventStore } from '@mission-control/event-store';
import { type Figure, figure } from '../figure.ts';
import { postLoad } from '../ingest/apache-bench.ts';
import { encryptionKey, startGateway } from '../ingest/measured.ts';
import { createWebhooks, signedRequest } from '../ingest/webhooks.ts';
import { percentile } from '../report.ts';
import { createDatabase } from '../with-postgres.ts';
import { Checkpoints, startProjector } from './projector.ts';

const connections = 64;
const postedAtOnce = 5_000;
const sampleEveryMs = 50;

/**
 * How far `payloads` and `memory` are behind the log, while one gateway takes in as much as it can from 64 connections: the time for which
 * the newest position that both have reached has no longer been the end of the log. All projections run in one projector.
 */
export const measureLive = async (serverUrl: string, { seconds }: { seconds: number }): Promise<Figure[]> => {
  const url = await createDatabase(serverUrl, 'live');
  const store = await openEventStore(url);
  const [webhook] = await createWebhooks(store, encryptionKey, 1);
  if (!webhook) throw new Error('No webhook was created.');
  const gateway = await startGateway(url);
  const projector = startProjector({ eventStoreUrl: url });
  const checkpoints = await Checkpoints.openOnceMigrated(url);
  const heads: { at: number; position: bigint }[] = [];
  const lags: number[] = [];
  const sample = async () => {
    const head = (await store.head())?.position ?? -1n;
    const now = performance.now();
    if (head !== heads.at(-1)?.position) heads.push({ at: now, position: head });
    const reached = (await checkpoints.position()) ?? -1n;
    while (heads.length > 0 && (heads[0]?.position ?? 0n) <= reached) heads.shift();
    lags.push(heads[0] ? (now - heads[0].at) / 1000 : 0);
  };
  try {
    const load = { over: false, accepted: 0 };
    const startedAt = performance.now();
    const posting = (async () => {
      while (performance.now() - startedAt < seconds * 1000) {
        await postLoad(gateway.url, signedRequest(webhook), { connections, amount: postedAtOnce });
        load.accepted += postedAtOnce;
      }
    })().finally(() => {
      load.over = true;
    });
    while (!load.over) await Promise.all([sample(), delay(sampleEveryMs)]);
    await posting;
    const perSecond = (load.accepted * 1000) / (performance.now() - startedAt);
    const underLoad = [...lags];
    do await sample();
    while (heads.length > 0);
    const name = `one gateway at its limit for ${seconds} s`;
    return [
      figure(`${name}: accepted`, perSecond, '/s'),
      figure(`${name}: lag of the read models, most`, Math.max(...lags), 's', { atMost: 2 }),
      figure(`${name}: lag of the read models, p95`, percentile(underLoad, 95), 's'),
    ];
  } finally {
    await checkpoints.close();
    await projector.stop();
    await gateway.process.stop();
    await store.close();
  }
};
