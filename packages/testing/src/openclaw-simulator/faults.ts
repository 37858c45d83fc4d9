/** Ways to fail, named for what the client sees. One at a time. */
export type Fault =
  /** Connections are refused. */
  | { readonly mode: 'refuse_connections' }
  /** The OpenClaw gateway is starting: handshakes are postponed. */
  | { readonly mode: 'starting'; readonly retryAfterMs: number }
  | { readonly mode: 'wrong_token' }
  /** Only operator.read is granted. */
  | { readonly mode: 'missing_scope' }
  | { readonly mode: 'not_paired' }
  | { readonly mode: 'protocol_mismatch' }
  /** chat.send: the connection breaks, and nothing is recorded. */
  | { readonly mode: 'drop_before_answer' }
  /** chat.send: the message is recorded, then the connection breaks. */
  | { readonly mode: 'drop_after_accept' }
  /** chat.send: UNAVAILABLE, retryable. */
  | { readonly mode: 'unavailable'; readonly retryAfterMs?: number }
  /** chat.send: the message is recorded, and its run fails at once: UNAVAILABLE, not retryable. */
  | { readonly mode: 'run_failed' }
  /** chat.send: the session's agent is not configured. */
  | { readonly mode: 'unknown_session' }
  /** Nothing is recorded and there is no response. */
  | { readonly mode: 'never_answer' }
  /** chat.send: the message is recorded, but there is no response. */
  | { readonly mode: 'never_answer_after_accept' }
  /** Sends neither responses nor ticks: the process is stopped, but the connection stays open. */
  | { readonly mode: 'frozen' }
  /** Every response is delayed by that time. */
  | { readonly mode: 'slow'; readonly delayMs: number };

export type FaultMode = Fault['mode'];

/** Faults of the handshake: existing connections are closed, so that the next handshake meets the fault. */
const ofHandshake: ReadonlySet<FaultMode> = new Set([
  'refuse_connections',
  'starting',
  'wrong_token',
  'missing_scope',
  'not_paired',
  'protocol_mismatch',
]);

export const meetsNewConnections = (fault: Fault): boolean => ofHandshake.has(fault.mode);

/** The current fault. It applies to a number of requests or until healed. */
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

  /** Returns the fault if it has that mode, without using it up. */
  peek<M extends FaultMode>(mode: M): Extract<Fault, { mode: M }> | null {
    return this.#fault?.mode === mode ? (this.#fault as Extract<Fault, { mode: M }>) : null;
  }

  /** Like peek, but counts against the number of times. */
  take<M extends FaultMode>(mode: M): Extract<Fault, { mode: M }> | null {
    const fault = this.peek(mode);
    if (fault && --this.#left <= 0) this.#fault = null;
    return fault;
  }
}
