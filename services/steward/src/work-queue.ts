import { setTimeout as delay } from 'node:timers/promises';
import type { Checkpoint } from '@mission-control/event-store';

interface Task {
  /** Reading the log from here returns the fact behind the task again; null: from the start. */
  readonly before: Checkpoint | null;
  /**
   * When the fact was read, in milliseconds since 1970: never before it was recorded. The time of the record itself changes when the log
   * is copied.
   */
  readonly takenAt: number;
  /** When the fact happened. Only shows how late the task is: after each failure it is taken anew. */
  readonly happenedAt: number;
  /** How long afterwards the task is due. There are few different delays. */
  readonly delayMs: number;
  readonly run: () => Promise<void>;
}

/**
 * The tasks that still have to run. They run one at a time, the earliest due first. After a crash, the steward starts before the
 * oldest fact whose task is not done.
 */
export class WorkQueue {
  readonly #tasks = new Set<Task>();
  /** The tasks of each delay become due in the order of their facts. */
  readonly #byDelay = new Map<number, Set<Task>>();
  #wake = Promise.withResolvers<void>();

  get open(): number {
    return this.#tasks.size;
  }

  /** How long the earliest due task has been due, in milliseconds, however often it has failed; 0: none is due. */
  get overdueMs(): number {
    const task = this.#next();
    return task && dueAt(task) <= Date.now() ? Math.max(0, Date.now() - task.happenedAt - task.delayMs) : 0;
  }

  add(task: Task): void {
    this.#tasks.add(task);
    const same = this.#byDelay.get(task.delayMs) ?? new Set();
    this.#byDelay.set(task.delayMs, same.add(task));
    this.#wake.resolve();
  }

  /** The checkpoint to start from when everything up to `read` has been read. */
  checkpointAfter(read: Checkpoint | null): Checkpoint | null {
    const [oldest] = this.#tasks;
    return oldest ? oldest.before : read;
  }

  /** Runs tasks when they are due, until the signal is aborted. Throws if a task fails. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const task = this.#next();
      const wait = task ? dueAt(task) - Date.now() : Number.POSITIVE_INFINITY;
      if (task && wait <= 0) {
        await task.run();
        this.#tasks.delete(task);
        this.#byDelay.get(task.delayMs)?.delete(task);
        continue;
      }
      this.#wake = Promise.withResolvers<void>();
      const pause = new AbortController();
      const anySignal = AbortSignal.any([signal, pause.signal]);
      const due = delay(Math.min(wait, 60_000), undefined, { signal: anySignal }).catch(() => {});
      await Promise.race([this.#wake.promise, due]);
      pause.abort();
    }
  }

  #next(): Task | undefined {
    let next: Task | undefined;
    for (const same of this.#byDelay.values()) {
      const [first] = same;
      if (first && (!next || dueAt(first) < dueAt(next))) next = first;
    }
    return next;
  }
}

const dueAt = ({ takenAt, delayMs }: Task): number => takenAt + delayMs;
