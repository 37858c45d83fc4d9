import { CheckpointedReader } from '@mission-control/aggregates';
import { openReadableLog } from '@mission-control/content-keys';
import type { EventStore } from '@mission-control/event-store';
import { WrongEncryptionKey } from '@mission-control/keyring';
import { LiveReadModels, projections } from '@mission-control/read-models';
import { keepRunning, type RunningService, type ServiceContext } from '@mission-control/runtime';
import type { StewardConfig } from './config.ts';
import { occasions } from './duties.ts';
import { eraseContent } from './erasing/erase-content.ts';
import { createStewardMetrics } from './metrics.ts';
import { createReplayMetrics } from './replaying/metrics.ts';
import { AnotherWorker } from './replaying/progress-record.ts';
import { ReplaysSession, replayControls } from './replaying/replays-session.ts';
import { keepChecking } from './retention/check.ts';
import { usualRetryDelayMs } from './retrying/run-failed.ts';
import { Anchor } from './sealing/anchor.ts';
import { keepSealing } from './sealing/keep-sealing.ts';
import { createSealingMetrics } from './sealing/metrics.ts';
import { checkpointSigner } from './sealing/sign-checkpoint.ts';
import { StewardSession } from './session.ts';

/** Seldom enough that a batch has several events, and before anyone would miss it. */
const sealAfterMs = 5_000;
/** No request waits for the steward. So when many events are appended, it can wait and read them together. */
const patienceMs = 100;
const moveEveryMs = 5_000;
/** A replay begins at the next move. */
const moveReplaysEveryMs = 1_000;

/** Runs the duties that facts demand, and works on replays, until the signal is aborted. After any failure it starts again from its checkpoint. */
export const startSteward = async (
  { config, log, metrics, signal, fail }: ServiceContext<StewardConfig>,
  openStore: () => Promise<EventStore>,
  retryDelayMs = usualRetryDelayMs,
): Promise<RunningService> => {
  const eventStore = await openStore();
  const { store, keys, asStored } = await openReadableLog(eventStore, config, 'steward');
  const stewardMetrics = createStewardMetrics(metrics);
  const readModels = new LiveReadModels(config.DATABASE_URL, {
    name: 'steward',
    connections: 2,
    prefix: config.EVENTSTORE_PREFIX,
    projections,
  });
  const retention = {
    ...{ store, log, metrics: stewardMetrics, readModels },
    defaults: {
      maxAgeDays: config.WEBHOOK_RETENTION_MAX_AGE_DAYS ?? null,
      maxPayloads: config.WEBHOOK_RETENTION_MAX_PAYLOADS ?? null,
    },
  };
  const checkEveryMs = config.WEBHOOK_RETENTION_CHECK_SECONDS * 1000;
  const reader = new CheckpointedReader({
    store,
    log,
    name: 'steward',
    types: occasions,
    moveEveryMs,
    patienceMs,
    openSession: async () => {
      const session = new StewardSession(
        { store, asStored, keys, log, metrics: stewardMetrics, anchorFile: config.AUDIT_ANCHOR_FILE },
        { resumeMaxAgeSeconds: config.DELIVERY_RESUME_MAX_AGE_SECONDS, retryDelayMs },
        (signal, running) =>
          keepChecking(
            { ...retention, removed: (until) => running.longDutiesDone(until) },
            checkEveryMs,
            signal,
          ),
      );
      stewardMetrics.watch(session);
      return session;
    },
  });
  const replayMetrics = createReplayMetrics(metrics);
  const replays = new CheckpointedReader({
    store,
    log,
    name: 'replays',
    types: replayControls,
    moveEveryMs: moveReplaysEveryMs,
    patienceMs,
    isFenced: (error) => error instanceof AnotherWorker,
    openSession: async (open) => new ReplaysSession({ store, log, metrics: replayMetrics }, open),
  });
  const sealingMetrics = createSealingMetrics(metrics);
  const anchor = new Anchor({
    file: config.AUDIT_ANCHOR_FILE,
    url: config.AUDIT_ANCHOR_URL,
    log,
    failed: sealingMetrics.anchorFailed,
  });
  const signEveryMs = config.AUDIT_CHECKPOINT_SECONDS * 1000;
  const sealing = {
    ...{ store: asStored, log, metrics: sealingMetrics, signEveryMs, patienceMs },
    sealAfterMs: Math.min(sealAfterMs, signEveryMs),
    ...checkpointSigner(store, config.ENCRYPTION_KEY),
    keep: (note: string) => anchor.keep(note),
  };
  const erasing = { asStored, keys, log, metrics: stewardMetrics, patienceMs };
  const running = [
    keepRunning('the sealer', () => keepSealing(sealing, signal), { signal, log, isFatal: isWrongKey }),
    keepRunning('the steward', () => reader.run(signal), { signal, log }),
    keepRunning('the replays', () => replays.run(signal), { signal, log }),
    keepRunning('the erasure of content', () => eraseContent(erasing, signal), { signal, log }),
  ];
  for (const one of running) one.catch(fail);
  return {
    checks: [
      { name: 'event_store', check: () => store.ping() },
      reader.readiness,
      { ...replays.readiness, name: 'replays_caught_up' },
    ],
    stop: async () => {
      await Promise.allSettled(running);
      await Promise.all([store.close(), readModels.close(), anchor.close()]);
    },
  };
};

const isWrongKey = (error: unknown): boolean => error instanceof WrongEncryptionKey;
