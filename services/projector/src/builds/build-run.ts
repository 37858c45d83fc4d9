import type { EventStore } from '@mission-control/event-store';
import {
  type BatchMetrics,
  type Build,
  fillingOf,
  type Projection,
  ProjectionFenced,
  ProjectionRunner,
  standBy,
} from '@mission-control/projections';
import type { openReadModels, ReadModels } from '@mission-control/read-models';
import { keepRunning, type Logger } from '@mission-control/runtime';

export type OpenBuild = (schema: string | null) => ReturnType<typeof openReadModels>;

/**
 * Fills one build until it is stopped. After a failure it retries, without limit: an event that cannot be applied is never skipped. When
 * another process takes over the build, this one stands by until that process is gone.
 */
export class BuildRun {
  readonly build: Build;
  readonly runner: ProjectionRunner<ReadModels>;
  /** Why the runner stopped last; null: it runs. */
  problem: string | null = null;
  /** Another process fills the build. */
  isStandingBy = false;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;

  constructor(options: {
    build: Build;
    projection: Projection<ReadModels>;
    open: OpenBuild;
    store: EventStore;
    metrics: BatchMetrics | undefined;
    log: Logger;
  }) {
    const { build, projection, open, store, metrics, log } = options;
    this.build = build;
    const { db, close } = open(build.schema);
    this.runner = new ProjectionRunner({ projection, db, store, metrics, build: fillingOf(build) });
    const { signal } = this.#stopping;
    // A release that is being replaced wrote these rows, and knows best how to go on with them.
    const isOurs = build.state === 'building' || (build.version ?? projection.version) === projection.version;
    const name = `build ${build.build} of the projection ${build.projection}`;
    this.#ended = keepRunning(
      name,
      async () => {
        if (!isOurs) await this.#standBy(db, signal);
        if (!signal.aborted) await this.#fill(db, signal, log);
      },
      { signal, log },
    ).finally(close);
    this.#ended.catch(() => {});
  }

  /** For readiness: throws the reason if the build is neither kept up to date by this process nor by another one. */
  check(): void {
    if (!this.isStandingBy) this.runner.check();
  }

  stop(): Promise<void> {
    this.#stopping.abort();
    return this.#ended;
  }

  async #fill(db: Parameters<typeof standBy>[0], signal: AbortSignal, log: Logger): Promise<void> {
    try {
      this.problem = null;
      await this.runner.run(signal);
    } catch (error) {
      if (!(error instanceof ProjectionFenced)) {
        this.problem = error instanceof Error ? error.message : String(error);
        throw error;
      }
      const { projection, build } = this.build;
      log.warn({ projection, build }, `${error.message} Standing by.`);
      await this.#standBy(db, signal);
    }
  }

  async #standBy(db: Parameters<typeof standBy>[0], signal: AbortSignal): Promise<void> {
    this.isStandingBy = true;
    try {
      await standBy(db, this.build.checkpoint, signal);
    } finally {
      this.isStandingBy = false;
    }
  }
}
