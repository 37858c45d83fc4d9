import type { LaneMessage } from '@mission-control/messaging';

/** The messages of a lane whose deliveries are neither told nor settled, in the order in which they were received. */
export class Undelivered {
  readonly #messages = new Set<LaneMessage>();

  get size(): number {
    return this.#messages.size;
  }

  /** When the oldest delivery was requested, milliseconds since 1970. null: there is none, or an older release published it. */
  get oldestRequestedAt(): number | null {
    const [oldest] = this.#messages;
    const requestedAt = oldest?.reference.requestedAt;
    return requestedAt === undefined ? null : Date.parse(requestedAt);
  }

  add(message: LaneMessage): void {
    this.#messages.add(message);
  }

  delete(message: LaneMessage): void {
    this.#messages.delete(message);
  }
}
