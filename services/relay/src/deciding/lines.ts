import type { Outstanding } from '../outstanding/outstanding.ts';
import type { Decision } from './decision.ts';

interface Queued {
  readonly delivery: Outstanding;
  readonly decision: Promise<Decision>;
}

/** So many deliveries may wait for their decision. Each may have its payload in memory. */
const mostWaiting = 256;

/**
 * Deliveries that wait for a decision, in a line for each board: those that are published keep the order of the log, and another board's
 * deliveries go on meanwhile. Decisions are found out side by side.
 */
export class Lines {
  readonly #follow: (delivery: Outstanding, decision: Decision) => Promise<void>;
  readonly #lines = new Map<string, Queued[]>();
  readonly #failed = Promise.withResolvers<void>();
  #waiting = 0;
  #closed = false;
  #room = Promise.withResolvers<void>();

  constructor(follow: (delivery: Outstanding, decision: Decision) => Promise<void>) {
    this.#follow = follow;
    this.#failed.promise.catch(() => {});
  }

  /** When the oldest of them was requested, milliseconds since 1970; infinite: none waits. */
  get oldestAt(): number {
    const oldest = [...this.#lines.values()].map(([first]) =>
      Date.parse(first?.delivery.reference.requestedAt ?? ''),
    );
    return Math.min(...oldest);
  }

  /** Whether a delivery of the board has to queue. */
  has(boardId: string): boolean {
    return this.#lines.has(boardId);
  }

  /** Rejects with the first failure of a decision or of a publication. Resolves when the lines are closed. */
  failed(): Promise<void> {
    return this.#failed.promise;
  }

  /** Resolves when another delivery may wait, or the lines are closed. */
  async room(): Promise<void> {
    while (this.#waiting >= mostWaiting && !this.#closed) await this.#room.promise;
  }

  add(delivery: Outstanding, decision: Promise<Decision>): void {
    decision.catch(() => {});
    const { boardId } = delivery.reference;
    const line = this.#lines.get(boardId);
    this.#waiting += 1;
    if (line) {
      line.push({ delivery, decision });
      return;
    }
    const begun = [{ delivery, decision }];
    this.#lines.set(boardId, begun);
    this.#advance(boardId, begun).catch((error: unknown) => {
      this.#failed.reject(error);
      this.close();
    });
  }

  /** Nothing is published any more. */
  close(): void {
    this.#closed = true;
    this.#failed.resolve();
    this.#room.resolve();
  }

  async #advance(boardId: string, line: Queued[]): Promise<void> {
    for (let first = line[0]; first; first = line[0]) {
      const decision = await first.decision;
      if (this.#closed) return;
      await this.#follow(first.delivery, decision);
      line.shift();
      this.#waiting -= 1;
      this.#room.resolve();
      this.#room = Promise.withResolvers<void>();
    }
    this.#lines.delete(boardId);
  }
}
