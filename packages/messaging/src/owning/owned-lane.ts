import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Lane } from '@mission-control/contracts';
import { registration } from '@mission-control/telemetry';
import type { Msg } from '@nats-io/transport-node';
import type { Messaging } from '../connection/connect.ts';
import { createConsumer, ownershipMs } from '../lanes/consumers.ts';
import type { MessagingLog } from '../log.ts';
import { traceHeader } from '../publishing/publish-span.ts';
import type { LaneMessage, LaneOwnership } from '../transport/lane-context.ts';
import { Acknowledgements, type Place, placeIn } from './acknowledgements.ts';
import { Arrivals } from './arrivals.ts';
import { Pulls } from './pulls.ts';
import { ReferenceReader, WaitingMessage } from './waiting-message.ts';

interface Parts {
  readonly messaging: Messaging;
  readonly lane: Lane;
  readonly log: MessagingLog;
}

/** The owner trusts its ownership for this long; the server keeps the consumer a second longer. */
const trustMs = ownershipMs - 1_000;
/** A server that has answered nothing for so long has deleted the consumer. */
const silenceMs = ownershipMs + 1_000;
const releaseMs = 2_000;

/**
 * A lane that this process owns, because it has the lane's only consumer.
 *
 * States: owned → ended → released. It ends when it is stopped, or when the consumer is lost or may have handed out messages that did not
 * arrive: after a lost connection, a gap, or silence. Releasing deletes the consumer, so the next owner gets every unacknowledged message.
 *
 * The proof of ownership is a pull that the server has answered. The server keeps the consumer for `ownershipMs` after it received the
 * pull, which was after the pull was sent. So the time of the pull counts, not that of the answer, which may have waited in a socket while
 * this process was suspended.
 */
export class OwnedLane implements LaneOwnership {
  readonly lane: Lane;
  readonly messages: AsyncIterable<LaneMessage>;
  readonly #parts: Parts;
  readonly #consumer: string;
  readonly #ended = new AbortController();
  readonly #arrivals = new Arrivals<LaneMessage>(this.#ended.signal);
  readonly #pulls: Pulls;
  readonly #silence: NodeJS.Timeout;
  readonly #forgetLoss: () => void;
  readonly #references = new ReferenceReader();
  readonly #traces = registration() !== undefined;
  #acknowledgements: Acknowledgements | null = null;
  /** The consumer numbers the messages that it hands out. */
  #lastDelivery = 0;
  #lost = false;
  #released = false;
  #lastSettled: string | null = null;

  /** null: another process owns the lane. */
  static async claim(parts: Parts): Promise<OwnedLane | null> {
    const consumer = parts.messaging.names.laneConsumer(parts.lane, randomUUID());
    const askedAt = performance.now();
    const created = await createConsumer(parts.messaging, parts.lane, consumer);
    return created ? new OwnedLane(parts, consumer, askedAt) : null;
  }

  private constructor(parts: Parts, consumer: string, provenAt: number) {
    this.#parts = parts;
    this.lane = parts.lane;
    this.messages = this.#arrivals;
    this.#consumer = consumer;
    const { connection, names, onLoss } = parts.messaging;
    this.#pulls = new Pulls(
      {
        connection,
        subject: `$JS.API.CONSUMER.MSG.NEXT.${names.stream}.${consumer}`,
        received: (message) => this.#receive(message),
        failed: (reason) => this.#lose(reason),
      },
      provenAt,
    );
    this.#forgetLoss = onLoss(() => this.#lose('the connection was lost'));
    this.#silence = setInterval(() => {
      if (performance.now() - this.#pulls.answeredAt > silenceMs) this.#lose('the server does not answer');
    }, ownershipMs / 10);
    this.#pulls.start();
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  owned(): boolean {
    return !this.#lost && !this.#released && performance.now() - this.#pulls.answeredAt < trustMs;
  }

  /** Ends the ownership because the process stops. */
  stop(): void {
    clearInterval(this.#silence);
    this.#pulls.stop();
    this.#ended.abort();
  }

  /** Deletes the consumer once the server has processed the acknowledgements. Takes 2 s at most, and does not fail. */
  async release(): Promise<void> {
    const { connection, connected, manager, names } = this.#parts.messaging;
    this.stop();
    try {
      // The server processes acknowledgements in order, in parallel with other requests. The answer to a repeat shows that all are
      // processed.
      if (this.#lastSettled && !this.#lost) {
        await connection.request(this.#lastSettled, '+ACK', { timeout: releaseMs / 2 });
      }
    } catch {
      // Messages whose acknowledgement it has not processed are handed out again.
    }
    this.#released = true;
    this.#forgetLoss();
    try {
      const deleted = connected().then(() => manager.consumers.delete(names.stream, this.#consumer));
      await Promise.race([deleted, delay(releaseMs / 2, undefined, { ref: false })]);
    } catch {
      // The consumer is gone, or the server will delete it by itself.
    }
    if (!connection.isClosed()) this.#pulls.unsubscribe();
  }

  /** One function for all messages. */
  readonly #acknowledge = (sequence: number, delivery: number): void => {
    if (this.#acknowledgements) this.#settle(this.#acknowledgements.subject(sequence, delivery), '+ACK');
  };

  #settle(subject: string, verb: '+ACK' | '+TERM'): void {
    const { connection } = this.#parts.messaging;
    if (this.#lost || this.#released || connection.isClosed()) return;
    this.#lastSettled = subject;
    connection.publish(subject, verb);
  }

  #receive(message: Msg): void {
    if (this.signal.aborted) return;
    const place = placeIn(message.reply ?? '');
    if (place.delivery !== this.#lastDelivery + 1) {
      this.#lose('messages did not arrive');
      return;
    }
    this.#lastDelivery = place.delivery;
    this.#keep(message, place);
  }

  #keep(message: Msg, { sequence, delivery }: Place): void {
    const replySubject = message.reply ?? '';
    this.#acknowledgements ??= new Acknowledgements(replySubject);
    const reference = this.#references.read(message.data, this.#traceparentOf(message));
    if (reference) {
      this.#arrivals.push(new WaitingMessage(reference, sequence, delivery, this.#acknowledge));
      return;
    }
    this.#parts.log.error(
      { lane: this.lane, sequence },
      'discarded a message that is not a delivery reference',
    );
    this.#settle(replySubject, '+TERM');
  }

  /** Headers are parsed only if they can be of use. */
  #traceparentOf(message: Msg): string | undefined {
    return this.#traces ? message.headers?.get(traceHeader) || undefined : undefined;
  }

  #lose(reason: string): void {
    if (this.#lost || this.#released) return;
    this.#lost = true;
    if (this.signal.aborted) return;
    this.#parts.log.warn({ lane: this.lane, reason }, 'lost a lane; claiming it again');
    this.stop();
  }
}
