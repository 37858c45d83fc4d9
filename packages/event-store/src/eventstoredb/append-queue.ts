import { randomUUID } from 'node:crypto';
import { EventStoreFailed, EventStoreUnavailable, EventTooLarge } from '../errors.ts';
import type { EventStoreLog } from '../log.ts';
import type { AppendResult } from '../port.ts';
import { answerOf } from './append-answer.ts';
import { AppendBacklog } from './append-backlog.ts';
import { appendMessages, uuidText } from './append-message.ts';
import type { Connection, ConnectionLink } from './connection.ts';
import { isNotLeader, toStoreError } from './errors.ts';
import { PendingAppend, type QueuedAppend } from './pending-append.ts';
import type { BatchAppendReq, BatchAppendResp } from './protocol.ts';

/** Limits of what is sent and not answered: enough to keep the server busy. */
const bounds = { appends: 512, bytes: 16 * 1024 * 1024 };
/** Milliseconds between two attempts at a server that is not ready, and how long `close` waits for answers. */
const times = { notReady: 100, close: 5_000 };

interface AppendCall {
  write(message: BatchAppendReq): unknown;
  end(): void;
}

/**
 * All appends of the process use one stream of the protocol, many at a time. The server processes them in the order in which
 * they are sent and answers each one separately. In the backlog: not sent yet. In flight: sent, but not answered yet. When the
 * stream breaks, repeatable appends go back to the backlog; the others fail with an unknown outcome.
 */
export class AppendQueue {
  readonly #connection: Connection;
  readonly #log: EventStoreLog;
  /** Types of errors that have already been logged. */
  readonly #told = new Set<string>();
  readonly #backlog = new AppendBacklog();
  readonly #inFlight = new Map<string, PendingAppend>();
  #inFlightBytes = 0;
  /** Postponed because the server was not ready for them. */
  readonly #postponed = new Set<PendingAppend>();
  #call: AppendCall | undefined;
  #opening = false;
  #expiry: NodeJS.Timeout | undefined;
  #whenIdle: (() => void) | undefined;

  constructor(connection: Connection, log: EventStoreLog) {
    this.#connection = connection;
    this.#log = log;
  }

  append(append: QueuedAppend): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.#backlog.add(new PendingAppend(append, resolve, reject));
      this.#expireInTime();
      this.#send();
    });
  }

  /** Resolves when no append is in flight or waiting. If that takes too long, the remaining appends fail. */
  async close(): Promise<void> {
    if (!this.#isIdle) {
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, times.close);
        this.#whenIdle = () => {
          clearTimeout(late);
          resolve();
        };
      });
    }
    const call = this.#call;
    this.#call = undefined;
    call?.end();
    clearTimeout(this.#expiry);
    const closed = new EventStoreUnavailable('the event store was closed before it answered', true);
    for (const append of this.#takeInFlight()) append.fail(closed);
    const unsent = new EventStoreUnavailable('the event store was closed before the append was sent', false);
    for (const append of [...this.#postponed, ...this.#backlog.takeAll()]) append.fail(unsent);
  }

  get #isIdle(): boolean {
    return this.#backlog.size + this.#inFlight.size + this.#postponed.size === 0;
  }

  #send(): void {
    if (this.#call === undefined) {
      if (!this.#opening && this.#backlog.size > 0) void this.#open();
      return;
    }
    while (this.#inFlight.size < bounds.appends) {
      const fits = this.#inFlightBytes + (this.#backlog.first?.bytes ?? 0) <= bounds.bytes;
      const next = fits || this.#inFlight.size === 0 ? this.#backlog.takeFirst() : undefined;
      if (next === undefined) return;
      const id = randomUUID();
      this.#inFlight.set(id, next);
      this.#inFlightBytes += next.bytes;
      for (const part of appendMessages(id, next.message)) this.#call.write(part);
    }
  }

  async #open(): Promise<void> {
    this.#opening = true;
    try {
      this.#start(await this.#connection.link());
    } catch (error) {
      // Nothing was sent in this attempt, and another one would most likely fail the same way.
      for (const append of this.#backlog.takeAll()) this.#fail(append, toStoreError(error));
    } finally {
      this.#opening = false;
    }
    this.#proceed();
  }

  #start(link: ConnectionLink): void {
    const call = this.#connection.call(
      link.streams,
      (streams, ...settings) => streams.batchAppend(...settings),
      undefined,
    );
    this.#call = call;
    call.on('data', (response: BatchAppendResp) => this.#answered(response));
    call.on('error', (error: Error) => void this.#broken(call, link, error));
    call.on('end', () => void this.#broken(call, link, new Error('the server ended the stream of appends')));
  }

  #answered(response: BatchAppendResp): void {
    const id = uuidText(response.getCorrelationId());
    const append = this.#inFlight.get(id);
    // It has already expired.
    if (append === undefined) return;
    this.#inFlight.delete(id);
    this.#inFlightBytes -= append.bytes;
    const answer = answerOf(response);
    switch (answer.kind) {
      case 'answered':
        append.resolve(answer.result);
        break;
      case 'rejected':
        // If an earlier attempt had stored it, it would not be rejected now.
        append.doubtful = false;
        this.#fail(append, answer.error);
        break;
      case 'not_now':
        this.#later(append, answer.error);
        break;
      case 'unknown':
        append.doubtful = true;
        if (append.repeatable) this.#later(append, answer.error);
        else this.#fail(append, answer.error);
        break;
      case 'failed':
        this.#tellOnce(answer.error);
        this.#fail(append, answer.error);
        break;
    }
    this.#proceed();
  }

  async #broken(call: AppendCall, link: ConnectionLink, error: Error): Promise<void> {
    if (this.#call !== call) return;
    this.#call = undefined;
    const failure = toStoreError(error, true);
    const lost = this.#takeInFlight();
    const isRejection =
      failure instanceof EventTooLarge ? lost.length === 1 : !(failure instanceof EventStoreUnavailable);
    if (failure instanceof EventStoreFailed) this.#tellOnce(failure);
    // The server rejects one append in this way. Whether it has handled others that were sent before is not known.
    const isUnhandled = isNotLeader(error) && lost.length === 1;
    if (!isUnhandled) for (const append of lost) append.doubtful = !isRejection;
    const again = isRejection ? [] : lost.filter(({ repeatable }) => repeatable || isUnhandled);
    for (const append of lost) if (!again.includes(append)) this.#fail(append, failure);
    this.#sendAgain(again);
    await this.#connection.lose(link, error);
    this.#proceed();
  }

  #takeInFlight(): readonly PendingAppend[] {
    const appends = [...this.#inFlight.values()];
    this.#inFlight.clear();
    this.#inFlightBytes = 0;
    return appends;
  }

  /** Each append that fails this way reports it to its caller; it is logged only once. */
  #tellOnce(error: EventStoreFailed): void {
    if (this.#told.has(error.type)) return;
    this.#told.add(error.type);
    this.#log.error({ err: error }, 'the event store answers appends with an unknown error');
  }

  #later(append: PendingAppend, { message }: Error): void {
    append.postponedBecause = message;
    this.#postponed.add(append);
    setTimeout(() => {
      if (!this.#postponed.delete(append)) return;
      this.#sendAgain([append]);
      this.#send();
    }, times.notReady);
  }

  #sendAgain(appends: readonly PendingAppend[]): void {
    this.#backlog.putBack(appends);
    for (const _ of appends) this.#connection.metrics.retried('append');
    this.#expireInTime();
  }

  #fail(append: PendingAppend, error: Error): void {
    append.fail(error);
  }

  /** All appends have the same time to live, so the oldest one expires first. */
  #expireInTime(): void {
    const [oldestInFlight] = this.#inFlight.values();
    const expiries = [oldestInFlight, this.#backlog.first].flatMap((append) => append?.expires ?? []);
    if (this.#expiry !== undefined || expiries.length === 0) return;
    this.#expiry = setTimeout(
      () => {
        this.#expiry = undefined;
        this.#expire();
        this.#expireInTime();
      },
      Math.max(Math.min(...expiries) - performance.now(), 0),
    );
  }

  #expire(): void {
    const now = performance.now();
    for (const [id, append] of this.#inFlight) {
      if (append.expires > now) break;
      this.#inFlight.delete(id);
      this.#inFlightBytes -= append.bytes;
      append.expire('EventStoreDB did not answer in time', true);
    }
    while ((this.#backlog.first?.expires ?? Number.POSITIVE_INFINITY) <= now) {
      const append = this.#backlog.takeFirst();
      if (append === undefined) continue;
      append.expire('the append was not sent in time', false);
    }
    this.#proceed();
  }

  #proceed(): void {
    this.#send();
    if (!this.#isIdle) return;
    clearTimeout(this.#expiry);
    this.#expiry = undefined;
    this.#whenIdle?.();
  }
}
