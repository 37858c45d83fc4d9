import type { Doubt, Rejected, RejectedCode, Unavailable, UnavailableCode } from './outcome.ts';

/** What the notifier uses of an OpenClaw gateway. No method throws because of what the gateway or the network does. */
export interface OpenClawConnection {
  readonly state: () => ConnectionState;
  /** Calls the listener on every change of the state, not on every dial. Returns a function that removes the listener. */
  onState(listener: (state: ConnectionState) => void): () => void;
  /**
   * Calls the listener for the runs of all sessions of the gateway, including those that other clients began. Events are missed while the
   * connection is not ready; `runOutcome` finds out afterwards. The end of a run is reported once.
   */
  onRun(listener: (run: RunEvent) => void): () => void;
  /**
   * Dials now instead of after the pause. Nothing happens if the connection is ready or dialling, or if the gateway rejected it less than
   * 2 s ago.
   */
  retryNow(): void;
  /** Sends once and never repeats. */
  send(message: AgentMessage, within: Within): Promise<SendOutcome>;
  /** Where the gateway has each of the messages. One look-up for all keys of one session, at most 50. */
  find(sessionKey: string, keys: readonly string[], within: FindWithin): Promise<Found>;
  /** What became of a run. Knows the runs of earlier processes of the gateway as far as the session's history tells. */
  runOutcome(runId: string, sessionKey: string, within: Within): Promise<RunOutcome>;
  /** Pending messages end as doubts. */
  close(): Promise<void>;
}

/**
 * - `connecting`: the first dial, until the gateway's hello. Requests wait for the result, within their own time limits.
 * - `ready`: requests are sent. `bootId` is new for each process of the gateway: another one after a reconnect means that it was restarted
 *   and forgot what it had not stored. Null only for a gateway that reports none.
 * - `away`: cannot be reached now. Requests fail at once as `unavailable`. The connection dials again by itself at `retryAt`: at most 5 s
 *   later, unless the gateway asked for more. It remains `away` while it dials, and requests wait for the result.
 * - `rejected`: somebody has to change something. It dials every 30 s, because the change may be made at the gateway, and on `retryNow`.
 * - `closed`: by `close`, for good.
 */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'ready'; readonly bootId: string | null; readonly serverVersion: string }
  | {
      readonly kind: 'away';
      readonly code: UnavailableCode;
      /** The gateway's own sentence, escaped, at most 200 characters. */
      readonly detail: string | null;
      /** When it was last ready, or first dialled. Milliseconds since 1970. */
      readonly since: number;
      readonly retryAt: number;
    }
  | {
      readonly kind: 'rejected';
      readonly code: RejectedCode;
      readonly detail: string | null;
      /** With the code `not_paired`, if the gateway named one: the operator runs `openclaw devices approve <id>`. */
      readonly pairingRequestId: string | null;
      readonly since: number;
      readonly retryAt: number;
    }
  | { readonly kind: 'closed' };

interface Within {
  /** Milliseconds for connecting and answering together. */
  readonly timeoutMs: number;
}

export interface AgentMessage {
  /** As users write it: the gateway canonicalises it (`Foo` → `agent:main:foo`) and creates missing sessions. */
  readonly sessionKey: string;
  readonly message: string;
  /** The gateway uses it as the run's id. At most 256 characters, which is the limit for queries of the history. */
  readonly idempotencyKey: string;
}

/** The gateway has acknowledged the message, now or when it was sent earlier. It may still lose it: see `find`. */
interface Accepted {
  readonly kind: 'accepted';
  readonly runId: string;
  /** `started`; for a repeat `in_flight`, later `ok`, or `timeout` if the run was stopped. Proves nothing about the session. */
  readonly status: string;
  /** The gateway process that acknowledged it. */
  readonly bootId: string | null;
}

/**
 * - `unavailable`: not sent, or the gateway asked for a retry. Says nothing about the message.
 * - `doubt`: sent, without a usable answer. Call `find` before sending again.
 * - `rejected`: an answer about the message or about us. Sending it again does not help until something is changed.
 */
export type SendOutcome = Accepted | Unavailable | Doubt | Rejected;

export interface FindWithin extends Within {
  /**
   * - `quick`: receipts and the newest rows, in one request. A key that is not found may be in older rows, unless `complete`.
   * - `complete`: reads back until every key is found, or to the first row of the session, and asks what the gateway's process remembers of
   *   the others.
   */
  readonly mode: 'quick' | 'complete';
  /** How many of the newest rows a quick look-up reads, at most 1,000. Default: 200. */
  readonly rows?: number | undefined;
}

/** In what form the gateway has a message. Only `history` and `consumed` mean that the session has it. */
export type Whereabouts =
  /** It is a row in the session's history. */
  | 'history'
  /** The gateway merged it with others into one row, which is in the history. */
  | 'consumed'
  /** Waits for the session's current run to end. A restart of the gateway loses its turn, or the whole message. */
  | 'queued'
  /** Its run has begun, but its row is not written yet: if the gateway is killed now, it forgets the message. */
  | 'running'
  /** Stored, but it lost its turn and gets no other. A repeat under the same key is not accepted. */
  | 'interrupted'
  /** The session's queue overflowed: the agent saw at most one line about it, and the body is lost. */
  | 'dropped';

export type Found =
  | {
      readonly kind: 'found';
      /**
       * Keys that the gateway does not have are absent. The result holds for the session with that id, since its last reset: compare
       * both with their values at the time of sending before drawing conclusions from a key that is not in the history.
       */
      readonly keys: ReadonlyMap<string, Whereabouts>;
      /** Every row of the session was searched, so that an absent key is not in its history. */
      readonly complete: boolean;
      /** Null if the session does not exist. Another id for the same key means that the session was deleted and begun again. */
      readonly sessionId: string | null;
      /** The canonical key, as in run events. Null if the gateway does not report it. */
      readonly sessionKey: string | null;
      /** The last reset of the session (`/new`) that its history shows. What came before it is not in the history any more. */
      readonly reset: SessionReset | null;
      /**
       * How the runs ended that messages were steered into, by the message's key, as far as the newest rows show. No event reports it. Of
       * other messages, and of those that are absent, `runOutcome` finds out.
       */
      readonly ends: ReadonlyMap<string, RunEnd>;
      /** The gateway process that answered. */
      readonly bootId: string | null;
    }
  | Unavailable
  | Rejected;

export interface SessionReset {
  readonly id: string | null;
  /** By the gateway's clock, milliseconds since 1970. */
  readonly at: number | null;
}

/** How a run ended. */
export interface RunEnd {
  /**
   * `no_reply`: the agent had the message and said nothing. `skipped`: stopped by somebody before its end. `timed_out`: by the gateway's time
   * limit.
   */
  readonly outcome: 'ok' | 'error' | 'skipped' | 'no_reply' | 'timed_out';
  /** The gateway's or the model provider's code, for errors that have one. */
  readonly code: string | null;
  /** The gateway's own sentence, escaped, at most 200 characters. */
  readonly detail: string | null;
}

export interface RunEvent {
  /** The idempotency key of the message that began the run. */
  readonly runId: string;
  /** The canonical key (`agent:main:foo`). */
  readonly sessionKey: string;
  /**
   * Null: the gateway did something with the message that does not show how the run ends. It began to answer, or it is done with the
   * request, which it also reports for messages that it queued, merged or even lost. A reason to call `find`, nothing more. A message that
   * was steered into an active run gets no other event: when a run of its session ends, call `runOutcome` for the messages that came after.
   */
  readonly end: RunEnd | null;
}

export type RunOutcome =
  | ({ readonly kind: 'ended' } & RunEnd)
  /** Or its message waits for the session's current run to end. */
  | { readonly kind: 'running' }
  /** Neither the gateway's memory nor the session's history shows the outcome. The run may not have begun. */
  | { readonly kind: 'unknown' }
  | Unavailable
  | Rejected;
