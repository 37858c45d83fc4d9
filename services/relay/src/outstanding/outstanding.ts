import type { DeliveryReference, Lane } from '@mission-control/contracts';
import type { Checkpoint } from '@mission-control/event-store';

interface Published {
  readonly lane: Lane;
  /** When the message was handed to JetStream or last seen there, in monotonic milliseconds. */
  seenAt: number;
  /** The message's sequence in the stream; null: JetStream has not answered yet. */
  sequence: number | null;
}

/** A delivery that has no outcome yet. */
export interface Outstanding {
  readonly reference: DeliveryReference;
  /** The webhook's revision at receipt, whose rules apply; null: none apply, as to a redelivery. */
  readonly webhookRevision: number | null;
  /** Reading the log from here returns the cause of the delivery again; null: from the start. */
  readonly before: Checkpoint | null;
  /** Its last message; null: none yet. */
  published: Published | null;
  /** Whether JetStream has stored a message for it. */
  stored: boolean;
  /** Nothing is published for it, because its payload waits for others to be told together. */
  held: boolean;
  /** A relay has recorded that its payload is told alone, because it has no key. */
  toldAlone: boolean;
}

/** The outstanding deliveries, in log order. The id of a delivery is the id of the event that caused it. */
export class OutstandingDeliveries {
  readonly #deliveries = new Map<string, Outstanding>();

  get size(): number {
    return this.#deliveries.size;
  }

  add(asked: Pick<Outstanding, 'reference' | 'webhookRevision'>, before: Checkpoint | null): Outstanding {
    const { reference, webhookRevision } = asked;
    const delivery: Outstanding = {
      ...{ reference, webhookRevision, before },
      ...{ published: null, stored: false, held: false, toldAlone: false },
    };
    this.#deliveries.set(reference.cause.eventId, delivery);
    return delivery;
  }

  get(deliveryId: string): Outstanding | undefined {
    return this.#deliveries.get(deliveryId);
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

  /** The oldest delivery that is not held. */
  oldestDue(): Outstanding | undefined {
    return this.#deliveries.values().find(({ held }) => !held);
  }

  oldestUnstored(): Outstanding | undefined {
    return this.#deliveries.values().find(({ stored, held }) => !stored && !held);
  }

  unpublished(): Outstanding[] {
    return [...this.#deliveries.values()].filter(({ published, held }) => published === null && !held);
  }

  /** The oldest deliveries whose last message is stored, but has not been seen in JetStream since that moment. */
  unseenSince(moment: number, limit: number): Outstanding[] {
    return this.#deliveries
      .values()
      .filter(
        ({ published }) => published !== null && published.sequence !== null && published.seenAt < moment,
      )
      .take(limit)
      .toArray();
  }

  publishedOfBoard(boardId: string): Outstanding[] {
    return [...this.#deliveries.values()].filter(
      ({ reference, published }) => reference.boardId === boardId && published !== null,
    );
  }
}
