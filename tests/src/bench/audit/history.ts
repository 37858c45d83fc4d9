import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { waitFor } from '@mission-control/testing';
import { repositoryRoot } from '../../system/repository.ts';
import { type RunningSystem, startSystem } from '../../system/standalone.ts';
import { type Figure, figure } from '../figure.ts';
import { fillLog } from '../projections/log.ts';
import { median, percentile } from '../report.ts';
import { createDatabase } from '../with-postgres.ts';
import { allSealed, patience, proofTargetMs, readable, timesOfProofs } from './sealed-system.ts';

export interface HistoryOptions {
  /** Payloads in the log, with four events each. */
  readonly payloads: number;
  readonly rounds: number;
  /** Proofs that are asked for. */
  readonly proofs: number;
}

const targets = { verify: 0.7, offline: 50_000, export: 0.5 };

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
    const proofs = await timesOfProofs(system, webhooks.slice(0, 1), options.proofs);
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
      figure('a proof: median', median(proofs.times), 'ms', { atMost: proofTargetMs }),
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
