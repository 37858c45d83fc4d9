import type { Logger, Metrics } from '@mission-control/runtime';
import { Redis } from 'ioredis';

/** The longest that a request waits for Redis. After that, Redis counts as unavailable, and requests no longer wait for it. */
const answerWithinMs = 100;
/** For the connection, and again for the handshake on it. */
const connectWithinMs = 1_000;
const retryMs = 1_000;
/** Checks that scripts and writes are possible: a full or read-only Redis also answers PING. */
const probe = "return redis.call('set', KEYS[1], '1', 'EX', 1)";

/**
 * The connection to the Redis that replicas of the gateway count in together.
 *
 * It is `connecting` at first and `connected` once Redis has answered the probe. It becomes `unavailable` when a command fails or is not
 * answered in time, or when the connection ends. While it is not `connected`, no command is sent and nothing waits. A new connection is
 * made every second, and the probe decides whether it is used. Each change to `unavailable` and back is logged once.
 */
export class RedisLink {
  readonly client: Redis;
  readonly #log: Logger;
  readonly #answerWithinMs: number;
  readonly #bypassed: ReturnType<Metrics['meter']['createCounter']>;
  #state: 'connecting' | 'connected' | 'unavailable' | 'stopped' = 'connecting';
  #reason = 'not connected yet';

  /**
   * @param url redis:// or rediss://, with credentials and a database number if needed
   * @param options.answerWithinMs replaces the usual limit in tests, which must not depend on the speed of the machine
   */
  constructor(
    url: string,
    options: { log: Logger; meter: Metrics['meter']; answerWithinMs?: number | undefined },
  ) {
    const { log, meter } = options;
    this.#log = log;
    this.#answerWithinMs = options.answerWithinMs ?? answerWithinMs;
    this.#bypassed = meter.createCounter('mission_control.rate_limit.redis.bypassed', {
      description: 'Decisions about rate limits made with the counts of this process alone.',
      unit: '{decision}',
    });
    this.#bypassed.add(0);
    meter
      .createObservableGauge('mission_control.rate_limit.redis.up', {
        description: '1 while rate limits are shared through Redis.',
        unit: '{redis}',
      })
      .addCallback((result) => result.observe(this.connected ? 1 : 0));
    this.client = new Redis(url, {
      commandTimeout: connectWithinMs,
      connectTimeout: connectWithinMs,
      disconnectTimeout: answerWithinMs,
      retryStrategy: () => retryMs,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
    })
      .on('error', (error) => {
        this.#reason = reasonOf(error);
      })
      .on('ready', () => void this.#probe())
      .on('close', () => this.#becomeUnavailable());
  }

  get connected(): boolean {
    return this.#state === 'connected';
  }

  /** @throws Error that states why Redis is unavailable */
  check(): void {
    if (!this.connected) throw new Error(this.#reason);
  }

  /** Resolves to the answer, or to undefined if the decision must be made without Redis. Never rejects. */
  async ask<T>(command: () => Promise<T>): Promise<T | undefined> {
    if (this.connected) {
      try {
        return await inTime(command(), this.#answerWithinMs);
      } catch (error) {
        // If several commands are in progress, the first failure decides.
        if (this.connected) this.#reconnect(error);
      }
    }
    this.#bypassed.add(1);
    return undefined;
  }

  stop(): void {
    this.#state = 'stopped';
    this.client.disconnect();
  }

  async #probe(): Promise<void> {
    try {
      await this.client.eval(probe, 1, 'mission-control:probe');
    } catch (error) {
      return this.#reconnect(error);
    }
    if (this.#state === 'stopped') return;
    this.#state = 'connected';
    this.#reason = 'the connection has ended';
    this.#log.info('connected to Redis; rate limits are shared');
  }

  /** Replaces the connection. Late answers on the old one are ignored. */
  #reconnect(error: unknown): void {
    if (this.#state === 'stopped') return;
    this.#reason = reasonOf(error);
    this.#becomeUnavailable();
    this.client.disconnect(true);
  }

  #becomeUnavailable(): void {
    if (this.#state === 'unavailable' || this.#state === 'stopped') return;
    this.#state = 'unavailable';
    this.#log.warn(
      { reason: this.#reason },
      'Redis is unavailable; this process counts rate limits on its own until it is back',
    );
  }
}

/** Allows one more turn of the event loop, so that an answer does not count as late because this process was too busy to read it. */
const inTime = <T>(answer: Promise<T>, ms: number): Promise<T> =>
  new Promise((resolve, reject) => {
    const late = () => reject(new Error(`no answer within ${ms} ms`));
    const timer = setTimeout(() => setImmediate(late), ms);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });

/** An error that combines the failures of several addresses has no message of its own. */
const reasonOf = (error: unknown): string =>
  (error as Error).message || (error as NodeJS.ErrnoException).code || 'no reason given';
