import type { DeliveryReference, Lane } from '@mission-control/contracts';
import type { Checkpoint } from '@mission-control/event-store';

interface Published {
  readonly lane: Lane;
  /** When it was handed to JetStream, monotonic milliseconds. */
  readonly at: number;
  /** The message's place in the stream; null: JetStream has not said yet. */
  sequence: number | null;
}

/** A delivery that was asked for and has no outcome yet. */
export interface Outstanding {
  readonly reference: DeliveryReference;
  /** Where the log has to be read from to meet it again; null: from its start. */
  readonly before: Checkpoint | null;
  /** Its last message; null: none yet. */
  published: Published | null;
}

/** What is outstanding, in the order of the log. A delivery is named by the event that asked for it. */
export class OutstandingDeliveries {
  readonly #deliveries = new Map<string, Outstanding>();

  get size(): number {
    return this.#deliveries.size;
  }

  add(reference: DeliveryReference, before: Checkpoint | null): Outstanding {
    const delivery: Outstanding = { reference, before, published: null };
    this.#deliveries.set(reference.cause.eventId, delivery);
    return delivery;
  }

  has(delivery: Outstanding): boolean {
    return this.#deliveries.get(delivery.reference.cause.eventId) === delivery;
  }

  forget(deliveryId: string): void {
    this.#deliveries.delete(deliveryId);
  }

  forgetWebhook(webhookId: string): void {
    for (const [id, { reference }] of this.#deliveries) {
      if (reference.webhookId === webhookId) this.#deliveries.delete(id);
    }
  }

  oldest(): Outstanding | undefined {
    return this.#deliveries.values().next().value;
  }

  unpublished(): Outstanding[] {
    return [...this.#deliveries.values()].filter(({ published }) => published === null);
  }

  /** Those whose last message JetStream has had since before that moment. */
  publishedBefore(moment: number): Outstanding[] {
    return [...this.#deliveries.values()].filter(
      ({ published }) => published !== null && published.sequence !== null && published.at < moment,
    );
  }
}
