import { setTimeout as delay } from 'node:timers/promises';
import type { OpenClawConnection, RunEvent, Unavailable } from '@mission-control/openclaw';
import { bulkhead } from 'cockatiel';
import type { GateState, Pass } from './gate-state.ts';
import { GateWaiters } from './gate-waiters.ts';

const firstPauseMs = 250;
const longestPauseMs = 5_000;
/** An OpenClaw gateway answers about 30 look-ups per second. More at once would only take longer and delay its agents. */
const lookUpsAtOnce = 8;

const minRedialIntervalMs = 2_000;

/** Codes with which the OpenClaw gateway asks for a pause. Other `unavailable` outcomes are about the connection or a single session. */
const asksForPause: ReadonlySet<string> = new Set([
  'gateway_unavailable',
  'gateway_starting',
  'gateway_restarting',
  'rate_limited',
]);

/**
 * The availability of one OpenClaw gateway. While it is closed, sessions wait and use up no attempts. The connection dials again by itself,
 * at most 5 s later. When it is back, the gate is half-open: the first request decides whether the others follow.
 */
export class OpenclawGatewayGate {
  /** Limits look-ups and queries about runs, across all sessions. */
  readonly lookUps = bulkhead(lookUpsAtOnce, Number.MAX_SAFE_INTEGER);
  readonly #listeners = new Set<() => void>();
  readonly #runListeners = new Set<(run: RunEvent) => void>();
  #connection: OpenClawConnection | null = null;
  #epoch = 0;
  #proven = false;
  #probing = false;
  #changes = 0;
  #redialledAt = Number.NEGATIVE_INFINITY;
  #pause: { over: boolean; readonly ms: number; readonly asked: Unavailable } | null = null;
  readonly #waiters = new GateWaiters(() => ({ kind: this.state.kind, probing: this.#probing }));

  get state(): GateState {
    const state = this.#connection?.state() ?? { kind: 'connecting' };
    switch (state.kind) {
      case 'ready':
        if (this.#pause && !this.#pause.over) return { ...this.#pause.asked, kind: 'away' };
        if (this.#proven) return { ...state, kind: 'open' };
        return { ...state, kind: 'half_open', asksForPauses: this.#pause !== null };
      case 'away':
        return { kind: 'away', code: state.code, detail: state.detail };
      case 'rejected':
        return state;
      default:
        return { kind: 'connecting' };
    }
  }

  /** Whether messages can be sent; null: not known yet. */
  get available(): boolean | null {
    const { kind } = this.state;
    return kind === 'connecting' ? null : kind === 'open' || kind === 'half_open';
  }

  /** Increases with every connection. What was sent over an earlier one has to be looked up. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Increases with every change of state. */
  get changes(): number {
    return this.#changes;
  }

  get connection(): OpenClawConnection | null {
    return this.#connection;
  }

  /** The current connection of the OpenClaw gateway. */
  use(connection: OpenClawConnection): void {
    if (this.#connection === connection) return;
    this.#connection = connection;
    if (connection.state().kind === 'ready') this.#connected();
    connection.onState(({ kind }) => {
      if (this.#connection !== connection) return;
      if (kind === 'ready') this.#connected();
      this.#changed();
      // Somebody has to open another one.
      if (kind === 'closed') this.#waiters.wakeAll();
    });
    connection.onRun((run) => {
      for (const listener of this.#runListeners) listener(run);
    });
    this.#changed();
  }

  /** null: closed, or another session is finding out whether the OpenClaw gateway is back. */
  enter(): Pass | null {
    const { kind } = this.state;
    const connection = this.#connection;
    if (!connection || (kind !== 'open' && kind !== 'half_open')) return null;
    if (kind === 'half_open' && this.#probing) return null;
    const probe = kind === 'half_open';
    const epoch = this.#epoch;
    this.#probing ||= probe;
    if (probe) this.#waiters.entered();
    let left = false;
    return {
      connection,
      epoch,
      valid: () => epoch === this.#epoch && connection.state().kind === 'ready',
      leave: (outcome) => {
        if (!left) this.#left(outcome, probe, epoch);
        left = true;
      },
    };
  }

  /** Dials now unless the last dial was too recent (false): OpenClaw gateways lock out clients that present a wrong token too often. */
  redial(): boolean {
    const now = performance.now();
    if (!this.#connection || now - this.#redialledAt < minRedialIntervalMs) return false;
    this.#redialledAt = now;
    this.#connection.retryNow();
    return true;
  }

  /**
   * Calls `wake` once, when it makes sense to enter again or to give up: the gate is open, half-open with no request under way (then one
   * waiter at a time is woken), or away or rejected, unless that is what the waiter has seen.
   *
   * @returns a function that ends the waiting
   */
  wait(seen: GateState['kind'], wake: () => void): () => void {
    return this.#waiters.add({ seen, wake });
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onRun(listener: (run: RunEvent) => void): () => void {
    this.#runListeners.add(listener);
    return () => this.#runListeners.delete(listener);
  }

  #connected(): void {
    this.#epoch += 1;
    this.#proven = false;
    this.#probing = false;
    this.#pause = null;
  }

  #left(outcome: { readonly kind: string } | Unavailable | undefined, probe: boolean, epoch: number): void {
    if (epoch !== this.#epoch) return;
    if (probe) this.#probing = false;
    if (outcome && 'sent' in outcome) {
      if (asksForPause.has(outcome.code)) this.#rest(outcome);
    } else if (outcome) {
      if (probe) this.#proven = true;
      this.#pause = null;
    }
    if (probe) this.#changed();
  }

  #rest(asked: Unavailable): void {
    if (this.#pause && !this.#pause.over) return;
    const ms = Math.min((this.#pause?.ms ?? firstPauseMs / 2) * 2, longestPauseMs);
    const longest = asked.code === 'rate_limited' ? 300_000 : longestPauseMs;
    const restMs = Math.max(ms, Math.min(asked.retryAfterMs ?? 0, longest));
    const pause = { over: false, ms, asked };
    this.#pause = pause;
    this.#proven = false;
    void delay(restMs, undefined, { ref: false }).then(() => {
      pause.over = true;
      if (this.#pause === pause) this.#changed();
    });
    this.#changed();
  }

  #changed(): void {
    this.#changes += 1;
    this.#waiters.changed();
    for (const listener of [...this.#listeners]) listener();
  }
}
