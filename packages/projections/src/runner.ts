import { CheckpointNotInLog, type EventStore } from '@mission-control/event-store';
import type { Meter } from '@opentelemetry/api';
import type { Kysely } from 'kysely';
import { applyBatch } from './apply-batch.ts';
import { type BatchLimits, batches, usualLimits } from './batches.ts';
import { release, type Tenure } from './checkpoints.ts';
import { ProjectionFenced, ProjectionLost } from './errors.ts';
import { Lag } from './lag.ts';
import { type BatchMetrics, createBatchMetrics, observeRunner } from './metrics.ts';
import { type ParsedBatch, parseBatch } from './parse-batch.ts';
import type { Projection } from './projection.ts';
import { readAhead } from './read-ahead.ts';
import { type TakeOverOptions, takeOver } from './take-over.ts';
import { tracedBatch } from './traced-batch.ts';
import { wasRestored } from './was-restored.ts';

/** `patienceMs` of subscriptions in a process that runs projections. Less than batches wait for more events (`lingerMs`). */
export const livePatienceMs = 25;

/**
 * The state of a runner:
 *
 * - `starting`: takes over and subscribes. `run` begins here.
 * - `catching_up`: applies the events that were already in the log.
 * - `live`: has caught up, and applies events as they come. It stays live however far a burst puts it behind; see the lag.
 * - `stopped`: has ended, with the reason if it failed.
 */
export type RunnerState =
  | { readonly status: 'starting' | 'catching_up' | 'live' }
  | { readonly status: 'stopped'; readonly reason: unknown };

/** Runs one projection from its stored checkpoint: each batch of events and its checkpoint in one transaction. */
export class ProjectionRunner<DB> {
  readonly #projection: Projection<DB>;
  readonly #db: Kysely<DB>;
  readonly #store: EventStore;
  readonly #limits: BatchLimits;
  #state: RunnerState = { status: 'starting' };
  #position = -1n;
  #applied = 0;
  readonly #lag = new Lag();
  readonly #metrics: BatchMetrics | undefined;
  readonly #build: TakeOverOptions;

  constructor(options: {
    projection: Projection<DB>;
    db: Kysely<DB>;
    store: EventStore;
    meter?: Meter;
    limits?: Partial<BatchLimits>;
    /** The build to fill; default: build 1, which starts over if its rows are of an older version. `db` finds its tables. */
    build?: TakeOverOptions;
    /** Measures the batches, if there is no meter. The caller reports position and lag. */
    metrics?: BatchMetrics | undefined;
  }) {
    this.#projection = options.projection;
    this.#db = options.db;
    this.#store = options.store;
    this.#limits = { ...usualLimits, ...options.limits };
    const { meter } = options;
    this.#metrics = meter ? createBatchMetrics(meter, this.name) : options.metrics;
    this.#build = options.build ?? {};
    if (meter) observeRunner(meter, this);
  }

  get name(): string {
    return this.#projection.name;
  }

  get state(): RunnerState {
    return this.#state;
  }

  /** The position of the stored checkpoint; -1 before the first one. */
  get position(): bigint {
    return this.#position;
  }

  /** Events applied by this runner. */
  get applied(): number {
    return this.#applied;
  }

  /** The age of the oldest unprocessed event; 0 when caught up. Undefined: unknown, or another runner has taken over. */
  get lagSeconds(): number | undefined {
    return this.#lag.seconds;
  }

  /** Events that were read and are not applied. Undefined: as for `lagSeconds`. */
  get eventsBehind(): number | undefined {
    return this.#lag.events;
  }

  /** For readiness: throws the reason if the projection is neither live nor run by another process, for which this one stands by. */
  check(): void {
    if (this.#state.status === 'live') return;
    if (this.#state.status === 'stopped' && this.#state.reason instanceof ProjectionFenced) return;
    if (this.#state.status === 'stopped') throw this.#state.reason ?? new Error('stopped');
    throw new Error(this.#state.status === 'starting' ? 'starting' : `catching up, at ${this.#position}`);
  }

  /**
   * Takes over the projection and keeps it up to date until the signal is aborted. After a failure, call it again after a pause.
   *
   * @throws ProjectionFenced when another runner has taken over
   * @throws EventNotApplicable at an event that violates its schema or cannot be stored; the event is never skipped
   * @throws ProjectionLost when the checkpoint is not in the log, and the log is not marked as restored: then the rows are rebuilt
   * @throws ProjectionTooNew when a newer release has written the rows
   */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#run(signal, { fromStart: false });
    } catch (error) {
      if (!(error instanceof ProjectionLost) || !(await wasRestored(this.#store))) throw error;
      await this.#run(signal, { fromStart: true });
    }
  }

  async #run(signal: AbortSignal, { fromStart }: { fromStart: boolean }): Promise<void> {
    this.#state = { status: 'starting' };
    const subscription = new AbortController();
    let tenure: Tenure | undefined;
    try {
      tenure = await takeOver(this.#db, this.#projection, fromStart, this.#build);
      this.#position = tenure.checkpoint?.position ?? -1n;
      this.#state = { status: 'catching_up' };
      const messages = this.#store.subscribeToAll({
        from: tenure.checkpoint ?? 'start',
        filter: this.#projection.filter,
        name: this.name,
        patienceMs: livePatienceMs,
        signal: AbortSignal.any([signal, subscription.signal]),
      });
      const read = batches(
        this.#lag.watch(messages),
        { ...this.#limits, lingerMs: this.#projection.lingerMs ?? this.#limits.lingerMs },
        this.#projection.extraBytes,
        this.#projection.unhurried,
      );
      for await (const batch of readAhead(read, (next) => parseBatch(this.#projection, next))) {
        tenure = await this.#apply(tenure, batch);
        this.#observe(tenure, batch);
      }
      this.#state = { status: 'stopped', reason: null };
    } catch (error) {
      const reason = error instanceof CheckpointNotInLog ? new ProjectionLost(this.name, error) : error;
      this.#state = { status: 'stopped', reason };
      if (reason instanceof ProjectionFenced) this.#lag.forget();
      throw reason;
    } finally {
      subscription.abort();
      if (tenure) await release(this.#db, tenure).catch(() => {});
    }
  }

  async #apply(tenure: Tenure, batch: ParsedBatch): Promise<Tenure> {
    if (batch.events.length === 0) return applyBatch(this.#db, this.#projection, tenure, batch);
    const startedAt = performance.now();
    try {
      const moved = await tracedBatch(this.name, batch, () =>
        applyBatch(this.#db, this.#projection, tenure, batch),
      );
      this.#metrics?.applied(performance.now() - startedAt);
      return moved;
    } catch (error) {
      this.#metrics?.failed(performance.now() - startedAt, error);
      throw error;
    }
  }

  #observe(tenure: Tenure, batch: ParsedBatch): void {
    this.#position = tenure.checkpoint?.position ?? -1n;
    this.#applied += batch.events.length;
    this.#lag.applied(batch.events.length, batch.caughtUp);
    if (batch.caughtUp) this.#state = { status: 'live' };
  }
}
