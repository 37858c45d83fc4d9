import { CheckpointedReader } from '@mission-control/aggregates';
import type { EventStore } from '@mission-control/event-store';
import { keepRunning, type RunningService, type ServiceContext } from '@mission-control/runtime';
import type { StewardConfig } from './config.ts';
import { occasions } from './duties.ts';
import { createStewardMetrics } from './metrics.ts';
import { usualRetryDelayMs } from './retrying/run-failed.ts';
import { StewardSession } from './session.ts';

const moveEveryMs = 5_000;

/** Runs the duties that facts demand, until the signal is aborted. After any failure it starts again from its checkpoint. */
export const startSteward = async (
  { config, log, metrics, signal, fail }: ServiceContext<StewardConfig>,
  openStore: () => Promise<EventStore>,
  retryDelayMs = usualRetryDelayMs,
): Promise<RunningService> => {
  const store = await openStore();
  const stewardMetrics = createStewardMetrics(metrics);
  const reader = new CheckpointedReader({
    store,
    log,
    name: 'steward',
    types: occasions,
    moveEveryMs,
    openSession: async () => {
      const session = new StewardSession(
        { store, log },
        { resumeMaxAgeSeconds: config.DELIVERY_RESUME_MAX_AGE_SECONDS, retryDelayMs },
      );
      stewardMetrics.watch(session);
      return session;
    },
  });
  const running = keepRunning('the steward', () => reader.run(signal), { signal, log });
  running.catch(fail);
  return {
    checks: [{ name: 'event_store', check: () => store.ping() }, reader.readiness],
    stop: async () => {
      await running.catch(() => {});
      await store.close();
    },
  };
};
