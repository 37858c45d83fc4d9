import type { Hello } from './link/handshake.ts';
import type { Rejected, Unavailable } from './outcome.ts';
import type { ConnectionState } from './port.ts';

/** The state of a connection as callers see it: dials that change nothing are not reported. */
export class ConnectionStates {
  readonly #listeners = new Set<(state: ConnectionState) => void>();
  #state: ConnectionState = { kind: 'connecting' };
  /** When it was last ready, or first dialled. */
  #since = Date.now();

  get current(): ConnectionState {
    return this.#state;
  }

  add(listener: (state: ConnectionState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  connected({ server }: Hello): void {
    this.#enter({ kind: 'ready', bootId: server.bootId ?? null, serverVersion: server.version });
  }

  disconnected(problem: Unavailable | Rejected, nextAttemptMs: number): void {
    if (this.#state.kind === 'ready') this.#since = Date.now();
    const { detail } = problem;
    const times = { since: this.#since, retryAt: Date.now() + nextAttemptMs };
    this.#enter(
      problem.kind === 'unavailable'
        ? { kind: 'away', code: problem.code, detail, ...times }
        : {
            kind: 'rejected',
            code: problem.code,
            detail,
            pairingRequestId: problem.pairingRequestId,
            ...times,
          },
    );
  }

  closed(): void {
    this.#enter({ kind: 'closed' });
  }

  #enter(next: ConnectionState): void {
    if (this.#state.kind === 'closed') return;
    const changed = aspectsOf(next) !== aspectsOf(this.#state);
    this.#state = next;
    if (changed) for (const listener of this.#listeners) listener(next);
  }
}

/** Everything except the time of the next dial. */
const aspectsOf = (state: ConnectionState): string => JSON.stringify({ ...state, retryAt: undefined });
