import { setTimeout as delay } from 'node:timers/promises';
import type { Checkpoint } from '@mission-control/event-store';

interface Task {
  /** Where the log has to be read from to meet the fact behind it again; null: from its start. */
  readonly before: Checkpoint | null;
  /** Milliseconds since 1970. */
  readonly dueAt: number;
  readonly run: () => Promise<void>;
}

/**
 * What is still to be carried out, each in its time. Tasks run one at a time, the one due first first. The place to start from
 * after a crash is before the oldest fact whose task is not done.
 */
export class Work {
  readonly #tasks = new Set<Task>();
  #wake = Promise.withResolvers<void>();

  get open(): number {
    return this.#tasks.size;
  }

  add(task: Task): void {
    this.#tasks.add(task);
    this.#wake.resolve();
  }

  /** The place to start from, when everything up to `read` has been read. */
  placeAfter(read: Checkpoint | null): Checkpoint | null {
    const [oldest] = this.#tasks;
    return oldest ? oldest.before : read;
  }

  /** Runs tasks as they are due, until the signal. A task that fails ends it by throwing. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const task = this.#next();
      const wait = task ? task.dueAt - Date.now() : Number.POSITIVE_INFINITY;
      if (task && wait <= 0) {
        await task.run();
        this.#tasks.delete(task);
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
    for (const task of this.#tasks) if (!next || task.dueAt < next.dueAt) next = task;
    return next;
  }
}
