import { type DomainEvent, type EventType, parseEvent } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';

export interface LoggedEvent {
  readonly event: DomainEvent;
  /** In the log. */
  readonly position: bigint;
}

/** The events of all deliveries, as they are appended. */
export class DeliveryEvents {
  readonly #byDelivery = new Map<string, LoggedEvent[]>();
  readonly #counts = new Map<EventType, number>();
  readonly #stopping = new AbortController();
  readonly #following: Promise<void>;

  constructor(store: EventStore) {
    this.#following = this.#follow(store);
    this.#following.catch(() => {});
  }

  /** Of one delivery, in the order of its stream. */
  of(deliveryId: string): readonly LoggedEvent[] {
    return this.#byDelivery.get(deliveryId) ?? [];
  }

  has(deliveryId: string, type: EventType): boolean {
    return this.of(deliveryId).some(({ event }) => event.type === type);
  }

  count(type: EventType): number {
    return this.#counts.get(type) ?? 0;
  }

  /** How many events there are of each type, for a report. */
  summary(): string {
    return [...this.#counts].map(([type, count]) => `${count} ${type}`).join(', ');
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#following;
  }

  async #follow(store: EventStore): Promise<void> {
    const { signal } = this.#stopping;
    const filter = { streamPrefixes: ['delivery-'] };
    for await (const message of store.subscribeToAll({ from: 'start', filter, signal })) {
      if (message.kind !== 'event') continue;
      const { position } = message.event;
      const event = parseEvent(message.event);
      const deliveryId = 'deliveryId' in event.data ? event.data.deliveryId : event.id;
      const known = this.#byDelivery.get(deliveryId);
      if (known) known.push({ event, position });
      else this.#byDelivery.set(deliveryId, [{ event, position }]);
      this.#counts.set(event.type, this.count(event.type) + 1);
    }
  }
}
