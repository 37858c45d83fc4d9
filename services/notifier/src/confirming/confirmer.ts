import type { RunEnd } from '@mission-control/openclaw';
import type { Delivery } from '../delivery/delivery.ts';
import type { Waiting } from '../lane/arrival-queue.ts';
import type { OpenclawGatewayGate } from '../openclaw-gateways/gate.ts';
import { type Acknowledged, sent } from '../sending/outcome-facts.ts';
import { type FoundMessages, keysOf, type Told, verdictOn } from './verdict.ts';

/** A message that the OpenClaw gateway has acknowledged, but that the session may not have yet. */
export interface Unconfirmed {
  readonly item: Waiting;
  readonly delivery: Delivery;
  readonly acknowledged: Acknowledged;
  /** The connection over which it was sent. */
  readonly epoch: number;
  /** When it was sent, milliseconds since 1970. */
  readonly at: number;
}

export interface ConfirmerParts {
  readonly signal: AbortSignal;
  readonly answerTimeoutMs: number;
  readonly forgottenAfterMs: number;
  /** The gate of the OpenClaw gateway, once it is connected with its current settings. */
  readonly gate: () => Promise<OpenclawGatewayGate | null>;
  /** Milliseconds until the delivery has waited for too long. */
  readonly expiresAfter: (delivery: Delivery) => number;
  readonly found: (found: FoundMessages) => void;
  /**
   * The confirmer no longer holds the message.
   *
   * @param end of the run that the message joined, if the look-up shows it
   */
  readonly told: (one: Unconfirmed, verdict: Told, end: RunEnd | undefined) => void;
  /** The unconfirmed messages need complete look-ups, or have nothing left to confirm. */
  readonly suspect: () => void;
}

/** Below 20, the number of messages that may wait in a session of an OpenClaw gateway before it drops some. */
export const mostUnconfirmed = 10;

const firstPauseMs = 50;
const longestPauseMs = 1_000;
const longestTimerMs = 2 ** 31 - 1;
/** Between two look-ups of a busy session, so that one serves several messages. */
const distanceMs = 200;
/** How long a message may be acknowledged before that is recorded. */
const unrecordedMs = 1_000;
/** How often a session's newest 200 rows are read. Look-ups in between read only those in which messages just sent are expected. */
const readBackEveryMs = 5_000;
/** A message that is not found so soon may be further back. */
const foundSoonMs = 1_000;
/** The maximum of a look-up. */
const mostKeys = 50;

/** A message has its own row, its reply and perhaps a few more. Others may write to the session, too: then more rows are read. */
const rowsFor = (keys: number, more: boolean): number => (more ? 40 : 4) + 4 * keys;

/**
 * Looks up the unconfirmed messages of one session, all with one request: 50 ms after the last one was sent, then after pauses that double
 * up to 1 s, and whenever something happens in the session, but at most every 200 ms while it may send more. Told messages leave the
 * confirmer. If something is wrong, it stops and says so. While the OpenClaw gateway is away, it waits for a change.
 */
export class Confirmer {
  readonly #parts: ConfirmerParts;
  #unconfirmed: Unconfirmed[] = [];
  #running = false;
  #pauseMs = firstPauseMs;
  #poked = Promise.withResolvers<void>();
  #leaveGate = (): void => {};
  /** Resolves when the session may not send more before some are confirmed. */
  #filled = Promise.withResolvers<void>();
  /** When the last look-up began, monotonic milliseconds, like the following one. */
  #lookedAt = -distanceMs;
  #readBackAt = Number.NEGATIVE_INFINITY;
  /** The last look-up did not show a message that may be in the rows before those that were read. */
  #needsMoreRows = false;

  constructor(parts: ConfirmerParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#unconfirmed.length;
  }

  /** Whether one of the messages was sent again after a loss. */
  get sendsAgain(): boolean {
    return this.#unconfirmed.some(({ delivery }) => delivery.wasLost);
  }

  /** Whether a message was sent over an earlier connection. */
  staleFor(epoch: number): boolean {
    return this.#unconfirmed.some((one) => one.epoch !== epoch);
  }

  add(one: Unconfirmed): void {
    this.#unconfirmed.push(one);
    this.#pauseMs = firstPauseMs;
    this.#start();
    if (this.size < mostUnconfirmed) return;
    this.#poked.resolve();
    this.#filled.resolve();
  }

  /** Looks up soon instead of after the pause. */
  poke(): void {
    this.#poked.resolve();
  }

  /** Gives up all messages, each with its acknowledgement recorded or being recorded. */
  takeAll(): Unconfirmed[] {
    const all = this.#unconfirmed;
    this.#unconfirmed = [];
    this.#record(all);
    this.poke();
    return all;
  }

  #start(): void {
    if (this.#running || this.#unconfirmed.length === 0 || this.#parts.signal.aborted) return;
    this.#running = true;
    void this.#run().finally(() => {
      this.#leaveGate();
      this.#running = false;
      this.#start();
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#parts;
    while (!signal.aborted && this.#unconfirmed.length > 0) {
      await this.#pause();
      if (signal.aborted || this.#unconfirmed.length === 0) return;
      try {
        await this.#look();
      } catch {
        // The event store is unavailable, the OpenClaw gateway cannot be dialled, or we are stopping. The next look-up will tell.
        this.#pauseMs = longestPauseMs;
        this.#recordMeanwhile();
      }
    }
  }

  async #look(): Promise<void> {
    const { gate: open, answerTimeoutMs, suspect } = this.#parts;
    const gate = await open();
    const connection = gate?.connection;
    if (!gate || connection?.state().kind !== 'ready') return this.#waitFor(gate);
    const { epoch } = gate;
    const asked = [...this.#unconfirmed];
    // A delivery without an attempt has ended in another way: its payload is removed.
    if (this.staleFor(epoch) || asked.some(({ delivery }) => !delivery.attempt)) return suspect();
    const attempts = asked.flatMap(({ delivery }) => delivery.attempt ?? []);
    const [{ sessionKey } = { sessionKey: '' }] = attempts;
    const keys = attempts.flatMap(keysOf).slice(-mostKeys);
    const rows = this.#newestRows(asked, keys.length);
    const late = setTimeout(() => this.#record(asked), unrecordedMs);
    const found = await gate.lookUps.execute(() =>
      connection.find(sessionKey, keys, { mode: 'quick', rows, timeoutMs: answerTimeoutMs }),
    );
    clearTimeout(late);
    if (found.kind === 'found' && epoch === gate.epoch) this.#judge(asked, found);
    this.#record(asked.filter((one) => this.#unconfirmed.includes(one)));
  }

  /** undefined: as many as a quick look-up reads at most. These also show whether the session was reset. */
  #newestRows(asked: readonly Unconfirmed[], keys: number): number | undefined {
    const now = performance.now();
    this.#lookedAt = now;
    const isNew = ({ at }: Unconfirmed) => Date.now() - at < foundSoonMs;
    if (now - this.#readBackAt < readBackEveryMs && asked.every(isNew)) {
      return rowsFor(keys, this.#needsMoreRows);
    }
    this.#readBackAt = now;
    return undefined;
  }

  #judge(asked: readonly Unconfirmed[], found: FoundMessages): void {
    const { forgottenAfterMs, suspect } = this.#parts;
    this.#parts.found(found);
    this.#needsMoreRows = false;
    for (const one of asked) {
      const { attempt, attemptedAt, seen } = one.delivery;
      // It may have been given back in the meantime.
      if (!this.#unconfirmed.includes(one) || !attempt) continue;
      const { bootId } = one.acknowledged;
      const evidence = { attempt, lost: false, bootId, seen, sentAfter: attemptedAt };
      const verdict = verdictOn(evidence, found, false);
      this.#needsMoreRows ||= verdict.kind === 'unseen';
      if (verdict.kind === 'told') {
        this.#unconfirmed = this.#unconfirmed.filter((other) => other !== one);
        this.#parts.told(one, verdict, found.ends.get(verdict.key));
      } else if (verdict.kind === 'lost' || verdict.kind === 'unknown') {
        suspect();
      } else if (verdict.kind !== 'pending' && Date.now() - one.at > forgottenAfterMs) {
        suspect();
      }
    }
  }

  /** While the OpenClaw gateway is away, nothing can be looked up. */
  #recordMeanwhile(): number {
    this.#record(this.#unconfirmed);
    const expiresAfter = this.#unconfirmed.map(({ delivery }) => this.#parts.expiresAfter(delivery));
    const leftMs = Math.min(...expiresAfter);
    if (leftMs <= 0) this.#parts.suspect();
    return leftMs;
  }

  /** The next pause ends when the gate changes or a message expires. */
  #waitFor(gate: OpenclawGatewayGate | null): void {
    const leftMs = this.#recordMeanwhile();
    this.#pauseMs = gate && leftMs > 0 ? Math.min(leftMs, longestTimerMs) : longestPauseMs;
    if (gate) this.#leaveGate = gate.onChange(() => this.poke());
  }

  /** Records that the messages were acknowledged, if that is not known yet. */
  #record(some: readonly Unconfirmed[]): void {
    for (const { delivery, acknowledged } of some) {
      if (delivery.own?.status === 'sent') continue;
      delivery.advance(() => sent(delivery, acknowledged)).catch(() => {});
    }
  }

  async #pause(): Promise<void> {
    const timer = setTimeout(() => this.poke(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
    await this.#poked.promise;
    this.#leaveGate();
    clearTimeout(timer);
    const distanceLeft = this.#lookedAt + distanceMs - performance.now();
    const distance = setTimeout(() => this.#filled.resolve(), Math.max(0, distanceLeft));
    await this.#filled.promise;
    clearTimeout(distance);
    this.#poked = Promise.withResolvers();
    this.#filled = Promise.withResolvers();
  }
}
