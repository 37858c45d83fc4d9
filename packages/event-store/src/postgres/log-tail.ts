import type { EventStoreLog } from '../log.ts';
import type { Checkpoint, EventFilter } from '../port.ts';
import type { LogTail, TailBatch } from '../subscription/log-source.ts';
import { afterAnchor, checkpointAt } from './checkpoints.ts';
import type { Kinds } from './kinds.ts';
import { parseNotification } from './notification.ts';
import { toRecordedEvent } from './page.ts';
import type { LogPage, LogRange } from './read-log.ts';
import type { TailListener } from './tail-listener.ts';

interface TailParts {
  readonly head: (at: Checkpoint | null) => Promise<Checkpoint | null>;
  readonly read: (range: LogRange) => Promise<LogPage>;
  readonly kinds: Kinds;
  readonly listener: TailListener;
  readonly log: EventStoreLog;
}

/** Milliseconds after which the end of the log is read even if nothing was heard, in case the server could not be heard. */
const poll = 5_000;
/** Reads of the end of the log without being able to hear it. They are a poll interval apart. */
const deafAfter = 3;
/** From so many milliseconds on, nothing is heard while nothing may be read. */
const longRest = 10;

/**
 * Follows the log by notifications, which arrive in log order, each after its events have become visible. They name the events' positions
 * and kinds. As long as each begins where the one before it ended, nothing was missed: what no filter passes is then skipped without a
 * query, and the rest is read exactly up to there. In any other case the end of the log is read, and everything up to it.
 */
export class LogTailReader implements LogTail {
  readonly #parts: TailParts;
  readonly #detach: () => void;
  #at: Checkpoint | null;
  /** The end of what is known to be in the log; at `at` or after it. */
  #target: Checkpoint | null;
  /** The kinds of the events between `at` and `target`; undefined: unknown. */
  #pending: Set<number> | undefined = new Set();
  /** Something may have been missed. */
  #mustLook = true;
  /** Notifications up to here may still arrive, although the events have been read. */
  #lookedUpTo = 0n;
  #deafLooks = 0;
  #closed = false;
  #wake: (() => void) | undefined;
  #endRest: (() => void) | undefined;

  constructor(parts: TailParts, from: Checkpoint | null) {
    this.#parts = parts;
    this.#at = from;
    this.#target = from;
    this.#detach = parts.listener.attach((payload) => this.#hear(payload));
  }

  async next(wanted: () => readonly EventFilter[], notBefore: number): Promise<TailBatch | undefined> {
    while (!this.#closed) {
      const filters = wanted();
      const restMs = notBefore - performance.now();
      if (restMs >= longRest) await this.#hearNothing(restMs);
      else if (this.#mustLook) await this.#look();
      else if (this.#target === null || !isBehind(this.#at, this.#target)) await this.#news();
      else if (restMs > 0) await this.#rest(restMs);
      else return this.#collect(this.#target, filters);
    }
    return undefined;
  }

  wake(): void {
    this.#wake?.();
    this.#endRest?.();
  }

  saw(): void {
    // Every append is heard soon.
  }

  close(): void {
    this.#closed = true;
    this.#detach();
    this.wake();
  }

  #hear(payload: string | undefined): void {
    if (payload === undefined) this.#parts.kinds.forget();
    const heard = payload === undefined ? undefined : parseNotification(payload);
    const end = this.#target;
    if (heard === undefined || end === null || heard.first > end.position + 1n) this.#mustLook = true;
    else if (heard.first === end.position + 1n) {
      this.#target = { ...end, position: heard.last, eventId: heard.id };
      if (heard.kinds === undefined) this.#pending = undefined;
      for (const kind of heard.kinds ?? []) this.#pending?.add(kind);
    } else if (heard.last > this.#lookedUpTo) this.#mustLook = true;
    this.#wake?.();
  }

  async #look(): Promise<void> {
    this.#mustLook = false;
    const head = await this.#parts.head(this.#at);
    this.#noteDeafness();
    if (head === null) return;
    this.#lookedUpTo = head.position;
    if (this.#target !== null && !isBehind(this.#target, head)) return;
    this.#target = head;
    this.#pending = undefined;
  }

  async #collect(target: Checkpoint, filters: readonly EventFilter[]): Promise<TailBatch> {
    const { kinds, read } = this.#parts;
    const [at, pending] = [this.#at, this.#pending];
    this.#pending = new Set();
    const passing = await kinds.thatMayPass(filters, pending);
    if (passing.length === 0) return this.#advance(target, []);
    const page = await read({
      from: at?.position ?? 0n,
      upTo: target.position,
      direction: 'forwards',
      kinds: passing,
    });
    const { rows, complete } = afterAnchor(at, page);
    const events = rows
      .filter(({ shown }) => shown)
      .map((row) => ({ event: toRecordedEvent(row), bytes: row.bytes }));
    const last = rows.at(-1);
    if (complete || last === undefined) return this.#advance(target, events);
    // The rest is read next, of these kinds and of those heard meanwhile.
    if (pending === undefined) this.#pending = undefined;
    else for (const kind of pending) this.#pending?.add(kind);
    return this.#advance(checkpointAt(target.incarnation, last), events, true);
  }

  #advance(upTo: Checkpoint, events: TailBatch['events'], full = false): TailBatch {
    const covered = Number(upTo.position - (this.#at?.position ?? 0n));
    this.#at = upTo;
    return { events, upTo, covered, full };
  }

  /** The log can be read, but not heard, for longer than it takes to reconnect: operators should know. */
  #noteDeafness(): void {
    const { listener, log } = this.#parts;
    const { failure } = listener;
    if (failure === undefined) {
      if (this.#deafLooks >= deafAfter) log.info({}, 'the event store sends notifications again');
      this.#deafLooks = 0;
      return;
    }
    this.#deafLooks += 1;
    if (this.#deafLooks === deafAfter)
      log.warn({ err: failure }, 'the event store sends no notifications; polling it until it does');
  }

  /** Each notification would wake up the process, only to wait on. */
  async #hearNothing(milliseconds: number): Promise<void> {
    const { listener } = this.#parts;
    listener.pause();
    await this.#rest(milliseconds);
    await listener.resume();
  }

  async #rest(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    this.#endRest = resolve;
    await promise;
    this.#endRest = undefined;
    clearTimeout(timer);
  }

  async #news(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.#mustLook = true;
      resolve();
    }, poll);
    this.#wake = resolve;
    await promise;
    this.#wake = undefined;
    clearTimeout(timer);
  }
}

const isBehind = (at: Checkpoint | null, { position }: Checkpoint): boolean =>
  (at?.position ?? 0n) < position;
