/** Ways to fail, named for what the other side sees. One at a time. */
export type Fault =
  /** Nobody listens. */
  | { readonly mode: 'refuse_connections' }
  /** The gateway is starting: handshakes are put off. */
  | { readonly mode: 'starting'; readonly retryAfterMs: number }
  | { readonly mode: 'wrong_token' }
  /** Only operator.read is granted. */
  | { readonly mode: 'missing_scope' }
  | { readonly mode: 'not_paired' }
  | { readonly mode: 'protocol_mismatch' }
  /** chat.send: the connection breaks, nothing is recorded. */
  | { readonly mode: 'drop_before_answer' }
  /** chat.send: the message is recorded, then the connection breaks. */
  | { readonly mode: 'drop_after_accept' }
  /** chat.send: UNAVAILABLE, to be tried again. */
  | { readonly mode: 'unavailable'; readonly retryAfterMs?: number }
  /** chat.send: the message is recorded, its run fails at once: UNAVAILABLE, not to be tried again. */
  | { readonly mode: 'run_failed' }
  /** chat.send: the session's agent is not configured. */
  | { readonly mode: 'unknown_session' }
  /** Nothing is recorded, nothing answered. */
  | { readonly mode: 'never_answer' }
  /** chat.send: the message is recorded, nothing answered. */
  | { readonly mode: 'never_answer_after_accept' }
  /** Neither answers nor ticks: the process is stopped, the connection open. */
  | { readonly mode: 'frozen' }
  /** Every answer takes that long. */
  | { readonly mode: 'slow'; readonly delayMs: number };

export type FaultMode = Fault['mode'];

/** Faults of the handshake: connections that exist are closed, so that the next one meets them. */
const ofHandshake: ReadonlySet<FaultMode> = new Set([
  'refuse_connections',
  'starting',
  'wrong_token',
  'missing_scope',
  'not_paired',
  'protocol_mismatch',
]);

export const meetsNewConnections = (fault: Fault): boolean => ofHandshake.has(fault.mode);

/** The fault in force, for a number of requests or until healed. */
export class Faults {
  #fault: Fault | null = null;
  #left = 0;

  set(fault: Fault, times = Number.POSITIVE_INFINITY): void {
    this.#fault = fault;
    this.#left = times;
  }

  heal(): void {
    this.#fault = null;
  }

  /** The fault if it has that mode, without using it up. */
  peek<M extends FaultMode>(mode: M): Extract<Fault, { mode: M }> | null {
    return this.#fault?.mode === mode ? (this.#fault as Extract<Fault, { mode: M }>) : null;
  }

  /** As peek; counts against the number of times. */
  take<M extends FaultMode>(mode: M): Extract<Fault, { mode: M }> | null {
    const fault = this.peek(mode);
    if (fault && --this.#left <= 0) this.#fault = null;
    return fault;
  }
}
