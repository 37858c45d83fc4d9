import { aggregates, expecting, type Loaded } from '@mission-control/aggregates';
import {
  asEvent,
  type DeliveryEventType,
  type DeliveryFact,
  type DeliveryReference,
  type DomainEvent,
  parseEvent,
  type WebhookPayloadReceived,
} from '@mission-control/contracts';
import {
  type Attempt,
  type Deliveries,
  type DeliveryRecord,
  type Delivery as DeliveryState,
  decideDelivery,
  evolveDeliveries,
  noDeliveries,
} from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';
import type { Logger } from '@mission-control/runtime';
import type { IPolicy } from 'cockatiel';
import type { SessionSeen } from '../confirming/verdict.ts';
import { type Cause, type ReadCause, readCauses } from './cause.ts';
import { type MessageContent, readContent } from './content.ts';
import { DeliveryTrace } from './delivery-trace.ts';
import { forgottenKeys } from './forgotten-keys.ts';
import { patiently } from './patiently.ts';

export interface DeliveryParts {
  readonly store: EventStore;
  /** Limits how many deliveries are read at once, across all sessions. */
  readonly reads: Pick<IPolicy, 'execute'>;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Where the log was last marked as restored or copied; null: never. */
  readonly restoredAt: bigint | null;
  /** Called with everything that was recorded about the delivery. */
  readonly recorded: (delivery: Delivery, events: readonly DomainEvent<DeliveryEventType>[]) => void;
}

/**
 * Facts about a message that is sent already. They are stored together with the attempts of other deliveries: under load that saves every
 * second append, and what each of them costs all readers of the log.
 */
const unhurried: ReadonlySet<DeliveryEventType> = new Set([
  'MessageSent',
  'MessageConfirmed',
  'AgentRunEnded',
]);
const patienceMs = 25;

/**
 * A delivery that this process is working on. The state and the revision of its payload's delivery stream are kept in memory. Every fact is
 * appended at the exact revision, so an append by another process shows as a lost race. The stream of a payload that has just arrived is
 * assumed to be empty and is not read. Before a decision that appends no fact, call `catchUp`.
 */
export class Delivery {
  readonly cause: Cause;
  readonly trace: DeliveryTrace;
  /** What was known about the session when the message was sent. */
  seen: SessionSeen = { sessionId: undefined, resetId: undefined };
  /** A message under the current key may have been sent, by this process or another. */
  mayBeSent = true;
  /** The text of the current attempt, if this process recorded the attempt and has not sent it. */
  unsent: string | null = null;
  /**
   * The log was restored or copied after the delivery may have been sent first, and may not know of its messages. Nothing is sent before a
   * complete look-up of every key that they may have had.
   */
  mayBeForgotten: boolean;
  /** Why it is not known whether the message arrived. Counts as a failed attempt if it did not. */
  doubt: { readonly code: string; readonly detail: string | null } | null = null;
  /** The OpenClaw gateway was already dialled once for this delivery. */
  redialled = false;
  readonly #parts: DeliveryParts;
  #payload: WebhookPayloadReceived | null | undefined;
  #loaded: Loaded<Deliveries>;
  #attemptedAt = 0;
  #recording: Promise<unknown> = Promise.resolve();

  private constructor(parts: DeliveryParts, { cause, payload }: ReadCause, traceparent?: string) {
    this.#parts = parts;
    this.cause = cause;
    this.trace = new DeliveryTrace(traceparent ?? cause.context.traceparent, this.ids);
    this.#payload = payload;
    this.#loaded = { state: noDeliveries, revision: -1 };
    this.mayBeForgotten = parts.restoredAt !== null && cause.notBefore.position < parts.restoredAt;
  }

  /**
   * Reads the causes of deliveries with one request, and their streams unless they are probably empty.
   *
   * @param references their causes are successive events of one stream
   */
  static async load(
    parts: DeliveryParts,
    references: readonly DeliveryReference[],
  ): Promise<(Delivery | 'gone')[]> {
    const causes = await parts.reads.execute(() => readCauses(parts.store, references));
    return Promise.all(
      causes.map(async (read, index) => {
        if (read === 'gone') return 'gone';
        const delivery = new Delivery(parts, read, references[index]?.traceparent);
        if (delivery.cause.type === 'RedeliveryRequested') await delivery.catchUp();
        return delivery;
      }),
    );
  }

  get own(): DeliveryState | undefined {
    return this.#loaded.state.get(this.cause.eventId);
  }

  /** null: it has not begun, or is settled. */
  get attempt(): Attempt | null {
    const { own } = this;
    if (!own || !('attempt' in own)) return null;
    if (!this.mayBeForgotten) return own.attempt;
    const forgotten = forgottenKeys(this.cause.eventId, this.#loaded.state);
    return { ...own.attempt, earlierKeys: [...forgotten, ...own.attempt.earlierKeys] };
  }

  /** The OpenClaw gateway lost a message of this delivery, which is not settled. */
  get wasLost(): boolean {
    const { own } = this;
    return own !== undefined && 'attempt' in own && own.attempt.losses > 0;
  }

  /** No message under the current key was sent before this, milliseconds since 1970. */
  get attemptedAt(): number {
    return this.mayBeForgotten ? Math.min(this.cause.notBefore.at, this.#attemptedAt) : this.#attemptedAt;
  }

  get decision(): ReturnType<typeof decideDelivery> {
    return decideDelivery(this.cause, this.#loaded.state);
  }

  /** The fields that all facts of the delivery have in common. */
  get ids() {
    const { payloadId, boardId, webhookId, eventId } = this.cause;
    return { payloadId, boardId, webhookId, deliveryId: eventId };
  }

  /**
   * What the message tells of; null: all of it is removed.
   *
   * @param template of the message, if it has one already
   */
  content(template?: number): Promise<MessageContent | null> {
    return readContent(this.#parts.store, this.cause, this.#payload, template);
  }

  /** The message was sent. Drops its payload and text from memory. They are made again if needed. */
  release(): void {
    this.unsent = null;
    this.#payload = undefined;
  }

  /**
   * Appends the facts, one call at a time. If another process has appended in the meantime, `decide` is called again.
   *
   * @returns what was appended, empty if there was nothing to append. `gone`: the webhook was deleted
   */
  record(decide: () => readonly DeliveryFact[]): Promise<readonly DomainEvent<DeliveryEventType>[] | 'gone'> {
    const recording = this.#recording.then(() => this.trace.run(() => this.#record(decide)));
    this.#recording = recording.catch(() => {});
    return recording;
  }

  /**
   * Like `record`, but appends nothing if another process has changed the delivery since this was called. Appends in progress have to be
   * awaited first (`recorded`).
   */
  advance(facts: () => readonly DeliveryFact[]): ReturnType<Delivery['record']> {
    const { own, decision } = this;
    return this.record(() => (this.own === own && this.decision === decision ? facts() : []));
  }

  /** Reads what other processes have appended. */
  async catchUp(): Promise<void> {
    const from = this.#loaded.revision + 1;
    const stream = aggregates.deliveries.stream(this.cause.payloadId);
    const recorded = await Array.fromAsync(this.#parts.store.readStream(stream, { from }));
    for (const one of recorded) this.#evolve(parseEvent(one) as DeliveryRecord, one.revision);
  }

  /** Resolves when no append is in progress. */
  recorded(): Promise<unknown> {
    return this.#recording;
  }

  async #record(
    decide: () => readonly DeliveryFact[],
  ): Promise<readonly DomainEvent<DeliveryEventType>[] | 'gone'> {
    const { store, recorded } = this.#parts;
    const { payloadId, context } = this.cause;
    for (;;) {
      const occurredAt = new Date().toISOString();
      const { traceparent = context.traceparent } = this.trace;
      const events = decide().map((fact) =>
        asEvent(fact, {
          ...context,
          occurredAt,
          actor: { kind: 'service', id: 'notifier' },
          ...(traceparent !== undefined && { traceparent }),
        }),
      );
      if (events.length === 0) return [];
      const before = this.#loaded;
      const stream = aggregates.deliveries.stream(payloadId);
      // With the same ids and revision, a repeat of an append whose outcome is unknown stores nothing twice.
      const patience = events.every(({ type }) => unhurried.has(type)) ? { patienceMs } : {};
      const append = () => store.append(stream, expecting(before), events, patience);
      const result = await patiently(append, { ...this.#parts, what: 'recording a delivery' });
      if (result.ok) {
        for (const event of events) this.#evolve(event, this.#loaded.revision + 1);
        this.trace.recorded(events);
        recorded(this, events);
        return events;
      }
      if (result.reason === 'stream_deleted') return 'gone';
      await patiently(() => this.catchUp(), { ...this.#parts, what: 'reading a delivery' });
    }
  }

  #evolve(event: DeliveryRecord, revision: number): void {
    if (event.type === 'DeliveryAttempted' && event.data.deliveryId === this.cause.eventId)
      this.#attemptedAt = Date.parse(event.metadata.occurredAt);
    this.#loaded = { state: evolveDeliveries(this.#loaded.state, event), revision };
  }
}
