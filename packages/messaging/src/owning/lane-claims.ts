import { setTimeout as delay } from 'node:timers/promises';
import { type Lane, laneName } from '@mission-control/contracts';
import type { Messaging } from '../connection/connect.ts';
import { listConsumers } from '../lanes/consumers.ts';
import { lanesWithMessages } from '../lanes/stream.ts';
import type { MessagingLog } from '../log.ts';
import { OwnedLane } from './owned-lane.ts';

interface Parts {
  readonly messaging: Messaging;
  readonly log: MessagingLog;
  /** Uses the lane until its ownership ends. */
  readonly serve: (lane: OwnedLane) => Promise<void>;
}

/** How often to look for lanes without an owner when nothing announces one. */
const lookMs = 2_000;
/** How long a process delays a claim for each lane that it already owns, so that several processes share the lanes. */
const hesitationMs = 5;
const longestHesitationMs = 500;
/** A lane whose handler failed is not claimed again before this. */
const failurePauseMs = 1_000;

/**
 * Claims lanes that have messages and no owner: at the start, every 2 s, and when a lane is announced or a consumer is deleted. A lane stays
 * owned while it is empty.
 */
export class LaneClaims {
  readonly #parts: Parts;
  readonly #stopping = new AbortController();
  readonly #owned = new Set<OwnedLane>();
  /** By lane: settles when the lane is released. */
  readonly #serving = new Map<string, Promise<void>>();
  /** Lanes that had an owner, here or elsewhere, when last checked. */
  #taken = new Set<string>();
  #announced: Lane[] = [];
  #wake = (): void => {};
  #running: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Resolves when all owned lanes are released. */
  async close(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    for (const lane of this.#owned) lane.stop();
    await this.#running;
    await Promise.all(this.#serving.values());
  }

  async #run(): Promise<void> {
    const { connection, connected, names } = this.#parts.messaging;
    const { signal } = this.#stopping;
    const subscriptions = [
      connection.subscribe(names.laneAnnouncements, { callback: (_, { subject }) => this.#hear(subject) }),
      connection.subscribe(`$JS.EVENT.ADVISORY.CONSUMER.DELETED.${names.stream}.*`, {
        callback: () => this.#wake(),
      }),
    ];
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      try {
        await Promise.race([connected(), woken]);
        await this.#untilLoss(this.#claimWhatIsFree());
      } catch (error) {
        if (!signal.aborted) this.#parts.log.warn({ err: error }, 'cannot look for lanes; trying again');
      }
      const timer = new AbortController();
      const pause = delay(lookMs, undefined, { signal: AbortSignal.any([signal, timer.signal]) });
      await Promise.race([woken, pause.catch(() => {})]);
      timer.abort();
    }
    if (!connection.isClosed()) for (const subscription of subscriptions) subscription.unsubscribe();
  }

  #hear(subject: string): void {
    const lane = this.#parts.messaging.names.laneOfAnnouncement(subject);
    if (!lane || this.#taken.has(laneName(lane))) return;
    this.#announced.push(lane);
    this.#wake();
  }

  /** Does not wait for answers that were lost with the connection. */
  async #untilLoss(work: Promise<void>): Promise<void> {
    const lost = Promise.withResolvers<void>();
    const forget = this.#parts.messaging.onLoss(lost.resolve);
    await Promise.race([work, lost.promise]).finally(forget);
  }

  /** Claims one lane after the other in random order, so that processes that look at the same time share the lanes they find. */
  async #claimWhatIsFree(): Promise<void> {
    const { signal } = this.#stopping;
    signal.throwIfAborted();
    await delay(Math.min(this.#owned.size * hesitationMs, longestHesitationMs), undefined, { signal });
    for (const lane of shuffled(await this.#lookForFree())) {
      if (signal.aborted) return;
      const owned = await OwnedLane.claim({ ...this.#parts, lane });
      this.#taken.add(laneName(lane));
      if (owned) this.#serve(owned);
    }
  }

  async #lookForFree(): Promise<Lane[]> {
    const { messaging, log } = this.#parts;
    const announced = this.#announced.splice(0);
    const waiting = await lanesWithMessages(messaging);
    const { owned, outdated } = await listConsumers(messaging);
    for (const name of outdated) {
      await messaging.manager.consumers.delete(messaging.names.stream, name);
      log.info({ consumer: name }, 'deleted a consumer of an older release');
    }
    this.#taken = new Set([...owned.map(laneName), ...this.#serving.keys()]);
    const free = [...waiting, ...announced].filter((lane) => !this.#taken.has(laneName(lane)));
    return [...new Map(free.map((lane) => [laneName(lane), lane])).values()];
  }

  #serve(owned: OwnedLane): void {
    const name = laneName(owned.lane);
    const served = this.#serveUntilItEnds(owned).finally(() => {
      this.#serving.delete(name);
      this.#taken.delete(name);
      this.#wake();
    });
    this.#serving.set(name, served);
  }

  async #serveUntilItEnds(owned: OwnedLane): Promise<void> {
    const { serve, log } = this.#parts;
    this.#owned.add(owned);
    if (this.#stopping.signal.aborted) owned.stop();
    try {
      await serve(owned);
    } catch (error) {
      log.error({ err: error, lane: owned.lane }, 'serving a lane failed; releasing it');
      await delay(failurePauseMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
    } finally {
      await owned.release();
      this.#owned.delete(owned);
    }
  }
}

/** A random order. */
const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
