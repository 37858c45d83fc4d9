import { setTimeout as delay } from 'node:timers/promises';
import { type AggregateCache, aggregates, decideOn, loadAggregate } from '@mission-control/aggregates';
import {
  assertNever,
  type DeliveryReference,
  type DomainEvent,
  deliveryTypesExcept,
  type EventContext,
  isEvent,
} from '@mission-control/contracts';
import {
  type Attempt,
  agentMessageTemplate,
  attemptAfter,
  decideDelivery,
  gatewayMayActOn,
  isFinal,
  type MessageParts,
} from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';
import type { Logger } from '@mission-control/runtime';
import type { NotifierMetrics } from '../metrics.ts';
import { type Cause, readCause } from './cause.ts';
import { renderAgain, replacementOf } from './message.ts';
import { openDelivery } from './opening.ts';
import { factsOf, type Outcome } from './outcome.ts';
import type { RetryPolicy } from './retries.ts';
import type { Sender } from './sender.ts';
import { readTarget } from './target.ts';

export interface TellerParts {
  readonly store: EventStore;
  readonly cache: AggregateCache;
  readonly sender: Sender;
  readonly policy: RetryPolicy;
  readonly baseUrl: string;
  readonly metrics: NotifierMetrics;
  readonly log: Logger;
}

/** How long to wait for the configuration tail before reading the store instead. */
const tailPatienceMs = 2_000;

/** The events that are counted and logged: how attempts and deliveries end. */
const accountedTypes = deliveryTypesExcept('RedeliveryRequested', 'DeliveryAttempted');

/**
 * Tells an agent about a payload, once per event that causes a delivery. All state that matters is in the payload's delivery stream, and
 * every step begins by reading it. If the process is killed at any point, the next one continues from there.
 *
 * States of a delivery: nothing yet → `attempted` → told, failed or parked. `attempted` is appended at an exact revision before the
 * first send, so a process that loses that race does not send. After a failed attempt the delivery is `retrying` until the next one is
 * due, and keeps its lane occupied. An attempt of an older release whose text an OpenClaw gateway may act on is replaced: the delivery
 * is `attempted` again, with another text and key.
 */
export class AgentTeller {
  readonly #parts: TellerParts;

  constructor(parts: TellerParts) {
    this.#parts = parts;
  }

  /** Resolves once the delivery has an outcome or needs none. Rejects if the reference has to be processed again. */
  async tell(reference: DeliveryReference, signal: AbortSignal): Promise<void> {
    const { store, cache } = this.#parts;
    const fresh = !(await this.#tailPassed(reference, signal));
    const cause = await readCause(store, reference);
    if (cause === 'gone') return;
    for (;;) {
      signal.throwIfAborted();
      const { state } = await loadAggregate(store, aggregates.deliveries, cause.payloadId);
      const decision = decideDelivery(cause, state);
      if (decision === 'nothing') return;
      if ((await readTarget(cache, cause, fresh)) === 'webhook_deleted') return;
      const own = state.get(cause.eventId);
      if (decision === 'begin') {
        if (!(await this.#begin(cause, fresh, signal))) return;
      } else if (own?.status === 'attempted' || own?.status === 'retrying') {
        await this.#resume(cause, own.attempt, signal);
      }
    }
  }

  /** false: the tail is behind, so the cache may be older than the cause. */
  async #tailPassed({ cause }: DeliveryReference, signal: AbortSignal): Promise<boolean> {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(tailPatienceMs)]);
    try {
      await this.#parts.cache.passed(BigInt(cause.position), patience);
      return true;
    } catch {
      signal.throwIfAborted();
      return false;
    }
  }

  /** false: another process has begun the delivery, or there is no agent to tell. */
  async #begin(cause: Cause, fresh: boolean, signal: AbortSignal): Promise<boolean> {
    const { store, cache, baseUrl } = this.#parts;
    let text: string | null = null;
    const { events } = await decideOn(
      store,
      aggregates.deliveries,
      cause.payloadId,
      contextOf(cause),
      async (state) => {
        if (decideDelivery(cause, state) !== 'begin') return [];
        const target = await readTarget(cache, cause, fresh);
        if (target === 'webhook_deleted') return [];
        const opening = openDelivery(cause, target, baseUrl);
        text = opening.text;
        return [opening.fact];
      },
    );
    const [begun] = events;
    if (begun?.type !== 'DeliveryAttempted' || text === null) {
      this.#account(cause, events);
      return false;
    }
    await this.#attempt(cause, attemptAfter(null, begun.data), text, false, signal);
    return true;
  }

  async #resume(cause: Cause, attempt: Attempt, signal: AbortSignal): Promise<void> {
    const waitMs = attempt.retryAt === null ? 0 : Date.parse(attempt.retryAt) - Date.now();
    if (waitMs > 0) {
      await delay(waitMs, undefined, { signal });
      const meanwhile = await readTarget(this.#parts.cache, cause, false);
      if (meanwhile === 'webhook_deleted') return;
    }
    if (!cause.payload) return this.#record(cause, { kind: 'failed', reason: 'payload_expired' });
    const rendered = await renderAgain(this.#parts.store, attempt, cause.payload);
    if (rendered === null) return this.#record(cause, { kind: 'failed', reason: 'text_changed' });
    if (attempt.template !== agentMessageTemplate && gatewayMayActOn(rendered.text)) {
      return this.#replace(cause, attempt, rendered.parts, signal);
    }
    await this.#attempt(cause, attempt, rendered.text, true, signal);
  }

  /**
   * Ends an attempt that must not be sent: either its message has arrived, or a new attempt replaces it. `tell` then decides again about
   * the cause, so the new attempt is sent like any other resumed one: after the session was searched for every key that it ever had.
   */
  async #replace(cause: Cause, attempt: Attempt, parts: MessageParts, signal: AbortSignal): Promise<void> {
    const arrived = await this.#parts.sender.arrived(attempt, signal);
    if (arrived.kind !== 'no') return this.#record(cause, arrived);
    await decideOn(this.#parts.store, aggregates.deliveries, cause.payloadId, contextOf(cause), (state) => {
      const own = state.get(cause.eventId);
      if (!own || !('attempt' in own) || own.attempt.idempotencyKey !== attempt.idempotencyKey) return [];
      return [{ type: 'DeliveryAttempted' as const, data: replacementOf(own.attempt, parts) }];
    });
  }

  /** @param inDoubt an earlier attempt's message may have arrived */
  async #attempt(
    cause: Cause,
    attempt: Attempt,
    text: string,
    inDoubt: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const { sender, policy } = this.#parts;
    const last = attempt.failures >= policy.maxRetries;
    const askedFor = cause.type === 'RedeliveryRequested' && !inDoubt;
    await this.#record(cause, await sender.send(attempt, text, { askedFor, inDoubt, last }, signal));
  }

  async #record(cause: Cause, outcome: Outcome): Promise<void> {
    const { store, policy } = this.#parts;
    const { events } = await decideOn(
      store,
      aggregates.deliveries,
      cause.payloadId,
      contextOf(cause),
      (state) => {
        const own = state.get(cause.eventId);
        if (!own || isFinal(own) || own.status === 'requested' || !('attempt' in own)) return [];
        return factsOf(outcome, own.attempt, { policy, now: Date.now(), random: Math.random() });
      },
    );
    this.#account(cause, events);
  }

  #account(cause: Cause, events: readonly DomainEvent[]): void {
    const { metrics, log } = this.#parts;
    const ids = { payload_id: cause.payloadId, webhook_id: cause.webhookId, delivery_id: cause.eventId };
    for (const event of events) {
      if (!isEvent(event, ...accountedTypes)) continue;
      switch (event.type) {
        case 'AgentTold':
          metrics.told(cause);
          log.debug(ids, 'agent told');
          break;
        case 'DeliveryAttemptFailed':
          metrics.attemptFailed(event.data.code);
          log.info({ ...ids, code: event.data.code }, 'attempt failed');
          break;
        case 'DeliveryParked':
          metrics.parked(event.data.reason);
          log.warn({ ...ids, reason: event.data.reason }, 'delivery parked');
          break;
        case 'DeliveryFailed':
          metrics.failed(event.data.reason);
          log.warn({ ...ids, reason: event.data.reason }, 'delivery failed');
          break;
        default:
          assertNever(event);
      }
    }
  }
}

const contextOf = (cause: Cause): EventContext => ({
  ...cause.context,
  occurredAt: new Date().toISOString(),
  actor: { kind: 'service', id: 'notifier' },
});
