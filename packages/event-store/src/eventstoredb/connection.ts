import { EventStoreClosed, type EventStoreError, EventStoreUnavailable } from '../errors.ts';
import type { EventStoreLog } from '../log.ts';
import { Outage } from '../subscription/outage.ts';
import { pause } from '../subscription/pause.ts';
import type { Server } from './address.ts';
import { type CallArguments, ClientParts } from './client-parts.ts';
import { isServerTimeout, toStoreError } from './errors.ts';
import { incarnationOf } from './incarnation.ts';
import type { EventStoreMetrics } from './metrics.ts';
import type { StreamsClient } from './protocol.ts';

/** Milliseconds. `patience` is how long an outage may last before callers get an error; after that, each call makes one attempt. */
const limits = { patience: 3_000, betweenAttempts: 250, call: 5_000 };

/** One lifetime of the connection. Two links may lead to different servers, or to one server whose log was replaced. */
export interface ConnectionLink {
  readonly number: number;
  readonly streams: StreamsClient;
  readonly incarnation: string;
}

export interface Call {
  cancel(): void;
  once(event: 'close' | 'status', listener: () => void): unknown;
}

/**
 * The single gRPC connection of the store. The official client creates it and handles addresses, TLS, credentials, discovery
 * and leaders. While not connected, the first caller starts an attempt and all callers wait for it. While connected, calls use
 * the link until one fails because the server is unavailable; then that link is lost and the next caller starts over.
 */
export class Connection {
  readonly server: Server;
  readonly metrics: EventStoreMetrics;
  readonly closing = new AbortController();
  readonly outage: Outage;
  /** Whether the caller of `openEventStore` has the store. */
  opened = false;
  readonly #calls = new Set<Call>();
  #streams: StreamsClient | undefined;
  #link: ConnectionLink | undefined;
  #connecting: Promise<ConnectionLink> | undefined;
  #attempts = 0;
  #lastAttempt = Number.NEGATIVE_INFINITY;
  #downSince: number | undefined;

  constructor(server: Server, log: EventStoreLog, metrics: EventStoreMetrics) {
    this.server = server;
    this.metrics = metrics;
    this.outage = new Outage(log);
  }

  /** @throws EventStoreUnavailable (nothing has been sent), EventStoreAccessDenied, EventStoreUnsupported */
  link(): Promise<ConnectionLink> {
    if (this.closing.signal.aborted) return Promise.reject(closed());
    if (this.#link !== undefined) return Promise.resolve(this.#link);
    this.#connecting ??= this.#connectPatiently().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  /**
   * For work that may be repeated: retries over a new link while the server is unavailable for a short time. If the server itself says that
   * it did not finish in time, the link is good and is kept. With `writes`, the outcome is unknown once an attempt was made.
   */
  async use<T>(
    work: (link: ConnectionLink) => Promise<T>,
    { writes = false }: { readonly writes?: boolean } = {},
  ): Promise<T> {
    const until = performance.now() + limits.patience;
    for (let attempts = 0; ; attempts += 1) {
      const link = await this.link().catch((error: unknown) => {
        throw toStoreError(error, writes && attempts > 0);
      });
      try {
        return await work(link);
      } catch (error) {
        const failure = toStoreError(error, writes);
        if (!(failure instanceof EventStoreUnavailable)) throw failure;
        if (this.closing.signal.aborted) throw closed();
        const answered = isServerTimeout(error);
        if (!answered) await this.lose(link, error);
        if (performance.now() > until) throw failure;
        if (answered) await pause(limits.betweenAttempts, this.closing.signal);
        this.metrics.retried('read');
      }
    }
  }

  /** Discards a failed link: no caller gets it any more. Calls still running on it end by themselves. */
  async lose(link: ConnectionLink, error: unknown): Promise<void> {
    if (this.#link === link) {
      this.#link = undefined;
      this.#downSince ??= performance.now();
      // Calls that `close` cancels also fail.
      if (!this.closing.signal.aborted) this.#noteFailure(toStoreError(error));
    }
    await this.#tellClient(link.streams, error);
  }

  /** Starts a call that `close` can cancel. Deadline in milliseconds; none for streams. */
  call<T extends Call>(
    streams: StreamsClient,
    start: (streams: StreamsClient, ...args: ReturnType<Connection['callArguments']>) => T,
    deadline: number | undefined,
  ): T {
    const call = start(streams, ...this.callArguments(deadline));
    this.#calls.add(call);
    const over = (): void => void this.#calls.delete(call);
    call.once('status', over);
    call.once('close', over);
    return call;
  }

  /** Only a leader answers, so every client reads what was acknowledged to any client. */
  callArguments(deadline: number | undefined): CallArguments {
    const until = deadline === undefined ? Number.POSITIVE_INFINITY : Date.now() + deadline;
    return ClientParts.callArguments(this.server.client, until);
  }

  async close(): Promise<void> {
    this.closing.abort();
    for (const call of this.#calls) call.cancel();
    await this.#connecting?.catch(() => undefined);
    for (const call of this.#calls) call.cancel();
    this.#streams?.close();
  }

  /** Until the store is open, and for anything else than an outage, the error of the caller says it. */
  #noteFailure(failure: EventStoreError): void {
    if (this.opened && failure instanceof EventStoreUnavailable) this.outage.failed(failure);
  }

  async #connectPatiently(): Promise<ConnectionLink> {
    for (;;) {
      await pause(this.#lastAttempt + limits.betweenAttempts - performance.now(), this.closing.signal);
      if (this.closing.signal.aborted) throw closed();
      this.#lastAttempt = performance.now();
      try {
        return await this.#connect();
      } catch (error) {
        this.#downSince ??= performance.now();
        const failure = this.#named(toStoreError(error));
        this.#noteFailure(failure);
        const downFor = performance.now() - this.#downSince;
        if (!(failure instanceof EventStoreUnavailable) || downFor > limits.patience) throw failure;
      }
    }
  }

  async #connect(): Promise<ConnectionLink> {
    const streams = await ClientParts.streams(this.server.client);
    // Closing lets calls that are still running on it finish.
    if (streams !== this.#streams) this.#streams?.close();
    this.#streams = streams;
    try {
      const incarnation = await incarnationOf(this, streams, limits.call);
      if (this.closing.signal.aborted) throw closed();
      this.#attempts += 1;
      if (this.#attempts > 1) this.metrics.reconnected();
      this.outage.over();
      this.#downSince = undefined;
      this.#link = { number: this.#attempts, streams, incarnation };
      return this.#link;
    } catch (error) {
      await this.#tellClient(streams, error);
      throw error;
    }
  }

  /** The client drops the channel when the server is unavailable, and switches to the leader when the server names one. */
  async #tellClient(streams: StreamsClient, error: unknown): Promise<void> {
    if (error instanceof Error) await ClientParts.handleError(this.server.client, streams, error);
  }

  #named(failure: EventStoreError): EventStoreError {
    if (!(failure instanceof EventStoreUnavailable)) return failure;
    return new EventStoreUnavailable(`${failure.message} [${this.server.printableAddress}]`, false, {
      cause: failure.cause,
    });
  }
}

const closed = (): EventStoreClosed => new EventStoreClosed('the event store is closed');
