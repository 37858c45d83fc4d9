import type { LaneMessage } from '@mission-control/messaging';
import type { Delivery } from '../delivery/delivery.ts';
import type { LaneTarget } from './lane-targets.ts';

/** A delivery waiting for its turn. There can be very many of these, so each holds little. */
export interface Waiting {
  readonly message: LaneMessage;
  readonly target: LaneTarget;
  /** The position of the cause in the log. Deliveries are sent in this order. */
  readonly position: bigint;
  /** The delivery, read before its turn. */
  loading?: Promise<Delivery | 'gone'> | undefined;
  /** It has had a turn, but is not finished. */
  inHand?: Delivery;
}

export const waitingFor = (message: LaneMessage, target: LaneTarget): Waiting => ({
  message,
  target,
  position: BigInt(message.reference.cause.position),
});

/** Its message may have been sent, so it stays with its session. */
export const hasBegun = ({ inHand }: Waiting): boolean => inHand !== undefined && inHand.decision !== 'begin';

/** How many used places may pile up at the front before the array is trimmed. */
const slack = 1_024;

/** Deliveries in the order of arrival. Most are added in that order, and most leave from the front. */
export class ArrivalQueue {
  /** Places before the first are empty, so that what has left can be collected: each delivery holds its message. */
  #items: (Waiting | undefined)[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  at(index: number): Waiting | undefined {
    return this.#items[this.#first + index];
  }

  add(item: Waiting): void {
    let at = this.#items.length;
    while (at > this.#first && (this.#items[at - 1] as Waiting).position > item.position) at -= 1;
    this.#items.splice(at, 0, item);
  }

  remove(item: Waiting): void {
    if (this.at(0) === item) {
      this.#items[this.#first] = undefined;
      this.#first += 1;
      if (this.#first >= slack && this.#first * 2 >= this.#items.length) {
        this.#items = this.#items.slice(this.#first);
        this.#first = 0;
      }
      return;
    }
    const at = this.#items.indexOf(item, this.#first);
    if (at >= 0) this.#items.splice(at, 1);
  }

  /** Removes those deliveries that are waiting and have not begun. */
  takeOut(leaving: ReadonlySet<Waiting>): Waiting[] {
    const waiting = this.items();
    const leaves = (item: Waiting) => leaving.has(item) && !hasBegun(item);
    this.#items = waiting.filter((item) => !leaves(item));
    this.#first = 0;
    return waiting.filter(leaves);
  }

  /** The first ones, or all. */
  items(most = Number.POSITIVE_INFINITY): readonly Waiting[] {
    return this.#items.slice(
      this.#first,
      Math.min(this.#items.length, this.#first + most),
    ) as readonly Waiting[];
  }
}
