import { randomUUID } from 'node:crypto';
import { EventStoreBusy, EventStoreUnavailable, EventTooLarge } from '../errors.ts';
import type { AppendResult } from '../port.ts';
import { answerOf } from './append-answer.ts';
import { type AppendMessage, appendMessages, uuidText } from './append-message.ts';
import type { Connection, Link } from './connection.ts';
import { toStoreError } from './errors.ts';
import type { BatchAppendReq, BatchAppendResp } from './protocol.ts';

const bounds = {
  waiting: 10_000,
  waitingBytes: 64 * 1024 * 1024,
  underWay: 512,
  underWayBytes: 16 * 1024 * 1024,
};
/** Milliseconds from the call to its end, and between two tries at a server that is not ready. */
const times = { deadline: 10_000, notReady: 100, close: 5_000 };

export interface QueuedAppend extends AppendMessage {
  /** Storing it twice does no harm. An exact revision and `no_stream` store nothing twice, so with them an append is always repeatable. */
  readonly repeatable?: boolean;
}

interface PendingAppend extends QueuedAppend {
  readonly repeatable: boolean;
  readonly bytes: number;
  readonly expires: number;
  /** Sent, and the answer not seen: it may have been stored. */
  doubtful: boolean;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
}

interface AppendCall {
  write(message: BatchAppendReq): unknown;
  end(): void;
  cancel(): void;
}

/**
 * All appends of the process go over one stream of the protocol, many under way at a time; the server takes them in the order they are
 * sent and answers each for itself. Waiting: not sent yet. Under way: sent, the answer to come. When the stream breaks, what may be
 * repeated (an exact revision, `no_stream`) waits again, in its old order; the rest is told that its outcome is not known.
 */
export class AppendQueue {
  readonly #connection: Connection;
  readonly #waiting: PendingAppend[] = [];
  readonly #underWay = new Map<string, PendingAppend>();
  #waitingBytes = 0;
  #underWayBytes = 0;
  #deferred = 0;
  #call: AppendCall | undefined;
  #opening = false;
  #expiry: NodeJS.Timeout | undefined;
  readonly #idle = new Set<() => void>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  append(message: QueuedAppend): Promise<AppendResult> {
    const bytes = message.events.reduce((sum, event) => sum + event.bytes, 0);
    const full = this.#waiting.length >= bounds.waiting || this.#waitingBytes + bytes > bounds.waitingBytes;
    // However large, an append is taken when none waits.
    if (full && this.#waiting.length > 0) {
      return Promise.reject(
        new EventStoreBusy(`${this.#waiting.length} appends of this process wait already`),
      );
    }
    return new Promise((resolve, reject) => {
      const expires = performance.now() + times.deadline;
      const { repeatable = message.expected !== 'any' } = message;
      this.#waiting.push({ ...message, repeatable, bytes, expires, doubtful: false, resolve, reject });
      this.#waitingBytes += bytes;
      this.#expireInTime();
      this.#send();
    });
  }

  /** Resolves when no append is under way or waits, or when that takes too long. */
  async close(): Promise<void> {
    if (this.#pending > 0) {
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, times.close);
        this.#idle.add(() => {
          clearTimeout(late);
          resolve();
        });
      });
    }
    const call = this.#call;
    this.#call = undefined;
    call?.end();
  }

  get #pending(): number {
    return this.#waiting.length + this.#underWay.size + this.#deferred;
  }

  #send(): void {
    if (this.#call === undefined) {
      void this.#open();
      return;
    }
    while (this.#waiting.length > 0 && this.#underWay.size < bounds.underWay) {
      const next = this.#waiting[0];
      if (next === undefined) return;
      if (this.#underWay.size > 0 && this.#underWayBytes + next.bytes > bounds.underWayBytes) return;
      this.#waiting.shift();
      this.#waitingBytes -= next.bytes;
      const id = randomUUID();
      this.#underWay.set(id, next);
      this.#underWayBytes += next.bytes;
      for (const part of appendMessages(id, next)) this.#call.write(part);
    }
  }

  async #open(): Promise<void> {
    if (this.#opening) return;
    this.#opening = true;
    try {
      this.#start(await this.#connection.link());
    } catch (error) {
      // Nothing was sent just now, and the next attempt would most likely end alike.
      for (const append of this.#waiting.splice(0)) this.#fail(append, toStoreError(error));
      this.#waitingBytes = 0;
    } finally {
      this.#opening = false;
    }
    if (this.#call !== undefined || this.#waiting.length > 0) this.#send();
    this.#settled();
  }

  #start(link: Link): void {
    const call = this.#connection.call(
      link.streams,
      (streams, ...settings) => streams.batchAppend(...settings),
      undefined,
    );
    this.#call = call;
    call.on('data', (response: BatchAppendResp) => this.#answered(response));
    call.on('error', (error: Error) => void this.#broken(call, link, error));
    call.on(
      'end',
      () => void this.#broken(call, link, new Error('the server has ended the stream of appends')),
    );
  }

  #answered(response: BatchAppendResp): void {
    const id = uuidText(response.getCorrelationId());
    const append = this.#underWay.get(id);
    // It has run out of time already.
    if (append === undefined) return;
    this.#underWay.delete(id);
    this.#underWayBytes -= append.bytes;
    const answer = answerOf(response);
    switch (answer.kind) {
      case 'answered':
        this.#connection.instruments.appended(answer.result.ok ? 'stored' : 'conflict');
        append.resolve(answer.result);
        break;
      case 'refused':
        // Were it stored by an earlier try, it would not be refused now.
        append.doubtful = false;
        this.#fail(append, answer.error);
        break;
      case 'unknown':
        append.doubtful = true;
        if (!append.repeatable) this.#fail(append, answer.error);
        else this.#later(append);
        break;
      case 'not_now':
        this.#later(append);
        break;
    }
    this.#send();
    this.#settled();
  }

  async #broken(call: AppendCall, link: Link, error: Error): Promise<void> {
    if (this.#call !== call) return;
    this.#call = undefined;
    const lost = [...this.#underWay.values()];
    this.#underWay.clear();
    this.#underWayBytes = 0;
    const failure = toStoreError(error, true);
    const tooLarge = failure instanceof EventTooLarge;
    const hopeless = !(failure instanceof EventStoreUnavailable) && !tooLarge;
    const unavailable = new EventStoreUnavailable(failure.message, true, { cause: error });
    const again: PendingAppend[] = [];
    for (const append of lost) {
      if (hopeless || (tooLarge && lost.length === 1)) {
        this.#fail(append, failure);
        continue;
      }
      append.doubtful = true;
      if (append.repeatable) again.push(append);
      else this.#fail(append, unavailable);
    }
    this.#waitAgain(again);
    await this.#connection.lose(link, error);
    if (this.#waiting.length > 0) this.#send();
    this.#settled();
  }

  #later(append: PendingAppend): void {
    this.#deferred += 1;
    setTimeout(() => {
      this.#deferred -= 1;
      this.#waitAgain([append]);
      this.#send();
    }, times.notReady);
  }

  /** In front: what was called first is sent first. */
  #waitAgain(appends: readonly PendingAppend[]): void {
    this.#waiting.unshift(...appends);
    for (const append of appends) {
      this.#waitingBytes += append.bytes;
      this.#connection.instruments.retried('append');
    }
    this.#expireInTime();
  }

  #fail(append: PendingAppend, error: Error): void {
    this.#connection.instruments.appended('failed');
    const told = !append.doubtful || (error instanceof EventStoreUnavailable && error.outcomeUnknown);
    append.reject(told ? error : new EventStoreUnavailable(error.message, true, { cause: error }));
  }

  /** All have the same time to live, so the oldest is the first to run out of it. */
  #expireInTime(): void {
    if (this.#expiry !== undefined) return;
    const [underWay] = this.#underWay.values();
    const oldest = Math.min(
      underWay?.expires ?? Number.POSITIVE_INFINITY,
      this.#waiting[0]?.expires ?? Number.POSITIVE_INFINITY,
    );
    if (oldest === Number.POSITIVE_INFINITY) return;
    this.#expiry = setTimeout(() => {
      this.#expiry = undefined;
      this.#expire();
      this.#expireInTime();
    }, oldest - performance.now());
  }

  #expire(): void {
    const now = performance.now();
    const late = new EventStoreUnavailable('EventStoreDB did not answer in time', true);
    for (const [id, append] of this.#underWay) {
      if (append.expires > now) break;
      this.#underWay.delete(id);
      this.#underWayBytes -= append.bytes;
      this.#fail(append, late);
    }
    while ((this.#waiting[0]?.expires ?? Number.POSITIVE_INFINITY) <= now) {
      const append = this.#waiting.shift();
      if (append === undefined) break;
      this.#waitingBytes -= append.bytes;
      this.#fail(append, new EventStoreUnavailable('the append was not sent in time', append.doubtful));
    }
    this.#send();
    this.#settled();
  }

  #settled(): void {
    if (this.#pending > 0 || this.#opening) return;
    clearTimeout(this.#expiry);
    this.#expiry = undefined;
    for (const done of this.#idle) done();
    this.#idle.clear();
  }
}
