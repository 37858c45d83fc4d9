import type { Logger, Metrics } from '@mission-control/runtime';
import { Redis } from 'ioredis';

/** No request waits longer than this for Redis; then Redis counts as away, and none waits at all. */
const answerWithinMs = 100;
/** For the connection, and again for the greetings on it. */
const connectWithinMs = 1_000;
const retryMs = 1_000;
/** Whether scripts and writes are possible: a full or read-only Redis answers PING as well. */
const probe = "return redis.call('set', KEYS[1], '1', 'EX', 1)";

/**
 * The way to a Redis that replicas of the gateway count in together.
 *
 * It is `connecting` at first, `reached` once Redis has answered the probe, and `away` from the first command on that fails or is not
 * answered in time, or when the connection ends. While it is not `reached` nothing is asked of it and nothing waits: the connection
 * is made anew every second, and the probe decides. Each way into `away` and back is logged once.
 */
export class RedisLink {
  readonly client: Redis;
  readonly #log: Logger;
  readonly #answerWithinMs: number;
  readonly #withoutRedis: ReturnType<Metrics['meter']['createCounter']>;
  #state: 'connecting' | 'reached' | 'away' | 'stopped' = 'connecting';
  #reason = 'not connected yet';

  /**
   * @param url redis:// or rediss://, with credentials and the number of the database where they are needed
   * @param options.answerWithinMs replaces the usual limit in tests, which must not depend on the speed of the machine
   */
  constructor(
    url: string,
    options: { log: Logger; meter: Metrics['meter']; answerWithinMs?: number | undefined },
  ) {
    const { log, meter } = options;
    this.#log = log;
    this.#answerWithinMs = options.answerWithinMs ?? answerWithinMs;
    this.#withoutRedis = meter.createCounter('ingest.limits.without_redis', {
      description: 'Decisions about rate limits made by the counts of this process alone.',
    });
    meter
      .createObservableGauge('ingest.limits.redis_reached', {
        description: '1 while rate limits are shared through Redis.',
      })
      .addCallback((result) => result.observe(this.reached ? 1 : 0));
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
      .on('close', () => this.#away());
  }

  get reached(): boolean {
    return this.#state === 'reached';
  }

  /** @throws Error that says why Redis is away */
  check(): void {
    if (!this.reached) throw new Error(this.#reason);
  }

  /** Resolves to the answer, or to undefined where the decision has to be made without Redis. Never rejects. */
  async ask<T>(command: () => Promise<T>): Promise<T | undefined> {
    if (this.reached) {
      try {
        return await inTime(command(), this.#answerWithinMs);
      } catch (error) {
        // Of all that were under way, the first to fail decides.
        if (this.reached) this.#startAnew(error);
      }
    }
    this.#withoutRedis.add(1);
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
      return this.#startAnew(error);
    }
    if (this.#state === 'stopped') return;
    this.#state = 'reached';
    this.#reason = 'the connection has ended';
    this.#log.info('Redis is reached: rate limits are shared');
  }

  /** What is answered late on the old connection is answered to nobody. */
  #startAnew(error: unknown): void {
    if (this.#state === 'stopped') return;
    this.#reason = reasonOf(error);
    this.#away();
    this.client.disconnect(true);
  }

  #away(): void {
    if (this.#state === 'away' || this.#state === 'stopped') return;
    this.#state = 'away';
    this.#log.warn(
      { reason: this.#reason },
      'Redis is away: rate limits are counted in this process alone until it is back',
    );
  }
}

/** One turn of the event loop more, so that an answer which this process was too busy to read is not late. */
const inTime = <T>(answer: Promise<T>, ms: number): Promise<T> =>
  new Promise((resolve, reject) => {
    const late = () => reject(new Error(`no answer within ${ms} ms`));
    const timer = setTimeout(() => setImmediate(late), ms);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });

/** An error that sums up the failures of several addresses has no message of its own. */
const reasonOf = (error: unknown): string =>
  (error as Error).message || (error as NodeJS.ErrnoException).code || 'no reason given';
