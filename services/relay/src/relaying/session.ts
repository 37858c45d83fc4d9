import { setTimeout as delay } from 'node:timers/promises';
import { type AggregateCache, aggregates, type ReaderSession } from '@mission-control/aggregates';
import { laneOf } from '@mission-control/contracts';
import type { Checkpoint, EventStore, RecordedEvent } from '@mission-control/event-store';
import { type DeliveryPublisher, type LaneState, largestBacklog } from '@mission-control/messaging';
import { type Outstanding, OutstandingDeliveries } from '../outstanding/outstanding.ts';
import { meaningOf } from '../outstanding/reference-of.ts';
import { isSettled } from '../sweeping/settled.ts';
import { sweepOnce } from '../sweeping/sweep.ts';
import type { RelayMetrics } from './metrics.ts';

export interface SessionParts {
  readonly store: EventStore;
  readonly cache: AggregateCache;
  readonly publisher: DeliveryPublisher;
  readonly listLanes: () => Promise<readonly LaneState[]>;
  readonly metrics: RelayMetrics;
  readonly sweepMs: number;
}

const checkEveryMs = 5_000;
const lookAgainMs = 1_000;

/**
 * One run of the relay, from its low-water mark until something fails. Repeats do no harm: the stream drops them for two minutes,
 * and notifiers decide by the stream of the delivery.
 *
 * States: `catching_up` (collects deliveries without an outcome and publishes nothing, because most were settled long ago) →
 * `live` (publishes events as they come).
 */
export class RelaySession implements ReaderSession {
  readonly #parts: SessionParts;
  readonly #outstanding = new OutstandingDeliveries();
  #live = false;
  /** When the newest event was recorded, while more may wait to be read; they are at most that old. null: none wait. */
  #behindSince: string | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  get outstanding(): number {
    return this.#outstanding.size;
  }

  /** The age of the oldest event that is not read or whose reference JetStream has not stored; 0 if there is none. */
  get lagSeconds(): number {
    const oldest = this.#outstanding.oldestUnstored()?.recordedAt ?? this.#behindSince;
    return oldest === null ? 0 : Math.max(0, Date.now() - Date.parse(oldest)) / 1000;
  }

  start(signal: AbortSignal): readonly Promise<void>[] {
    const { publisher, sweepMs } = this.#parts;
    return [
      publisher.failed(),
      every(checkEveryMs, signal, () => publisher.check()),
      every(Math.min(sweepMs / 2, checkEveryMs), signal, () => this.#sweep()),
    ];
  }

  /** Reading or sweeping may be waiting for room in a full stream. */
  close(): void {
    this.#parts.publisher.close();
  }

  async take(event: RecordedEvent, before: Checkpoint | null): Promise<void> {
    this.#behindSince = event.recordedAt;
    const meaning = meaningOf(event);
    switch (meaning.kind) {
      case 'asked': {
        await this.#makeRoom();
        const delivery = this.#outstanding.add(meaning.reference, before, event.recordedAt);
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
  }

  async caughtUp(): Promise<void> {
    if (!this.#live) await this.#goLive();
    this.#behindSince = null;
  }

  /** The low-water mark is before the oldest delivery without an outcome. */
  checkpointAfter(read: Checkpoint | null): Checkpoint | null {
    const oldest = this.#outstanding.oldest();
    return oldest ? oldest.before : read;
  }

  async #goLive(): Promise<void> {
    for (const delivery of this.#outstanding.unpublished()) {
      await this.#publish(delivery, delivery.reference.cause.eventId);
    }
    this.#live = true;
  }

  /** Waits until the publisher has room, then hands the message over. Does not wait until JetStream has stored it. */
  async #publish(delivery: Outstanding, messageId: string): Promise<void> {
    const { publisher, cache, metrics } = this.#parts;
    const { reference } = delivery;
    await publisher.room();
    const board = (await cache.get(aggregates.board, reference.boardId)).state;
    const lane = laneOf(board.status === 'open' ? board.gatewayId : null, reference.boardId);
    const published = { lane, at: performance.now(), sequence: null as number | null };
    delivery.published = published;
    publisher.publish({ id: messageId, lane, reference }).then(
      (sequence) => {
        published.sequence = sequence;
        delivery.stored = true;
        metrics.published();
      },
      // `failed()` reports it.
      () => {},
    );
  }

  /**
   * Pauses reading the log while more deliveries are outstanding than JetStream accepts, so memory stays bounded however far
   * behind the relay is. The outcomes of the oldest deliveries may be further on in the log, so the relay reads them.
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

  #sweep(): Promise<void> {
    const { store, sweepMs, listLanes, metrics } = this.#parts;
    return sweepOnce({
      store,
      outstanding: this.#outstanding,
      afterMs: sweepMs,
      listLanes,
      publishAgain: async (delivery, messageId) => {
        await this.#publish(delivery, messageId);
        metrics.republished();
      },
    });
  }
}

/** Runs `work` after every pause, until the signal is aborted or `work` fails. */
const every = async (pauseMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> => {
  for (;;) {
    await delay(pauseMs, undefined, { signal });
    await work();
  }
};
