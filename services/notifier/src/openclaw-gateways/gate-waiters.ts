import type { GateState } from './gate-state.ts';

interface Waiter {
  readonly seen: GateState['kind'];
  readonly wake: () => void;
}

interface Now {
  readonly kind: GateState['kind'];
  /** Whether a request is finding out if the OpenClaw gateway is back. */
  readonly probing: boolean;
}

/** A session that was woken at a half-open gate usually enters at once. If it does not, the next one is woken. */
const nextAfterMs = 100;

/** The sessions that wait at a gate, in the order in which they came. There may be thousands, so none is woken without a reason. */
export class GateWaiters {
  readonly #waiting = new Set<Waiter>();
  readonly #now: () => Now;
  #next: NodeJS.Timeout | undefined;

  constructor(now: () => Now) {
    this.#now = now;
  }

  add(waiter: Waiter): () => void {
    this.#waiting.add(waiter);
    // The state may have changed since the waiter has seen it.
    const { kind } = this.#now();
    if (concerns(waiter, kind)) this.#wake(waiter);
    else if (kind === 'half_open') this.#wakeOne();
    return () => this.#waiting.delete(waiter);
  }

  /** Call it whenever the state may have changed. */
  changed(): void {
    const { kind } = this.#now();
    if (kind === 'half_open') this.#wakeOne();
    else for (const waiter of [...this.#waiting]) if (concerns(waiter, kind)) this.#wake(waiter);
  }

  /** One has entered the half-open gate. */
  entered(): void {
    clearTimeout(this.#next);
    this.#next = undefined;
  }

  wakeAll(): void {
    for (const waiter of [...this.#waiting]) this.#wake(waiter);
  }

  #wakeOne(): void {
    const [first] = this.#waiting;
    const { kind, probing } = this.#now();
    if (!first || this.#next || kind !== 'half_open' || probing) return;
    this.#next = setTimeout(() => {
      this.#next = undefined;
      this.#wakeOne();
    }, nextAfterMs).unref();
    this.#wake(first);
  }

  #wake(waiter: Waiter): void {
    if (this.#waiting.delete(waiter)) waiter.wake();
  }
}

const concerns = ({ seen }: Waiter, kind: GateState['kind']): boolean =>
  kind === 'open' || ((kind === 'away' || kind === 'rejected') && kind !== seen);
