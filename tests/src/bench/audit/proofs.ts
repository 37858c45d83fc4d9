import { openEventStore } from '@mission-control/event-store';
import { appendPlaceholders } from '../../audit/fill-log.ts';
import { startSystem } from '../../system/standalone.ts';
import { type Figure, figure } from '../figure.ts';
import { fillLog } from '../projections/log.ts';
import { median, percentile } from '../report.ts';
import { createDatabase } from '../with-postgres.ts';
import { allSealed, proofTargetMs, readable, timesOfProofs } from './sealed-system.ts';

export interface ProofsOptions {
  /** Events in the log. */
  readonly events: number;
  /** Proofs that are asked for, of the oldest payloads and of the newest. */
  readonly proofs: number;
}

/** At each end of the log. */
const payloads = 2_000;

/** To fill and seal the log takes minutes. */
const progress = (done: string): void => {
  process.stdout.write(`${new Date().toISOString()} ${done}\n`);
};

/** How long proofs take in a long log: of payloads at its begin, which were there before anything was sealed, and at its end. */
export const measureProofs = async (server: string, { events, proofs }: ProofsOptions): Promise<Figure[]> => {
  const url = await createDatabase(server, 'proofs');
  const store = await openEventStore(url);
  const context = {
    ...{ occurredAt: new Date().toISOString(), actor: { kind: 'service', id: 'bench' } as const },
    ...{ correlationId: 'bench', causationId: null },
  };
  const oldest = await fillLog(store, payloads);
  await appendPlaceholders(store, events - 2 * payloads, context);
  progress(`appended ${events} events`);
  const begun = performance.now();
  const system = await startSystem({ env: { DATABASE_URL: url, AUDIT_CHECKPOINT_SECONDS: '1' } });
  try {
    const newest = await fillLog(store, payloads);
    await allSealed(store, system);
    const sealing = (performance.now() - begun) / 1000;
    progress('sealed');
    for (const webhooks of [oldest, newest]) await readable(system, webhooks, payloads);
    const { size } = await system.admin.get<{ size: number }>('/api/v1/audit/checkpoint');
    progress('projected');
    const ofOldest = await timesOfProofs(system, oldest, proofs);
    const ofNewest = await timesOfProofs(system, newest, proofs);
    const target = { atMost: proofTargetMs };
    return [
      figure('leaves', size, ''),
      figure('sealed with the start of the system', size / sealing, 'events/s'),
      figure('the first proof after a start', ofOldest.first, 'ms'),
      figure('a proof of an old payload: median', median(ofOldest.times), 'ms', target),
      figure('a proof of an old payload: 95th percentile', percentile(ofOldest.times, 95), 'ms'),
      figure('a proof of a new payload: median', median(ofNewest.times), 'ms', target),
      figure('a proof of a new payload: 95th percentile', percentile(ofNewest.times, 95), 'ms'),
    ];
  } finally {
    await store.close();
    await system.stop();
  }
};
