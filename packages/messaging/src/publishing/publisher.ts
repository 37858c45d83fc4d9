import { setTimeout as delay } from 'node:timers/promises';
import { type DeliveryReference, type Lane, laneName } from '@mission-control/contracts';
import { JetStreamApiCodes, type PubAck } from '@nats-io/jetstream';
import type { Messaging } from '../connection/connect.ts';
import { ensureDeliveriesStream, isApiError, readStreamTail, type StreamTail } from '../lanes/stream.ts';
import type { MessagingLog } from '../log.ts';
import { PublisherFenced, PublishingLost } from './errors.ts';
import { type PublishSpan, startPublishing } from './publish-span.ts';

export interface DeliveryMessage {
  /** The stream drops further messages with the same id for two minutes. */
  readonly id: string;
  readonly lane: Lane;
  readonly reference: DeliveryReference;
}

interface Waiting extends DeliveryMessage {
  readonly span: PublishSpan;
  readonly stored: (sequence: number) => void;
  readonly failed: (error: unknown) => void;
}

/** Maximum number of messages in flight. */
const window = 256;
/** Number of messages that may wait in this process before `room` blocks. */
const queueLimit = 1_024;
const fullPauseMs = 500;
const announceEveryMs = 1_000;

/** Stream limits, account limits, disk space: there may be room later. */
const noRoomCodes = [10077, 10023, 10028, 10047] as const;

/** @returns a function that tells how often publishers have shown that they are active */
export const watchPublishers = ({ connection, names }: Messaging): (() => number) => {
  let shown = 0;
  connection.subscribe(names.publisherActivity, {
    callback: () => {
      shown += 1;
    },
  });
  return () => shown;
};

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
  /** When each lane was last announced, in monotonic milliseconds. */
  readonly #announced = new Map<string, number>();
  readonly #closing = new AbortController();
  readonly #forgetLoss: () => void;
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
    this.#forgetLoss = messaging.onLoss(() => this.#fail(new PublishingLost('the connection was lost')));
  }

  /** Creates the stream if it is missing. */
  static async open(messaging: Messaging, log: MessagingLog): Promise<DeliveryPublisher> {
    await messaging.connected();
    return new DeliveryPublisher(messaging, log, await ensureDeliveriesStream(messaging));
  }

  /** Resolves to the sequence of the message once the stream has stored it, even if it had stored it before. */
  publish(message: DeliveryMessage): Promise<number> {
    return new Promise((stored, failed) => {
      if (this.#failure) return failed(this.#failure);
      const span = startPublishing(this.#messaging.names.stream, message.reference);
      this.#queue.push({
        ...message,
        span,
        stored: (sequence) => {
          span.ended();
          stored(sequence);
        },
        failed: (error) => {
          span.failed(error);
          failed(error);
        },
      });
      if (!this.#sending) void this.#send();
    });
  }

  /** Whether another message may be passed to `publish` now. */
  get hasRoom(): boolean {
    return !this.#failure && this.#queue.length < queueLimit;
  }

  /** Resolves when another message may be passed to `publish`. */
  async room(): Promise<void> {
    while (!this.#failure && this.#queue.length >= queueLimit) {
      await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
    }
    if (this.#failure) throw this.#failure;
  }

  /**
   * Checks that the stream is still the same one, and then shows that this publisher is active.
   *
   * @throws PublishingLost when the stream cannot be read, is gone, was replaced, or has lost messages of this publisher
   */
  async check(): Promise<void> {
    const { connection, names } = this.#messaging;
    try {
      const before = this.#lastSequence;
      const tail = await readStreamTail(this.#messaging);
      if (tail?.created !== this.#created || tail.lastSequence < before) {
        throw new Error(tail ? 'the stream has lost messages' : 'the stream is gone');
      }
      connection.publish(names.publisherActivity);
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
        for (const { lane } of batch) this.#announce(lane);
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

  /** Lets notifiers claim the lane if it has no owner. Without this they would also find it, but later. */
  #announce(lane: Lane): void {
    const name = laneName(lane);
    const now = performance.now();
    if (now - (this.#announced.get(name) ?? Number.NEGATIVE_INFINITY) < announceEveryMs) return;
    this.#announced.set(name, now);
    const { connection, names } = this.#messaging;
    connection.publish(names.laneAnnouncement(lane));
  }

  #publish(message: Waiting, indexInBatch: number): Promise<PubAck> {
    const { client, names } = this.#messaging;
    return client.publish(names.laneSubject(message.lane), JSON.stringify(message.reference), {
      msgID: message.id,
      ...(message.span.headers && { headers: message.span.headers }),
      expect: { streamName: names.stream, lastSequence: this.#lastSequence + indexInBatch },
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
    this.#forgetLoss();
    this.#closing.abort(error);
    for (const message of this.#queue.splice(0)) message.failed(error);
    for (const resolve of this.#roomWaiters.splice(0)) resolve();
  }
}
