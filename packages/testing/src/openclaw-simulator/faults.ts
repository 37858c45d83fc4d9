/** Ways to fail, named for what the client sees. One at a time. */
export type Fault =
  /** Connections are refused. */
  | { readonly mode: 'refuse_connections' }
  /** Connections are reset as soon as they are open. */
  | { readonly mode: 'reset_connections' }
  /** The WebSocket is rejected with this HTTP status: 403 for a proxy that is not trusted, 502 from a proxy. */
  | { readonly mode: 'refuse_upgrade'; readonly status: number }
  /** The OpenClaw gateway is starting: handshakes are postponed. */
  | { readonly mode: 'starting'; readonly retryAfterMs: number }
  /** Nothing is sent after the connection is open. */
  | { readonly mode: 'no_challenge' }
  /** There is no response to `connect`. */
  | { readonly mode: 'silent_connect' }
  | { readonly mode: 'wrong_token' }
  /** Too many wrong tokens came from the address. The right one is rejected as well. */
  | { readonly mode: 'rate_limited' }
  /** Only operator.read is granted. */
  | { readonly mode: 'missing_scope' }
  | { readonly mode: 'not_paired' }
  | { readonly mode: 'protocol_mismatch' }
  /** chat.send: the connection breaks, and nothing is recorded. */
  | { readonly mode: 'drop_before_answer' }
  /** chat.send: the message is recorded, then the connection breaks. */
  | { readonly mode: 'drop_after_accept' }
  /** chat.send: the message is recorded and acknowledged, then the connection breaks. */
  | { readonly mode: 'drop_after_answer' }
  /** chat.send: UNAVAILABLE, retryable. */
  | { readonly mode: 'unavailable'; readonly retryAfterMs?: number }
  /** chat.send: the message is recorded, and its run fails at once: UNAVAILABLE, not retryable. */
  | { readonly mode: 'run_failed' }
  /** chat.send: the session's agent is not configured. */
  | { readonly mode: 'unknown_session' }
  /** chat.send and sessions.patch: another session has the label. */
  | { readonly mode: 'label_in_use' }
  /** chat.send and sessions.patch: the session has changed in the meantime. */
  | { readonly mode: 'session_conflict' }
  /** Nothing is recorded and there is no response. */
  | { readonly mode: 'never_answer' }
  /** chat.send: the message is recorded, but there is no response. */
  | { readonly mode: 'never_answer_after_accept' }
  /** chat.send: the message is acknowledged and leaves no trace. */
  | { readonly mode: 'accept_and_forget' }
  /** chat.send: the message is recorded, then the process is killed and starts again. */
  | { readonly mode: 'restart_after_accept' }
  /** chat.send: the message is recorded, and the response is not JSON. */
  | { readonly mode: 'malformed_answer' }
  /** chat.send: the message is recorded, and the response has 30 MB. */
  | { readonly mode: 'huge_answer' }
  /** chat.history: UNAVAILABLE, retryable. */
  | { readonly mode: 'history_rebuilding' }
  /** Sends neither responses nor ticks: the process is stopped, but the connection stays open. */
  | { readonly mode: 'frozen' }
  /** Every response is delayed by this time. */
  | { readonly mode: 'slow'; readonly delayMs: number };

export type FaultMode = Fault['mode'];

/** Faults of the handshake: existing connections are closed, so that the next handshake meets the fault. */
const ofHandshake: ReadonlySet<FaultMode> = new Set([
  'refuse_connections',
  'reset_connections',
  'refuse_upgrade',
  'starting',
  'no_challenge',
  'silent_connect',
  'wrong_token',
  'rate_limited',
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
