import { setTimeout as delay } from 'node:timers/promises';
import { aggregates, loadAggregate } from '@mission-control/aggregates';
import { type EventData, type EventType, replayedDeliveryIdOf } from '@mission-control/contracts';
import { type ItemOutcome, outcomeOf } from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';

/** The events that give a delivery its outcome. */
const outcomeTypes = [
  'MessageConfirmed',
  'AgentTold',
  'DeliveryOutcomeUnknown',
  'DeliveryParked',
  'DeliveryFailed',
  'DeliveryFiltered',
] as const satisfies readonly EventType[];

export type Outcome = Exclude<ItemOutcome, { kind: 'under_way' }>;

interface Followed {
  readonly payloadId: string;
  /** Whether the request is known to be in the log. */
  appended: boolean;
  readonly settled: (outcome: Outcome) => void;
}

/** Outcomes may be hidden before they are seen: with the deletion of a webhook, or when a payload expires. */
const lookAgainMs = 60_000;

/**
 * Tells when deliveries that replays requested have an outcome. While there are any, it reads the outcomes of all deliveries as they are
 * appended.
 */
export class Outcomes {
  readonly #store: EventStore;
  readonly #followed = new Map<string, Followed>();
  #wanted = Promise.withResolvers<void>();

  constructor(store: EventStore) {
    this.#store = store;
  }

  /** Follows a delivery whose request is about to be appended. Call `appended` afterwards. */
  follow(replayId: string, payloadId: string, settled: (outcome: Outcome) => void): void {
    const deliveryId = replayedDeliveryIdOf(replayId, payloadId);
    this.#followed.set(deliveryId, { payloadId, appended: false, settled });
    this.#wanted.resolve();
  }

  /** The request is in the log. */
  appended(replayId: string, payloadId: string): void {
    const followed = this.#followed.get(replayedDeliveryIdOf(replayId, payloadId));
    if (followed) followed.appended = true;
  }

  forget(replayId: string, payloadId: string): void {
    this.#followed.delete(replayedDeliveryIdOf(replayId, payloadId));
  }

  /** Runs until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wanted.resolve(), { once: true });
    while (!signal.aborted) {
      if (this.#followed.size === 0) {
        this.#wanted = Promise.withResolvers<void>();
        await this.#wanted.promise;
        continue;
      }
      const ending = new AbortController();
      const until = AbortSignal.any([signal, ending.signal]);
      const end = () => ending.abort();
      await Promise.all([this.#listen(until), this.#lookAgain(until).then(end)]).finally(end);
    }
  }

  async #listen(signal: AbortSignal): Promise<void> {
    let live = false;
    const filter = { types: outcomeTypes };
    const messages = this.#store.subscribeToAll({ from: 'end', filter, signal, name: 'replay_outcomes' });
    for await (const message of messages) {
      if (message.kind === 'event') {
        const { deliveryId } = message.event.data as EventData<(typeof outcomeTypes)[number]>;
        if (this.#followed.has(deliveryId)) await this.#look(deliveryId);
      } else if (message.kind === 'caught_up' && !live) {
        live = true;
        await this.#lookAtAll();
      }
    }
  }

  /** Resolves when nothing is followed any more. */
  async #lookAgain(signal: AbortSignal): Promise<void> {
    do {
      await delay(lookAgainMs, undefined, { signal }).catch(() => {});
      if (!signal.aborted) await this.#lookAtAll();
    } while (!signal.aborted && this.#followed.size > 0);
  }

  async #lookAtAll(): Promise<void> {
    for (const [deliveryId, { appended }] of [...this.#followed]) if (appended) await this.#look(deliveryId);
  }

  async #look(deliveryId: string): Promise<void> {
    const followed = this.#followed.get(deliveryId);
    if (!followed) return;
    const { state } = await loadAggregate(this.#store, aggregates.deliveries, followed.payloadId);
    const outcome = outcomeOf(state, deliveryId);
    if (outcome.kind === 'under_way' || !this.#followed.delete(deliveryId)) return;
    followed.settled(outcome);
  }
}
