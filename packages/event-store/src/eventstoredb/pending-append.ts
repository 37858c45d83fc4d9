import { EventStoreFailed, EventStoreUnavailable } from '../errors.ts';
import type { AppendResult } from '../port.ts';
import type { AppendMessage } from './append-message.ts';

export interface QueuedAppend extends AppendMessage {
  /** Storing it twice does no harm. With an exact revision or `no_stream`, nothing is stored twice: always repeatable. */
  readonly repeatable?: boolean;
}

/** Milliseconds from the call until it fails. */
const deadline = 10_000;

/** An append whose caller waits. */
export class PendingAppend {
  readonly message: AppendMessage;
  readonly repeatable: boolean;
  readonly bytes: number;
  readonly expires = performance.now() + deadline;
  /** Sent, but no answer arrived: it may have been stored. */
  doubtful = false;
  /** The server's message when it postponed the append. */
  postponedBecause: string | undefined;
  readonly resolve: (result: AppendResult) => void;
  readonly #reject: (error: Error) => void;

  constructor(append: QueuedAppend, resolve: PendingAppend['resolve'], reject: (error: Error) => void) {
    this.message = append;
    this.repeatable = append.repeatable ?? append.expected !== 'any';
    this.bytes = append.events.reduce((sum, event) => sum + event.bytes, 0);
    this.resolve = resolve;
    this.#reject = reject;
  }

  /** Fails an append that missed its deadline. */
  expire(why: string, sent: boolean): void {
    const postponed = this.postponedBecause === undefined ? '' : `; before that: ${this.postponedBecause}`;
    this.fail(new EventStoreUnavailable(`${why}${postponed}`, sent));
  }

  /** Whatever the last error was, an append that may have been stored is reported as such. */
  fail(error: Error): void {
    const saysSo =
      error instanceof EventStoreFailed || (error instanceof EventStoreUnavailable && error.outcomeUnknown);
    const told = !this.doubtful || saysSo;
    this.#reject(told ? error : new EventStoreUnavailable(error.message, true, { cause: error }));
  }
}
