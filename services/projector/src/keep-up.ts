import { ProjectionFenced, type ProjectionRunner, standBy } from '@mission-control/projections';
import type { ReadModels } from '@mission-control/read-models';
import { keepRunning, type Logger } from '@mission-control/runtime';

/**
 * Keeps a projection up to date until the signal is aborted. After a failure it retries, without limit: an event that cannot be
 * applied is never skipped. When another process takes over the projection, this one stands by until that process is gone.
 */
export const keepUp = (
  runner: ProjectionRunner<ReadModels>,
  { db, signal, log }: { db: Parameters<typeof standBy>[0]; signal: AbortSignal; log: Logger },
): Promise<void> =>
  keepRunning(
    `projection ${runner.name}`,
    async () => {
      try {
        await runner.run(signal);
      } catch (error) {
        if (!(error instanceof ProjectionFenced)) throw error;
        log.warn({ projection: runner.name }, `${error.message} Standing by.`);
        await standBy(db, runner.name, signal);
      }
    },
    { signal, log },
  );
