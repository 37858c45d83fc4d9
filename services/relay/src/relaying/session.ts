import { setTimeout as delay } from 'node:timers/promises';
import { type AggregateCache, aggregates, type StoredCheckpoint } from '@mission-control/aggregates';
import { laneOf } from '@mission-control/contracts';
import type { Checkpoint, EventStore, RecordedEvent } from '@mission-control/event-store';
import { type DeliveryPublisher, type LaneState, largestBacklog } from '@mission-control/messaging';
import { type Outstanding, OutstandingDeliveries } from '../outstanding/outstanding.ts';
import { meaningfulTypes, meaningOf } from '../outstanding/reference-of.ts';
import { isSettled } from '../sweeping/settled.ts';
import { sweepOnce } from '../sweeping/sweep.ts';
import type { Instruments } from './instruments.ts';

export interface SessionParts {
  readonly store: EventStore;
  readonly cache: AggregateCache;
  readonly publisher: DeliveryPublisher;
  readonly mark: StoredCheckpoint;
  readonly from: Checkpoint | 'start';
  readonly listLanes: () => Promise<readonly LaneState[]>;
  readonly instruments: Instruments;
  readonly sweepMs: number;
  /** Called when everything outstanding has been handed to JetStream. */
  readonly caughtUp: () => void;
}

const checkEveryMs = 5_000;
const moveMarkEveryMs = 2_000;
const lookAgainMs = 1_000;

/**
 * One run of the relay, from its low-water mark until something fails. The next session begins at the mark as it is then. Repeats
 * do no harm: the stream drops them for two minutes, and notifiers decide by the stream of the delivery.
 *
 * States: `catching_up` (collects deliveries without an outcome and publishes nothing, because most were settled long ago) →
 * `live` (publishes events as they come).
 */
export class RelaySession {
  readonly #parts: SessionParts;
  readonly #outstanding = new OutstandingDeliveries();
  #live = false;
  #passed: Checkpoint | null;
  #newest: RecordedEvent | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#passed = parts.from === 'start' ? null : parts.from;
    parts.instruments.watch = {
      outstanding: () => this.#outstanding.size,
      lagSeconds: () =>
        this.#live || !this.#newest ? 0 : (Date.now() - Date.parse(this.#newest.recordedAt)) / 1000,
    };
  }

  /** Runs until the signal is aborted. Rejects with the first error. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const own = AbortSignal.any([signal, stop.signal]);
    const loops = [
      this.#readLog(own),
      every(moveMarkEveryMs, own, () => this.#moveMark()),
      every(checkEveryMs, own, () => this.#parts.publisher.check()),
      every(Math.min(this.#parts.sweepMs / 2, checkEveryMs), own, () => this.#sweep()),
    ];
    try {
      await Promise.race([...loops, this.#parts.publisher.failed()]);
    } finally {
      stop.abort();
      // A loop may be waiting for room in a full stream.
      this.#parts.publisher.close();
      await Promise.allSettled(loops);
      if (signal.aborted) await this.#moveMark();
    }
  }

  async #readLog(signal: AbortSignal): Promise<void> {
    const { store, from } = this.#parts;
    const filter = { types: meaningfulTypes };
    for await (const message of store.subscribeToAll({ from, filter, signal })) {
      if (message.kind === 'event') await this.#take(message.event, message.checkpoint);
      if (message.kind === 'caught_up' && !this.#live) await this.#goLive();
    }
    signal.throwIfAborted();
  }

  async #take(event: RecordedEvent, checkpoint: Checkpoint): Promise<void> {
    const meaning = meaningOf(event);
    switch (meaning.kind) {
      case 'asked': {
        await this.#makeRoom();
        const delivery = this.#outstanding.add(meaning.reference, this.#passed);
        if (this.#live) await this.#publish(delivery, event.id);
        break;
      }
      case 'settled':
        this.#outstanding.forget(meaning.deliveryId);
        break;
      case 'webhook_deleted':
        this.#outstanding.forgetWebhook(meaning.webhookId);
        break;
    }
    this.#passed = checkpoint;
    this.#newest = event;
  }

  async #goLive(): Promise<void> {
    for (const delivery of this.#outstanding.unpublished()) {
      await this.#publish(delivery, delivery.reference.cause.eventId);
    }
    this.#live = true;
    this.#parts.caughtUp();
  }

  /** Waits until the publisher has room, then hands the message over. Does not wait until JetStream has stored it. */
  async #publish(delivery: Outstanding, messageId: string): Promise<void> {
    const { publisher, cache, instruments } = this.#parts;
    const { reference } = delivery;
    await publisher.room();
    const board = (await cache.get(aggregates.board, reference.boardId)).state;
    const lane = laneOf(board.status === 'open' ? board.gatewayId : null, reference.boardId);
    const published = { lane, at: performance.now(), sequence: null as number | null };
    delivery.published = published;
    publisher.publish({ id: messageId, lane, reference }).then(
      (sequence) => {
        published.sequence = sequence;
        instruments.published();
      },
      // `failed()` reports it.
      () => {},
    );
  }

  /**
   * Pauses reading the log while more deliveries are outstanding than JetStream accepts, so memory stays bounded however far
   * behind the relay is. The outcomes of the oldest deliveries may be further on in the log, so they are looked up.
   */
  async #makeRoom(): Promise<void> {
    if (this.#outstanding.size < largestBacklog) return;
    if (!this.#live) await this.#goLive();
    for (;;) {
      for (const delivery of this.#outstanding.publishedBefore(performance.now()).slice(0, 1_000)) {
        if (await isSettled(this.#parts.store, delivery.reference)) {
          this.#outstanding.forget(delivery.reference.cause.eventId);
        }
      }
      if (this.#outstanding.size < largestBacklog) return;
      await this.#parts.publisher.room();
      await delay(lookAgainMs);
    }
  }

  /**
   * Moves the mark to before the oldest delivery without an outcome. Only events in `meaningfulTypes` move it; otherwise its own
   * moves would.
   */
  async #moveMark(): Promise<void> {
    const oldest = this.#outstanding.oldest();
    const mark = oldest ? oldest.before : this.#passed;
    const { checkpoint } = this.#parts.mark;
    if (mark && (!checkpoint || isAfter(mark, checkpoint))) await this.#parts.mark.move(mark);
  }

  #sweep(): Promise<void> {
    const { store, sweepMs, listLanes, instruments } = this.#parts;
    return sweepOnce({
      store,
      outstanding: this.#outstanding,
      afterMs: sweepMs,
      listLanes,
      publishAgain: async (delivery, messageId) => {
        await this.#publish(delivery, messageId);
        instruments.swept();
      },
    });
  }
}

const isAfter = (one: Checkpoint, other: Checkpoint): boolean =>
  one.incarnation !== other.incarnation || one.position > other.position;

/** Runs `work` after every pause, until the signal is aborted or `work` fails. */
const every = async (pauseMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> => {
  for (;;) {
    await delay(pauseMs, undefined, { signal });
    await work();
  }
};
