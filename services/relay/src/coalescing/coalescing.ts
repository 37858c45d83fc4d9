import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { aggregates, loadAggregate } from '@mission-control/aggregates';
import {
  asEvent,
  type CoalesceRule,
  deriveId,
  type EventContext,
  type EventData,
  type EventMetadata,
  namespaces,
  streams,
} from '@mission-control/contracts';
import { CoalescingWindows, type Held } from '@mission-control/domain';
import {
  type EventStore,
  type ExpectedRevision,
  lastEvent,
  type Position,
} from '@mission-control/event-store';
import type { RecordedArrival } from '../deciding/decision.ts';
import type { Outstanding, OutstandingDeliveries } from '../outstanding/outstanding.ts';
import { claim, claimIn } from './claim.ts';

/** An arrival that waits for others. */
export interface Waiting extends Held {
  /** Of the arrival. */
  readonly metadata: Pick<EventMetadata, 'correlationId' | 'traceparent'>;
}

/** Its delivery is outstanding, and is not published. */
interface HeldDelivery extends Waiting {
  readonly delivery: Outstanding;
}

export const waitingBy = (
  rule: CoalesceRule,
  key: Held['key'],
  { id, data, metadata }: RecordedArrival,
): Waiting => {
  const { correlationId, traceparent } = metadata;
  return {
    ...{ eventId: id, webhookId: data.webhookId, key, rule, at: Date.parse(data.receivedAt) },
    metadata: { correlationId, ...(traceparent !== undefined && { traceparent }) },
  };
};

interface CoalescingParts {
  readonly store: EventStore;
  readonly outstanding: OutstandingDeliveries;
  /** Publishes the delivery of an arrival that is told alone. */
  readonly publish: (delivery: Outstanding) => Promise<void>;
}

/** How far the session has read the log. */
export interface ReadSoFar {
  readonly position: Position;
  /** Every arrival that was received before has been read, milliseconds since 1970. */
  readonly at: number;
}

/** Beyond this number, windows close early, so that memory stays bounded. */
const mostHeld = 20_000;
const claimedTogether = 16;

type Window = readonly [HeldDelivery, ...HeldDelivery[]];

/**
 * Decides which arrivals are told together. Windows are in memory only: the low-water mark waits for their arrivals, so the next session reads
 * them again and finds the same windows.
 *
 * A window that has closed is decided in two steps. First each arrival is claimed in the delivery stream of its payload, so that it causes no
 * delivery of its own any more. Then `PayloadsCoalesced` is appended at an exact revision. After a crash in between, the next session claims
 * the arrivals again. What counts is the event as it is read from the log; whoever loses the race for it ends its session and reads it.
 */
export class Coalescing {
  readonly #parts: CoalescingParts;
  readonly #windows = new CoalescingWindows<HeldDelivery>();
  /** Windows that have closed and are not decided. */
  readonly #closed: Window[] = [];
  /** How many arrivals are in each event that was appended and is not read yet. */
  readonly #unread = new Map<string, number>();
  readonly #holding = new EventEmitter<{ held: [] }>();

  constructor(parts: CoalescingParts) {
    this.#parts = parts;
  }

  /** How many arrivals wait. */
  get size(): number {
    const closed = this.#closed.reduce((sum, { length }) => sum + length, 0);
    return [...this.#unread.values()].reduce((sum, length) => sum + length, this.#windows.size + closed);
  }

  hold(arrival: HeldDelivery): void {
    arrival.delivery.held = true;
    this.#windows.add(arrival);
    this.#holding.emit('held');
  }

  /**
   * Resolves when there is at least one window. Until then, the caller has nothing to check.
   *
   * @throws AbortError when the signal is aborted first
   */
  async held(signal: AbortSignal): Promise<void> {
    if (this.#windows.size === 0 && this.#closed.length === 0) await once(this.#holding, 'held', { signal });
  }

  /** The arrival is settled in another way. */
  forget(eventId: string): void {
    this.#windows.remove(eventId);
  }

  /** `PayloadsCoalesced` was read from the log. */
  recorded(id: string, { payloads }: EventData<'PayloadsCoalesced'>): void {
    this.#unread.delete(id);
    for (const { eventId } of payloads) {
      this.#windows.remove(eventId);
      this.#parts.outstanding.forget(eventId);
    }
  }

  /**
   * Decides the windows that have closed. Call it again once it has resolved.
   *
   * @throws AnotherRelayDecides, and what the event store throws
   */
  async decide(read: ReadSoFar): Promise<void> {
    this.#closed.push(...this.#windows.takeClosed(read.at, mostHeld));
    for (let [window] = this.#closed; window; [window] = this.#closed) {
      if (!(await this.#decideOn(window, read))) return;
      this.#closed.shift();
    }
  }

  /** @returns false: it is too early, because not all decisions so far have been read */
  async #decideOn([first, ...others]: Window, read: ReadSoFar): Promise<boolean> {
    const { store } = this.#parts;
    const stream = streams.coalesced(first.webhookId);
    const last = await lastEvent(store, stream);
    if (last && last.position > read.position) return false;
    const waiting = [first, ...others].filter((one) => this.#isWaiting(one));
    const claimed =
      waiting.length === 1 ? await this.#claimAlone(waiting) : await this.#claimTogether(waiting);
    if (claimed.length > 0) await this.#append(stream, last?.revision ?? 'no_stream', claimed);
    return true;
  }

  #isWaiting({ delivery }: HeldDelivery): boolean {
    return delivery.held && this.#parts.outstanding.has(delivery);
  }

  /** An arrival without others is told alone, unless an earlier session had claimed it together with others that are gone. */
  async #claimAlone(waiting: readonly HeldDelivery[]): Promise<readonly HeldDelivery[]> {
    const { store, outstanding, publish } = this.#parts;
    for (const { delivery, eventId } of waiting) {
      const { payloadId, cause } = delivery.reference;
      const { state } = await loadAggregate(store, aggregates.deliveries, payloadId);
      const known = claimIn(state, cause);
      if (known === 'claimed') return waiting;
      if (known === 'nothing') outstanding.forget(eventId);
      else await publish(delivery);
    }
    return [];
  }

  /** @returns what was claimed, in the order of the log */
  async #claimTogether(waiting: readonly HeldDelivery[]): Promise<readonly HeldDelivery[]> {
    const payloadIds = new Set<string>();
    const repeats: HeldDelivery[] = [];
    const firsts = waiting.filter((one) => {
      const { payloadId } = one.delivery.reference;
      if (payloadIds.has(payloadId)) repeats.push(one);
      return !payloadIds.has(payloadId) && payloadIds.add(payloadId);
    });
    const claimed: HeldDelivery[] = [];
    for (let n = 0; n < firsts.length; n += claimedTogether) {
      const some = firsts.slice(n, n + claimedTogether);
      const results = await Promise.all(some.map((one) => this.#claim(one)));
      claimed.push(...some.filter((_, index) => results[index]));
    }
    // An arrival of a payload that is claimed already needs no delivery.
    for (const one of repeats) if (await this.#claim(one)) claimed.push(one);
    return claimed;
  }

  async #claim({ delivery, eventId, metadata }: HeldDelivery): Promise<boolean> {
    const { store, outstanding, publish } = this.#parts;
    const result = await claim(store, delivery.reference, contextOf(eventId, metadata));
    if (result === 'nothing') outstanding.forget(eventId);
    if (result === 'own') await publish(delivery);
    return result === 'claimed';
  }

  async #append(stream: string, expected: ExpectedRevision, claimed: readonly HeldDelivery[]): Promise<void> {
    const [first] = claimed;
    if (!first) return;
    const { reference, webhookRevision } = first.delivery;
    const data = {
      webhookId: reference.webhookId,
      boardId: reference.boardId,
      keySha256: first.key === null ? null : createHash('sha256').update(first.key).digest('hex'),
      payloads: claimed.map(
        ({
          eventId,
          delivery: {
            reference: { payloadId, cause },
          },
        }) => ({
          ...{ payloadId, arrivalRevision: cause.revision, eventId },
        }),
      ),
      ...(webhookRevision !== null && { webhookRevision }),
    };
    // It follows from the arrivals: if a restored log does not have the event, the message has the key that an agent may have been told under.
    const id = deriveId(namespaces.event, ['PayloadsCoalesced', ...claimed.map(({ eventId }) => eventId)]);
    const fact = asEvent({ type: 'PayloadsCoalesced', data }, contextOf(first.eventId, first.metadata), id);
    this.#unread.set(id, claimed.length);
    const result = await this.#parts.store.append(stream, expected, [fact]);
    if (result.ok) return;
    this.#unread.delete(id);
    if (result.reason === 'wrong_expected_revision') throw new AnotherRelayDecides(stream);
    // The webhook was deleted.
    for (const { eventId } of claimed) this.#parts.outstanding.forget(eventId);
  }
}

/** The next session reads what the other one has decided. */
class AnotherRelayDecides extends Error {
  constructor(stream: string) {
    super(`Another relay has appended to ${stream}.`);
    this.name = 'AnotherRelayDecides';
  }
}

const contextOf = (
  causationId: string,
  { correlationId, traceparent }: HeldDelivery['metadata'],
): EventContext => ({
  occurredAt: new Date().toISOString(),
  actor: { kind: 'service', id: 'relay' },
  correlationId,
  causationId,
  ...(traceparent !== undefined && { traceparent }),
});
