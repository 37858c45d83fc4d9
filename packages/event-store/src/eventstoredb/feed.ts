import type { Position } from '../port.ts';
import type { ConnectionLink } from './connection.ts';
import type { ReadAnswer, SentEvent } from './read-answer.ts';
import { bytesOf } from './recorded-event.ts';

/** What the server has sent since the last `take`. */
export interface Sent {
  readonly events: readonly SentEvent[];
  /** Everything up to here has been sent, or does not pass the filter. */
  readonly passed: Position | undefined;
  /** The number of events of the log that this covers, about. */
  readonly covered: number;
}

interface FeedCall {
  on(event: 'data', listener: (answer: ReadAnswer) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  cancel(): void;
}

/** What may wait here. The server sends no more meanwhile than its connection buffers. */
const limits = { events: 2_000, bytes: 4 * 1024 * 1024 };
/** What a server calls the position before the first event: the largest number on the wire. */
const nowhere = 2n ** 63n;

/** One subscription of the server, and what it has sent. */
export class Feed {
  readonly link: ConnectionLink;
  /** Events of the log between two checkpoints. */
  readonly step: number;
  readonly #call: FeedCall;
  readonly #wake: () => void;
  #events: SentEvent[] = [];
  #bytes = 0;
  #covered = 0;
  #passed: Position | undefined;
  #confirmed = false;
  #failure: Error | undefined;
  #ended = false;

  /**
   * @param wake called when something comes of which there was nothing. A further checkpoint only replaces the one before it, and costs
   *   no more than that.
   */
  constructor(link: ConnectionLink, call: FeedCall, step: number, wake: () => void) {
    this.link = link;
    this.step = step;
    this.#call = call;
    this.#wake = wake;
    call.on('data', (answer) => this.#receive(answer));
    call.on('error', (error) => this.#end(error));
    call.on('end', () => this.#end(new Error('the server ended the subscription')));
  }

  /** From now on nothing is missed. */
  get confirmed(): boolean {
    return this.#confirmed;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  get hasEvents(): boolean {
    return this.#events.length > 0;
  }

  get hasNews(): boolean {
    return this.hasEvents || this.#passed !== undefined;
  }

  get isFull(): boolean {
    return this.#events.length >= limits.events || this.#bytes >= limits.bytes;
  }

  take(): Sent {
    const sent = { ...this.takeEvents(), passed: this.#passed };
    this.#passed = undefined;
    return sent;
  }

  /** What was passed since then stays here. */
  takeEvents(): Sent {
    const sent = { events: this.#events, passed: undefined, covered: this.#covered };
    this.#events = [];
    this.#bytes = 0;
    this.#covered = 0;
    this.#call.resume();
    return sent;
  }

  end(): void {
    this.#ended = true;
    this.#call.cancel();
  }

  #receive({ event, checkpoint, isConfirmation }: ReadAnswer): void {
    const { hasEvents, hasNews, confirmed } = this;
    if (isConfirmation) this.#confirmed = true;
    if (event !== undefined) {
      this.#events.push(event);
      this.#bytes += bytesOf(event);
      this.#covered += 1;
      if (this.isFull) this.#call.pause();
    }
    if (checkpoint !== undefined && checkpoint < nowhere) {
      this.#passed = checkpoint;
      this.#covered += this.step;
    }
    const isNew = this.hasEvents !== hasEvents || this.hasNews !== hasNews || this.#confirmed !== confirmed;
    if (isNew) this.#wake();
  }

  #end(error: Error): void {
    if (this.#ended) return;
    this.#failure ??= error;
    this.#wake();
  }
}
