import { setTimeout as delay } from 'node:timers/promises';
import type { AggregateCache, ReaderSession } from '@mission-control/aggregates';
import { assertNever, occurredAtOf, parseEvent } from '@mission-control/contracts';
import type { Checkpoint, EventStore, Position, RecordedEvent } from '@mission-control/event-store';
import { type DeliveryPublisher, largestBacklog } from '@mission-control/messaging';
import type { Logger } from '@mission-control/runtime';
import { Brake } from '../braking/brake.ts';
import { ToldOften } from '../braking/told-often.ts';
import { Coalescing } from '../coalescing/coalescing.ts';
import type { Decide, Decision, RecordedArrival } from '../deciding/decision.ts';
import { Lines } from '../deciding/lines.ts';
import type { KnownRules } from '../deciding/rules.ts';
import { type Outstanding, OutstandingDeliveries } from '../outstanding/outstanding.ts';
import { type Meaning, meaningOf } from '../outstanding/reference-of.ts';
import { isSettled } from '../sweeping/settled.ts';
import { sweepOnce } from '../sweeping/sweep.ts';
import { Lanes } from './lanes.ts';
import type { RelayMetrics } from './metrics.ts';

export interface SessionParts {
  readonly store: EventStore;
  /** The same with the content of arrivals that is encrypted in it. */
  readonly contents: Pick<EventStore, 'readEvent'>;
  readonly cache: AggregateCache;
  readonly publisher: DeliveryPublisher;
  /** Whether the message with this sequence is still in the stream. */
  readonly isWaiting: (sequence: number) => Promise<boolean>;
  readonly decide: Decide;
  readonly rules: KnownRules;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly metrics: RelayMetrics;
  readonly sweepMs: number;
}

/** A check also shows standby relays that this one is active. */
const checkEveryMs = 2_000;
const closeEveryMs = 200;
const longestSweepPauseMs = 5_000;
const lookAgainMs = 1_000;
/** Of webhooks, when the session begins. Reads that wait too long for one of the event store's few connections fail, and end the session. */
const readAtOnce = 16;

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
  readonly #coalescing: Coalescing;
  readonly #told: ToldOften;
  readonly #brake: Brake;
  readonly #lanes: Lanes;
  readonly #lines = new Lines((delivery, decision) => this.#follow(delivery, decision));
  /** Deliveries that are beyond the limit of their webhook. */
  readonly #braked = new Lines(async (delivery, decision) => {
    if (decision === 'publish' && this.#outstanding.has(delivery)) await this.#lanes.publish(delivery);
  });
  #live = false;
  /** Of the last event that was read; null: none. */
  #position: Position | null = null;
  /** When the newest event happened, while more may be waiting to be read; those are at most that old. null: none are waiting. */
  #behindSince: string | null = null;
  /** Nothing has been read since then. null: the session is running. */
  #endedAt: string | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#coalescing = new Coalescing({
      store: parts.store,
      outstanding: this.#outstanding,
      publish: async (delivery) => {
        delivery.held = false;
        await this.#tell(delivery);
      },
    });
    const { store, cache, publisher, rules, metrics, log } = parts;
    this.#lanes = new Lanes({ cache, publisher, metrics, outstanding: this.#outstanding });
    this.#told = new ToldOften(log);
    this.#brake = new Brake({ store, rules, metrics, told: this.#told });
  }

  /** Payloads that wait to be told together with others. */
  get coalescing(): number {
    return this.#coalescing.size;
  }

  /** Webhooks that tell their agent too often. */
  get toldOften(): number {
    return this.#told.size;
  }

  get outstanding(): number {
    return this.#outstanding.size;
  }

  /** The age of the oldest delivery without an outcome that does not wait for others; 0 if there is none. */
  get outstandingSeconds(): number {
    return secondsSince(this.#outstanding.oldestDue()?.reference.requestedAt ?? null);
  }

  /**
   * The age of the oldest event that is not read or whose reference JetStream has not stored; 0 if there is none. After the end of the
   * session, when it is not known which events are not read: at least the time since then.
   */
  get lagSeconds(): number {
    const unstored = this.#outstanding.oldestUnstored()?.reference.requestedAt ?? this.#behindSince;
    return Math.max(secondsSince(unstored), secondsSince(this.#endedAt));
  }

  start(signal: AbortSignal): readonly Promise<void>[] {
    const { publisher, sweepMs } = this.#parts;
    return [
      publisher.failed(),
      this.#lines.failed(),
      this.#braked.failed(),
      every(checkEveryMs, signal, () => this.#check()),
      every(Math.min(sweepMs / 2, longestSweepPauseMs), signal, () => this.#sweep()),
      this.#closeWindowsInTime(signal),
    ];
  }

  /** Reading or sweeping may be waiting for room in a full stream. */
  close(): void {
    this.#endedAt = new Date().toISOString();
    this.#lines.close();
    this.#braked.close();
    this.#parts.publisher.close();
  }

  async take(event: RecordedEvent, before: Checkpoint | null): Promise<void> {
    this.#behindSince = occurredAtOf(event);
    const meaning = meaningOf(event);
    switch (meaning.kind) {
      case 'coalesced':
        this.#coalescing.recorded(event.id, meaning.data);
        await this.#add(
          { ...meaning, webhookRevision: meaning.data.webhookRevision ?? null, arrival: null },
          before,
        );
        break;
      case 'asked':
        await this.#add(meaning, before);
        break;
      case 'settled':
        await this.#count(meaning, occurredAtOf(event));
        this.#outstanding.forget(meaning.deliveryId);
        this.#coalescing.forget(meaning.deliveryId);
        break;
      case 'told_alone':
        await this.#tellAlone(meaning.deliveryId);
        break;
      case 'board_moved':
        await this.#lanes.move(meaning.boardId);
        break;
      case 'webhook_deleted':
        this.#outstanding.forgetWebhook(meaning.webhookId);
        break;
      case 'nothing':
        break;
      default:
        assertNever(meaning);
    }
    this.#position = event.position;
  }

  async #add(
    asked: Omit<Extract<Meaning, { kind: 'asked' }>, 'kind'>,
    before: Checkpoint | null,
  ): Promise<void> {
    if (this.#isFull) await this.#makeRoom();
    const delivery = this.#outstanding.add(asked, before);
    if (this.#live) await this.#forward(delivery, asked.arrival);
  }

  /** An earlier session may have recorded it after it had read the arrival, and this one may hold it by now. */
  async #tellAlone(deliveryId: string): Promise<void> {
    const delivery = this.#outstanding.get(deliveryId);
    if (!delivery) return;
    delivery.toldAlone = true;
    if (!delivery.held) return;
    this.#coalescing.forget(deliveryId);
    delivery.held = false;
    await this.#tell(delivery);
  }

  /** What earlier sessions told counts, and so does what they left out. */
  #count({ deliveryId, filtered }: Extract<Meaning, { kind: 'settled' }>, at: string): Promise<void> | null {
    const delivery = this.#outstanding.get(deliveryId);
    if (!delivery) return null;
    if (filtered === 'told_too_often') this.#told.leftOut(delivery.reference, Date.parse(at));
    return filtered === null && !delivery.published ? this.#brake.remember(delivery) : null;
  }

  /** Every arrival that was received before has been decided, milliseconds since 1970. */
  get #decidedUpTo(): number {
    const unread = this.#behindSince === null ? Date.now() : Date.parse(this.#behindSince);
    return Math.min(unread, this.#lines.oldestAt);
  }

  async #check(): Promise<void> {
    await this.#parts.publisher.check();
    if (this.#live) this.#told.look(this.#decidedUpTo);
  }

  async #closeWindowsInTime(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#coalescing.held(signal);
      await delay(closeEveryMs, undefined, { signal });
      await this.#closeWindows();
    }
  }

  /** Windows close by the time up to which arrivals are known, so that none closes before its arrivals are in it. */
  async #closeWindows(): Promise<void> {
    if (!this.#live || this.#position === null) return;
    await this.#coalescing.decide({ position: this.#position, at: this.#decidedUpTo });
  }

  async caughtUp(): Promise<void> {
    if (!this.#live) await this.#goLive();
    this.#behindSince = null;
  }

  /** The low-water mark is before the oldest delivery without an outcome, and before what counts for a limit. */
  checkpointAfter(read: Checkpoint | null): Checkpoint | null {
    const oldest = this.#outstanding.oldest();
    return this.#told.heldBack(oldest ? oldest.before : read);
  }

  async #goLive(): Promise<void> {
    const waiting = this.#outstanding.unpublished();
    for (let n = 0; n < waiting.length; n += readAtOnce)
      await Promise.all(waiting.slice(n, n + readAtOnce).map((delivery) => this.#rulesOf(delivery)));
    for (const delivery of waiting) {
      await this.#forward(delivery, null);
    }
    this.#live = true;
  }

  /**
   * Publishes a delivery, unless the rules of its webhook decide otherwise. Waits for no decision: a delivery of the same board that comes
   * after it waits in the board's line.
   *
   * @param arrival its cause; null: it has to be read, if the rules need it
   */
  async #forward(delivery: Outstanding, arrival: RecordedArrival | null): Promise<void> {
    // Agents of several boards may share a session: which of two payloads is published first must not depend on whose webhook is known.
    // Reading a webhook is quick; evaluating its rules may not be, and then other boards do not wait.
    const rules = this.#rulesOf(delivery);
    if (rules instanceof Promise) await rules;
    const decision = this.#decide(delivery, arrival);
    if (decision === 'publish' && !this.#lines.has(delivery.reference.boardId)) return this.#tell(delivery);
    this.#lines.add(delivery, this.#forgetSettled(delivery, decision));
    await this.#lines.room();
  }

  #rulesOf({ reference: { webhookId }, webhookRevision }: Outstanding) {
    return webhookRevision === null ? null : this.#parts.rules.of(webhookId, webhookRevision);
  }

  #decide(
    { reference: { webhookId, cause }, webhookRevision, toldAlone }: Outstanding,
    arrival: RecordedArrival | null,
  ): Decision | Promise<Decision> {
    if (webhookRevision === null || cause.type !== 'WebhookPayloadReceived') return 'publish';
    const read = async () => {
      if (arrival && arrival.data.body.enc === null) return arrival;
      const recorded = await this.#parts.contents.readEvent(cause.stream, cause.revision);
      if (recorded === 'gone' || recorded.id !== cause.eventId) return null;
      return parseEvent(recorded) as RecordedArrival;
    };
    return this.#parts.decide({ webhookId, webhookRevision, toldAlone, read });
  }

  /** A settled delivery no longer holds back the low-water mark. */
  async #forgetSettled(delivery: Outstanding, deciding: Decision | Promise<Decision>): Promise<Decision> {
    const decision = await deciding;
    if (decision === 'settled') this.#outstanding.forget(delivery.reference.cause.eventId);
    return decision;
  }

  /** It may have been settled, or its webhook deleted, while it waited for the decision. */
  async #follow(delivery: Outstanding, decision: Decision): Promise<void> {
    if (decision === 'settled' || !this.#outstanding.has(delivery)) return;
    if (decision === 'publish' || delivery.toldAlone) await this.#tell(delivery);
    else this.#coalescing.hold({ ...decision, delivery });
  }

  /** Publishes a delivery, unless its webhook has told its agent as often as it may. Does not wait until that is recorded. */
  async #tell(delivery: Outstanding): Promise<void> {
    const deciding = this.#brake.allows(delivery);
    const isAllowed = typeof deciding === 'boolean' ? deciding : await deciding;
    // Its webhook may have been deleted meanwhile.
    if (!this.#outstanding.has(delivery)) return;
    if (isAllowed) return this.#lanes.publish(delivery);
    this.#braked.add(delivery, this.#forgetSettled(delivery, this.#brake.filter(delivery)));
    await this.#braked.room();
  }

  /**
   * Pauses reading the log while more deliveries are outstanding than JetStream accepts, so memory stays bounded however far
   * behind the relay is. The outcomes of the oldest deliveries may be further on in the log, so the relay reads them.
   */
  async #makeRoom(): Promise<void> {
    if (!this.#live) await this.#goLive();
    for (;;) {
      for (const delivery of this.#outstanding.unseenSince(performance.now(), 1_000)) {
        if (await isSettled(this.#parts.store, delivery.reference)) {
          this.#outstanding.forget(delivery.reference.cause.eventId);
        }
      }
      if (!this.#isFull) return;
      await this.#parts.publisher.room();
      await delay(lookAgainMs);
    }
  }

  /** What is held has to be read on: the decision that settles it comes later in the log. */
  get #isFull(): boolean {
    return this.#outstanding.size - this.#coalescing.size >= largestBacklog;
  }

  #sweep(): Promise<void> {
    const { store, sweepMs, isWaiting, metrics } = this.#parts;
    return sweepOnce({
      store,
      outstanding: this.#outstanding,
      afterMs: sweepMs,
      isWaiting,
      publishAgain: async (delivery, messageId) => {
        await this.#lanes.publish(delivery, messageId);
        metrics.republished();
      },
    });
  }
}

/** @param time null: there is nothing to wait for */
const secondsSince = (time: string | null): number =>
  time === null ? 0 : Math.max(0, Date.now() - Date.parse(time)) / 1000;

/** Runs `work` after every pause, until the signal is aborted or `work` fails. */
const every = async (pauseMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> => {
  for (;;) {
    await delay(pauseMs, undefined, { signal });
    await work();
  }
};
