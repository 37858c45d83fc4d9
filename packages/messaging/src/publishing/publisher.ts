import { setTimeout as delay } from 'node:timers/promises';
import {
  type DeliveryReference,
  deliveriesStream,
  type Lane,
  laneConsumer,
  laneSubject,
} from '@mission-control/contracts';
import { JetStreamApiCodes, type PubAck } from '@nats-io/jetstream';
import type { Messaging } from '../connection/connect.ts';
import { ensureLane, listLanes, recreateLanesAhead } from '../lanes/lanes.ts';
import { ensureDeliveriesStream, isApiError, readStreamTail, type StreamTail } from '../lanes/stream.ts';
import type { MessagingLog } from '../log.ts';
import { PublisherFenced, PublishingLost } from './errors.ts';

export interface DeliveryMessage {
  /** The stream drops further messages with the same id for two minutes. */
  readonly id: string;
  readonly lane: Lane;
  readonly reference: DeliveryReference;
}

interface Waiting extends DeliveryMessage {
  readonly stored: (sequence: number) => void;
  readonly failed: (error: unknown) => void;
}

/** Maximum number of messages in flight. */
const window = 256;
/** Number of messages that may wait in this process before `room` blocks. */
const queueLimit = 1_024;
const fullPauseMs = 500;

/** Stream limits, account limits, disk space: there may be room later. */
const noRoomCodes = [10077, 10023, 10028, 10047] as const;

/**
 * Publishes references in order. Each message states the sequence that it expects to follow. So if one of the messages in flight
 * is rejected, all later ones are rejected too, and a second publisher is detected at its first message.
 *
 * States: open → failed (fenced, lost or closed; every promise rejects with the reason, including later ones). A full stream is
 * not a failure: the publisher waits.
 */
export class DeliveryPublisher {
  readonly #messaging: Messaging;
  readonly #log: MessagingLog;
  /** When the stream was created, which identifies it. */
  readonly #created: string;
  readonly #lanes = new Map<string, Lane>();
  readonly #closing = new AbortController();
  #queue: Waiting[] = [];
  #sending = false;
  #roomWaiters: (() => void)[] = [];
  #lastSequence: number;
  #failure: unknown;

  private constructor(messaging: Messaging, log: MessagingLog, tail: StreamTail) {
    this.#messaging = messaging;
    this.#log = log;
    this.#created = tail.created;
    this.#lastSequence = tail.lastSequence;
  }

  /** Creates the stream if it is missing, and recreates consumers that are ahead of it. */
  static async open(messaging: Messaging, log: MessagingLog): Promise<DeliveryPublisher> {
    const tail = await ensureDeliveriesStream(messaging.manager);
    const recreated = await recreateLanesAhead(messaging.manager);
    if (recreated.length > 0)
      log.warn({ lanes: recreated.length }, 'recreated consumers that were ahead of the stream');
    return new DeliveryPublisher(messaging, log, tail);
  }

  /** Resolves to the sequence of the message once the stream has stored it, even if it had stored it before. */
  publish(message: DeliveryMessage): Promise<number> {
    return new Promise((stored, failed) => {
      if (this.#failure) return failed(this.#failure);
      this.#queue.push({ ...message, stored, failed });
      if (!this.#sending) void this.#send();
    });
  }

  /** Resolves when another message may be passed to `publish`. */
  async room(): Promise<void> {
    while (!this.#failure && this.#queue.length >= queueLimit) {
      await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
    }
    if (this.#failure) throw this.#failure;
  }

  /**
   * Checks that the stream is still the same one, and recreates lanes that are missing or ahead of it.
   *
   * @throws PublishingLost when the stream cannot be read, is gone, was replaced, or has lost messages of this publisher
   */
  async check(): Promise<void> {
    const { manager } = this.#messaging;
    try {
      const before = this.#lastSequence;
      const tail = await readStreamTail(manager);
      if (tail?.created !== this.#created || tail.lastSequence < before) {
        throw new Error(tail ? 'the stream has lost messages' : 'the stream is gone');
      }
      await recreateLanesAhead(manager);
      const existing = new Set((await listLanes(manager)).map(({ lane }) => laneConsumer(lane)));
      for (const [name, lane] of this.#lanes) if (!existing.has(name)) await ensureLane(manager, lane);
    } catch (error) {
      throw new PublishingLost(error);
    }
  }

  /** Rejects when the publisher has failed; never resolves. */
  failed(): Promise<never> {
    return new Promise((_, reject) => {
      const { signal } = this.#closing;
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  close(): void {
    this.#fail(new PublishingLost('the publisher was closed'));
  }

  async #send(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#queue.length > 0 && !this.#failure) {
        const batch = this.#queue.slice(0, window);
        await this.#ensureLanes(batch);
        const answers = await Promise.allSettled(batch.map((message, i) => this.#publish(message, i)));
        const unsent = await this.#settle(batch, answers);
        this.#queue = [...unsent, ...this.#queue.slice(batch.length)];
        for (const resolve of this.#roomWaiters.splice(0)) resolve();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#sending = false;
    }
  }

  async #ensureLanes(batch: readonly Waiting[]): Promise<void> {
    for (const { lane } of batch) {
      const name = laneConsumer(lane);
      if (this.#lanes.has(name)) continue;
      await ensureLane(this.#messaging.manager, lane);
      this.#lanes.set(name, lane);
    }
  }

  #publish(message: Waiting, indexInBatch: number): Promise<PubAck> {
    return this.#messaging.client.publish(laneSubject(message.lane), JSON.stringify(message.reference), {
      msgID: message.id,
      expect: { streamName: deliveriesStream, lastSequence: this.#lastSequence + indexInBatch },
    });
  }

  /** Settles the messages that were answered. Returns the messages to send again, in order. */
  async #settle(
    batch: readonly Waiting[],
    answers: readonly PromiseSettledResult<PubAck>[],
  ): Promise<Waiting[]> {
    const again: Waiting[] = [];
    let chainBroken = false;
    let full = false;
    for (const [i, message] of batch.entries()) {
      const answer = answers[i];
      if (answer?.status === 'fulfilled') {
        const { duplicate, seq } = answer.value;
        // Another publisher has published it since this one was opened.
        if (duplicate && seq > this.#lastSequence) throw new PublisherFenced();
        // A duplicate gets no new sequence, so the messages after it expect a sequence that is too high.
        if (duplicate) chainBroken = true;
        else this.#lastSequence = seq;
        message.stored(seq);
      } else if (isApiError(answer?.reason, JetStreamApiCodes.StreamWrongLastSequence)) {
        if (!chainBroken) throw new PublisherFenced();
        again.push(message);
      } else if (isApiError(answer?.reason, ...noRoomCodes)) {
        chainBroken = true;
        full = true;
        again.push(message);
      } else throw new PublishingLost(answer?.reason);
    }
    if (full) {
      this.#log.warn({ waiting: again.length }, 'the stream is full; waiting for notifiers');
      await delay(fullPauseMs, undefined, { signal: this.#closing.signal });
    }
    return again;
  }

  #fail(error: unknown): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#closing.abort(error);
    for (const message of this.#queue.splice(0)) message.failed(error);
    for (const resolve of this.#roomWaiters.splice(0)) resolve();
  }
}
