import { type DeliveryReference, deliveryReferenceSchema } from '@mission-control/contracts';
import type { LaneMessage } from '../transport/lane-context.ts';

/** Acknowledges the message with this sequence in the stream, the n-th that the consumer handed out. */
type Acknowledge = (sequence: number, delivery: number) => void;

/**
 * A message that was handed out. There may be 100,000, so each holds little: no buffer, no closure, and shared strings where they repeat.
 */
export class WaitingMessage implements LaneMessage {
  readonly reference: DeliveryReference;
  readonly sequence: number;
  readonly #delivery: number;
  readonly #acknowledge: Acknowledge;

  constructor(reference: DeliveryReference, sequence: number, delivery: number, acknowledge: Acknowledge) {
    this.reference = reference;
    this.sequence = sequence;
    this.#delivery = delivery;
    this.#acknowledge = acknowledge;
  }

  ack(): void {
    this.#acknowledge(this.sequence, this.#delivery);
  }
}

/** Reads references. Those of a board share the strings that they have in common. */
export class ReferenceReader {
  readonly #shared = new Map<string, string>();

  /**
   * null: it is not a delivery reference.
   *
   * @param traceparent of the message; it replaces the one of the cause
   */
  read(data: Uint8Array, traceparent?: string): DeliveryReference | null {
    try {
      const { boardId, webhookId, cause, ...rest } = deliveryReferenceSchema.parse(
        JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')),
      );
      return {
        boardId: this.#share(boardId),
        webhookId: this.#share(webhookId),
        cause: { ...cause, stream: this.#streamOf(cause) },
        ...rest,
        ...(traceparent !== undefined && { traceparent }),
      };
    } catch {
      return null;
    }
  }

  /** Redeliveries are requested in the stream of their payload, which would be kept for nothing. */
  #streamOf({ type, stream }: DeliveryReference['cause']): string {
    return type === 'RedeliveryRequested' ? stream : this.#share(stream);
  }

  #share(text: string): string {
    const shared = this.#shared.get(text);
    if (shared !== undefined) return shared;
    this.#shared.set(text, text);
    return text;
  }
}
