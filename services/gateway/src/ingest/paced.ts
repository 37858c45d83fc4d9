import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';

/** The maximum number of keys whose last run is remembered. */
const rememberedKeys = 10_000;

/**
 * Runs something at most once per interval and key: immediately if the last run began long enough ago, otherwise after a pause. Callers
 * in between share the next run, so each one gets a run that began after its call.
 */
export class Paced<T> {
  readonly #pauseMs: number;
  readonly #beganAt = new LRUCache<string, number>({ max: rememberedKeys });
  readonly #next = new Map<string, Promise<T>>();

  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  run(key: string, work: () => Promise<T>): Promise<T> {
    const next = this.#next.get(key);
    if (next) return next;
    const pause = (this.#beganAt.get(key) ?? Number.NEGATIVE_INFINITY) + this.#pauseMs - performance.now();
    if (pause <= 0) return this.#begin(key, work);
    const paused = delay(pause).then(() => this.#begin(key, work));
    this.#next.set(key, paused);
    return paused;
  }

  #begin(key: string, work: () => Promise<T>): Promise<T> {
    this.#next.delete(key);
    this.#beganAt.set(key, performance.now());
    return work();
  }
}
