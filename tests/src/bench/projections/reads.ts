import { setTimeout as delay } from 'node:timers/promises';
import { openEventStore } from '@mission-control/event-store';
import pg from 'pg';
import { type Comparison, compared } from '../compare.ts';
import { percentile } from '../report.ts';
import { createDatabase } from '../with-postgres.ts';
import { startAdminApi } from './admin-api.ts';
import { fillLog } from './log.ts';
import { Checkpoints, measuredProjections, rebuilt, startProjector } from './projector.ts';
import { MeasuredTables } from './tables.ts';

const readEveryMs = 20;

/**
 * Reads lists of payloads and of board memory 50 times a second, and compares p99 while a second set of read models is filled from the same
 * log with p99 while nothing else happens. The projector yields the processor as it does under `npm start`. Each side takes as long as the
 * rebuild.
 */
export const measureReads = async (
  serverUrl: string,
  { rounds, events }: { rounds: number; events: number },
): Promise<Comparison> => {
  const url = await createDatabase(serverUrl, 'read');
  const store = await openEventStore(url);
  process.stderr.write(`filling a log with ${events} arrivals …\n`);
  const webhooks = await fillLog(store, events);
  const head = (await store.head())?.position ?? -1n;
  await store.close();
  const live = startProjector({ eventStoreUrl: url });
  const checkpoints = await Checkpoints.openOnceMigrated(url);
  await rebuilt(live, checkpoints, head);
  await checkpoints.close();
  const installationId = await installationIdIn(url);
  const beside = await secondReadModels(serverUrl, url, installationId, head);
  const api = await startAdminApi(url);
  const paths = webhooks.flatMap(({ boardId, webhookId }) => [
    `/boards/${boardId}/webhooks/${webhookId}/payloads`,
    `/boards/${boardId}/webhooks/${webhookId}/payloads?status=stored&limit=20`,
    `/boards/${boardId}/memory`,
  ]);
  const readDuring = async (work: () => Promise<unknown>): Promise<number> => {
    const latencies: number[] = [];
    const state = { over: false };
    const working = work().finally(() => {
      state.over = true;
    });
    for (let n = 0; !state.over; n += 1) {
      const pause = delay(readEveryMs);
      latencies.push(await api.read(paths[n % paths.length] ?? ''));
      await pause;
    }
    await working;
    return percentile(latencies, 99);
  };
  try {
    const [during, otherwise]: [number[], number[]] = [[], []];
    for (let round = 0; round <= rounds; round += 1) {
      let seconds = 0;
      const one = await readDuring(async () => {
        seconds = await beside.rebuild();
      });
      const other = await readDuring(() => delay(seconds * 1000));
      if (round === 0) continue;
      during.push(one);
      otherwise.push(other);
    }
    return compared(
      { name: 'p99 of reads during a rebuild / otherwise', unit: 'ms', target: { atMost: 1.5 } },
      { product: during, bare: otherwise },
    );
  } finally {
    await api.stop();
    await live.stop();
    await beside.close();
  }
};

const installationIdIn = async (url: string): Promise<string> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ id: string }>('select id from installation');
  await client.end();
  return rows[0]?.id ?? '';
};

/** Read models of the same log in another database of the same server. */
const secondReadModels = async (serverUrl: string, log: string, installationId: string, head: bigint) => {
  const databaseUrl = await createDatabase(serverUrl, 'beside');
  const start = () =>
    startProjector({
      ...{ eventStoreUrl: log, databaseUrl, installationId },
      projections: measuredProjections.join(),
      inBackground: true,
    });
  const first = start();
  const checkpoints = await Checkpoints.openOnceMigrated(databaseUrl);
  await rebuilt(first, checkpoints, head);
  await first.stop();
  const tables = await MeasuredTables.open(databaseUrl);
  return {
    /** Resolves to seconds. */
    rebuild: async (): Promise<number> => {
      await tables.empty();
      const projector = start();
      const { seconds } = await rebuilt(projector, checkpoints, head);
      await projector.stop();
      return seconds;
    },
    close: async () => {
      await checkpoints.close();
      await tables.close();
    },
  };
};
