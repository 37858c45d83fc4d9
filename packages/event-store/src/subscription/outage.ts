import { EventStoreUnavailable } from '../errors.ts';
import type { EventStoreLog } from '../log.ts';
import { pause } from './pause.ts';

/** Logs one line when the event store goes away and one when it is back, however many parts of the process notice it. */
export class Outage {
  readonly #log: EventStoreLog;
  #since: number | undefined;
  #retries = 0;

  constructor(log: EventStoreLog) {
    this.#log = log;
  }

  /** An attempt has failed. The first one begins the outage; the others count as retries. */
  failed(error: unknown): void {
    if (this.#since !== undefined) {
      this.#retries += 1;
      this.#log.debug({ err: error }, 'the event store is still unavailable');
      return;
    }
    this.#since = performance.now();
    this.#retries = 0;
    this.#log.warn({ err: error }, 'lost the event store; retrying');
  }

  /** Something has succeeded. */
  over(): void {
    if (this.#since === undefined) return;
    const seconds = Math.round(performance.now() - this.#since) / 1_000;
    this.#since = undefined;
    this.#log.info({ seconds, retries: this.#retries }, 'the event store is back');
  }
}

/** Milliseconds. A connection loss that lasts longer than `patience` is thrown. */
const times = { patience: 30_000, firstRetry: 100, longestRetry: 2_000 };

/**
 * Retries a read while the store is unavailable. Undefined as soon as the signal fires: a read without an answer must not delay the
 * end of a subscription.
 */
export const patiently = async <T>(
  outage: Outage,
  signal: AbortSignal,
  read: () => Promise<T>,
): Promise<T | undefined> => {
  const deadline = performance.now() + times.patience;
  for (let wait = times.firstRetry; !signal.aborted; wait = Math.min(wait * 2, times.longestRetry)) {
    try {
      const result = await orAborted(read(), signal);
      if (!signal.aborted) outage.over();
      return result;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof EventStoreUnavailable) || performance.now() > deadline) throw error;
      outage.failed(error);
      await pause(wait, signal);
    }
  }
  return undefined;
};

const orAborted = async <T>(read: Promise<T>, signal: AbortSignal): Promise<T | undefined> => {
  const aborted = Promise.withResolvers<undefined>();
  const abort = (): void => aborted.resolve(undefined);
  signal.addEventListener('abort', abort);
  try {
    const result = await Promise.race([read, aborted.promise]);
    return signal.aborted ? undefined : result;
  } finally {
    signal.removeEventListener('abort', abort);
  }
};
