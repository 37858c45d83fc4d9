import type { ReaderSession } from '@mission-control/aggregates';
import { isEvent, parseEvent } from '@mission-control/contracts';
import type { Checkpoint, EventStore, RecordedEvent } from '@mission-control/event-store';
import type { Logger } from '@mission-control/runtime';
import type { ReplayMetrics } from './metrics.ts';
import { Outcomes } from './outcomes.ts';
import { ReplayJob } from './replay-job.ts';

/** The event types that the session reads. */
export const replayControls = [
  'ReplayRequested',
  'ReplayPaused',
  'ReplayResumed',
  'ReplayCancelled',
] as const;

/** How many replayed deliveries of a board may be under way. A live delivery waits for no more than these. */
export const mostUnderWay = 10;

/**
 * Works on the replays that have not ended. A replay is begun only after the checkpoint has been stored with it: a process that cannot
 * store it is not the active one.
 */
export class ReplaysSession implements ReaderSession {
  readonly #store: EventStore;
  readonly #log: Logger;
  readonly #metrics: ReplayMetrics;
  readonly #outcomes: Outcomes;
  /** Replays that have not ended, as far as is known. */
  readonly #open: Set<string>;
  readonly #jobs = new Map<string, ReplayJob>();
  readonly #running = new Set<Promise<void>>();
  readonly #failed = Promise.withResolvers<never>();
  #signal: AbortSignal | null = null;
  #caughtUp = false;

  constructor(parts: { store: EventStore; log: Logger; metrics: ReplayMetrics }, open: readonly string[]) {
    this.#store = parts.store;
    this.#log = parts.log;
    this.#metrics = parts.metrics;
    this.#outcomes = new Outcomes(parts.store);
    this.#open = new Set(open);
    this.#failed.promise.catch(() => {});
    parts.metrics.watch(() => {
      const statuses = [...this.#jobs.values()].map(({ status }) => status);
      const paused = statuses.filter((status) => status === 'paused').length;
      return { running: statuses.length - paused, paused };
    });
  }

  take(recorded: RecordedEvent): void {
    const event = parseEvent(recorded);
    if (!isEvent(event, ...replayControls)) return;
    const { replayId } = event.data;
    if (event.type === 'ReplayRequested') this.#open.add(replayId);
    else this.#jobs.get(replayId)?.changed();
  }

  async caughtUp(): Promise<void> {
    this.#caughtUp = true;
  }

  checkpointAfter(read: Checkpoint | null): Checkpoint | null {
    return read;
  }

  open(): readonly string[] {
    return [...this.#open];
  }

  isBusy(): boolean {
    return [...this.#open].some((id) => this.#jobs.get(id)?.isBusy ?? true);
  }

  /** Begins what has not begun. */
  stored(): void {
    const signal = this.#signal;
    if (!this.#caughtUp || !signal || signal.aborted) return;
    for (const replayId of this.#open) if (!this.#jobs.has(replayId)) this.#begin(replayId, signal);
  }

  start(signal: AbortSignal): readonly Promise<void>[] {
    this.#signal = signal;
    return [this.#outcomes.run(signal), this.#failed.promise, this.#ended(signal)];
  }

  close(): void {
    this.#metrics.watch(() => ({ running: 0, paused: 0 }));
    this.#failed.reject(new Error('The session has ended.'));
  }

  #begin(replayId: string, signal: AbortSignal): void {
    const job = new ReplayJob(replayId, {
      store: this.#store,
      log: this.#log,
      outcomes: this.#outcomes,
      metrics: this.#metrics,
      hasRoom: (boardId) => this.#underWay(boardId) < mostUnderWay,
      madeRoom: () => {
        for (const one of this.#jobs.values()) one.wake();
      },
    });
    this.#jobs.set(replayId, job);
    const running = job
      .run(signal)
      .then(() => {
        if (signal.aborted) return;
        this.#open.delete(replayId);
        this.#jobs.delete(replayId);
      })
      .catch((error: unknown) => this.#failed.reject(error))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  #underWay(boardId: string): number {
    let underWay = 0;
    for (const job of this.#jobs.values()) if (job.boardId === boardId) underWay += job.underWay;
    return underWay;
  }

  /** Resolves when the signal is aborted and no replay is worked on any more. */
  async #ended(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.allSettled(this.#running);
  }
}
