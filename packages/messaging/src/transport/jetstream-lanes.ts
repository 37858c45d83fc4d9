import { setTimeout as delay } from 'node:timers/promises';
import {
  type DeliveryReference,
  deliveriesStream,
  type Lane,
  laneConsumer,
} from '@mission-control/contracts';
import { BaseRpcContext, type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import type { Messaging } from '../connection/connect.ts';
import { listLanes } from '../lanes/lanes.ts';
import type { MessagingLog } from '../log.ts';
import { type LaneWork, serveLane } from './lane-worker.ts';

/** The pattern of the only handler: all lanes carry the same kind of message. */
export const deliveryPattern = 'delivery';

/** What a handler receives besides the reference. */
export class LaneContext extends BaseRpcContext<[Lane, AbortSignal]> {
  get lane(): Lane {
    return this.getArgByIndex(0);
  }

  /** Aborted when the process stops. If a handler then rejects, its message is handed out again. */
  get signal(): AbortSignal {
    return this.getArgByIndex(1);
  }
}

/** How often to look for new lanes when no advisory announces one, in milliseconds. */
const lookMs = 2_000;

/**
 * The Nest transport over JetStream lanes: serves every lane that has a consumer, including lanes that appear later, one message
 * per lane at a time. A message is acknowledged once its handler has resolved. Several processes may serve the same lanes; each
 * lane has one message in hand across all of them.
 */
export class JetStreamLanes extends Server implements CustomTransportStrategy {
  override readonly transportId = Symbol('jetstream-lanes');
  readonly #messaging: Messaging;
  readonly #log: MessagingLog;
  readonly #mayPull: LaneWork['mayPull'];
  readonly #stopping = new AbortController();
  readonly #workers = new Map<string, Promise<void>>();
  #looking: Promise<void> = Promise.resolve();

  /** @param options.mayPull awaited before each message is pulled; use it to hold back a lane that must pause */
  constructor(options: { messaging: Messaging; log: MessagingLog; mayPull?: LaneWork['mayPull'] }) {
    super();
    this.#messaging = options.messaging;
    this.#log = options.log;
    this.#mayPull = options.mayPull ?? (async () => {});
  }

  listen(callback: (error?: unknown) => void): void {
    this.#looking = this.#lookForLanes();
    callback();
  }

  /** Resolves when every handler has ended. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#looking;
    await Promise.all(this.#workers.values());
  }

  on(): never {
    throw new Error('JetStreamLanes emits no events.');
  }

  unwrap<T>(): T {
    return this.#messaging as T;
  }

  async #lookForLanes(): Promise<void> {
    const { signal } = this.#stopping;
    let heard = Promise.withResolvers<void>();
    const advisories = this.#messaging.connection.subscribe(
      `$JS.EVENT.ADVISORY.CONSUMER.CREATED.${deliveriesStream}.>`,
      { callback: () => heard.resolve() },
    );
    while (!signal.aborted) {
      heard = Promise.withResolvers();
      try {
        for (const { lane } of await listLanes(this.#messaging.manager)) this.#serve(lane);
      } catch (error) {
        if (!signal.aborted) this.#log.warn({ err: error }, 'cannot list the lanes; trying again');
      }
      const timer = new AbortController();
      const pause = delay(lookMs, undefined, { signal: AbortSignal.any([signal, timer.signal]) });
      await Promise.race([heard.promise, pause.catch(() => {})]);
      timer.abort();
    }
    advisories.unsubscribe();
  }

  #serve(lane: Lane): void {
    const name = laneConsumer(lane);
    if (this.#workers.has(name) || this.#stopping.signal.aborted) return;
    const { signal } = this.#stopping;
    const worker = serveLane({
      messaging: this.#messaging,
      lane,
      log: this.#log,
      signal,
      mayPull: this.#mayPull,
      handle: (reference) => this.#handle(reference, new LaneContext([lane, signal])),
    });
    this.#workers.set(
      name,
      worker.finally(() => this.#workers.delete(name)),
    );
  }

  async #handle(reference: DeliveryReference, context: LaneContext): Promise<void> {
    const handler = this.getHandlerByPattern(deliveryPattern);
    if (!handler) throw new Error(`No handler for the pattern ${deliveryPattern}.`);
    const result = await handler(reference, context);
    await lastValueFrom(this.transformToObservable(result), { defaultValue: undefined });
  }
}
