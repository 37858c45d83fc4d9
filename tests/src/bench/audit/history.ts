import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { waitFor } from '@mission-control/testing';
import { repositoryRoot } from '../../system/repository.ts';
import { type RunningSystem, startSystem } from '../../system/standalone.ts';
import { type Figure, figure } from '../figure.ts';
import { fillLog } from '../projections/log.ts';
import { median, percentile } from '../report.ts';
import { createDatabase } from '../with-postgres.ts';

export interface HistoryOptions {
  /** Payloads in the log, with four events each. */
  readonly payloads: number;
  readonly rounds: number;
  /** Proofs that are asked for. */
  readonly proofs: number;
}

const patience = { timeout: 3_600_000, pause: 200 };
const targets = { verify: 0.7, offline: 50_000, export: 0.5, proofMs: 20 };

/** What it takes to verify, export and prove a history that the system has sealed. Rates are those of the same events, in the same rounds. */
export const measureHistory = async (server: string, options: HistoryOptions): Promise<Figure[]> => {
  const url = await createDatabase(server, 'history');
  const store = await openEventStore(url);
  const folder = await mkdtemp(join(tmpdir(), 'bench-history-'));
  const webhooks = await fillLog(store, options.payloads, { delivered: true });
  const begun = performance.now();
  const system = await startSystem({ env: { DATABASE_URL: url, AUDIT_CHECKPOINT_SECONDS: '1' } });
  try {
    const events = await countOf(store);
    await allSealed(store, system);
    const sealing = (performance.now() - begun) / 1000;
    await readable(system, webhooks, options.payloads);
    const rates = {
      read: [] as number[],
      verify: [] as number[],
      export: [] as number[],
      offline: [] as number[],
    };
    const file = join(folder, 'export.ndjson');
    for (let round = 0; round <= options.rounds; round++) {
      const times = {
        read: await timeOf(() => countOf(store)),
        verify: await verify(system),
        export: await timeOf(() => exportTo(system, file)),
        offline: await timeOf(() => verifyFile(file)),
      };
      // The first is for warm-up.
      if (round > 0)
        for (const name of ['read', 'verify', 'export', 'offline'] as const)
          rates[name].push(events / times[name]);
    }
    const proofs = await timesOfProofs(
      system,
      webhooks[0] as { boardId: string; webhookId: string },
      options.proofs,
    );
    const read = median(rates.read);
    return [
      figure('events in the log', events, ''),
      figure('sealed with the start of the system', events / sealing, 'events/s'),
      figure('reading through the port', read, 'events/s'),
      figure('verifying', median(rates.verify), 'events/s'),
      figure('verifying, of reading', median(rates.verify) / read, '', { atLeast: targets.verify }),
      figure('exporting, of reading', median(rates.export) / read, '', { atLeast: targets.export }),
      figure('the offline verifier', median(rates.offline), 'events/s', { atLeast: targets.offline }),
      figure('the first proof after a start', proofs.first, 'ms'),
      figure('a proof: median', median(proofs.times), 'ms', { atMost: targets.proofMs }),
      figure('a proof: 95th percentile', percentile(proofs.times, 95), 'ms'),
    ];
  } finally {
    await store.close();
    await system.stop();
    await rm(folder, { recursive: true });
  }
};

/** In seconds. */
const timeOf = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
};

const countOf = async (store: EventStore): Promise<number> => {
  let events = 0;
  for await (const _ of store.readAll()) events++;
  return events;
};

const allSealed = async (store: EventStore, { admin }: RunningSystem): Promise<void> => {
  const marked = await admin.post<{ id: string }>('/api/v1/boards', { name: 'The last one' });
  await waitFor(async () => {
    const checkpoint = await admin.call('GET', '/api/v1/audit/checkpoint');
    if (checkpoint.status !== 200) return false;
    const last = store.readStream(streams.merkle, { direction: 'backwards', limit: 10 });
    for await (const { data } of last)
      if (JSON.stringify(data).includes(streams.board(marked.id))) return true;
    return false;
  }, patience);
};

type Webhooks = readonly { readonly boardId: string; readonly webhookId: string }[];

/** Waits until the read models have all payloads. */
const readable = async ({ admin }: RunningSystem, webhooks: Webhooks, payloads: number): Promise<void> => {
  await waitFor(async () => {
    let total = 0;
    for (const { boardId, webhookId } of webhooks)
      total += (
        await admin.get<{ total: number }>(`/api/v1/boards/${boardId}/webhooks/${webhookId}/payloads?limit=1`)
      ).total;
    return total === payloads;
  }, patience);
};

/** How long the job took, by its own record. */
const verify = async ({ admin }: RunningSystem): Promise<number> => {
  const path = '/api/v1/audit/verify';
  await admin.post(path, {});
  const found = await waitFor(
    async () => {
      const answer = await admin.get<Record<'status' | 'requested_at' | 'ended_at', string>>(path);
      return answer.status !== 'running' && answer;
    },
    { ...patience, pause: 50 },
  );
  if (found.status !== 'verified') throw new Error(`The history does not verify: ${JSON.stringify(found)}`);
  return (Date.parse(found.ended_at) - Date.parse(found.requested_at)) / 1000;
};

const exportTo = async ({ url, adminToken }: RunningSystem, file: string): Promise<void> => {
  const headers = { authorization: `Bearer ${adminToken}` };
  const response = await fetch(`${url}/api/v1/audit/export`, { headers });
  const output = createWriteStream(file);
  for await (const chunk of response.body ?? []) if (!output.write(chunk)) await once(output, 'drain');
  output.end();
  await finished(output);
};

const verifyFile = async (file: string): Promise<void> => {
  const child = spawn(process.execPath, [`${repositoryRoot}services/cli/bin/mcw`, 'audit', 'verify', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error('The export does not verify.');
};

const timesOfProofs = async (
  { url, adminToken, admin }: RunningSystem,
  { boardId, webhookId }: { boardId: string; webhookId: string },
  count: number,
) => {
  const path = `/api/v1/boards/${boardId}/webhooks/${webhookId}/payloads`;
  const { items } = await admin.get<{ items: { id: string }[] }>(`${path}?limit=200`);
  const prove = async (n: number): Promise<number> => {
    const begun = performance.now();
    const response = await fetch(`${url}${path}/${items[n % items.length]?.id}/proof`, {
      headers: { authorization: `Bearer ${adminToken}` },
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`The proof was answered by ${response.status}: ${text}`);
    return performance.now() - begun;
  };
  const first = await prove(0);
  const times: number[] = [];
  for (let n = 1; n <= count; n++) times.push(await prove(n));
  return { first, times };
};
