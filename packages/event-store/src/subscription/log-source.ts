import type { Checkpoint, EventFilter, RecordedEvent } from '../port.ts';

/** What an adapter supplies for subscriptions. All methods throw the port's errors. */
export interface LogSource {
  /** A reader for one subscription. */
  reading(): LogReading;
  /** A reader of what is new after a checkpoint that was just verified (null: the log was empty). One per process at a time. */
  follow(from: Checkpoint | null): LogTail;
  readonly pages: PageSizes;
}

/** Pages start small and grow, so a reader that wants few events does not wait for many. */
export interface PageSizes {
  readonly first: number;
  readonly factor: number;
  readonly largest: number;
}

export interface LogReading {
  /**
   * The end of the log, hidden events included; null while it is empty.
   *
   * @param at the caller's place in the log; null: before the first event
   * @throws CheckpointNotInLog when it is not in the log, EventStoreUnavailable
   */
  head(at: Checkpoint | null): Promise<Checkpoint | null>;
  /**
   * The events after a checkpoint, at most `count`. May read beyond `upTo`.
   *
   * @throws CheckpointNotInLog when `after` is not in the log, EventStoreUnavailable
   */
  page(
    after: Checkpoint | null,
    upTo: Checkpoint,
    filter: EventFilter,
    count: number,
  ): Promise<SubscriptionPage>;
}

export interface SubscriptionPage {
  /** Visible events that pass the filter, in order. */
  readonly events: readonly RecordedEvent[];
  /** Everything up to here was examined; null: the log is empty up to `upTo`. */
  readonly upTo: Checkpoint | null;
  /** Nothing that passes the filter is left up to the caller's bound. */
  readonly complete: boolean;
}

/** Reads each part of the log once, for all subscriptions of the process. */
export interface LogTail {
  /**
   * Waits until there is something new, and resolves to it; undefined after `close`.
   *
   * @param wanted returns the filters of the subscriptions, the same array until they change. The batch covers the filters of its last
   *   call. It is called again after `wake`.
   * @param notBefore when to read at the earliest, monotonic milliseconds: what arrives until then is one batch
   * @throws CheckpointNotInLog, EventStoreUnavailable. After an error the tail is unusable.
   */
  next(wanted: () => readonly EventFilter[], notBefore: number): Promise<TailBatch | undefined>;
  /** The filters have changed, or the tail was closed. */
  wake(): void;
  /** Somebody has seen this end of the log. */
  saw(head: Checkpoint): void;
  close(): void;
}

export interface TailBatch {
  /** Visible events after the previous batch that pass at least one filter, in order. They may include others. */
  readonly events: readonly TailEvent[];
  readonly upTo: Checkpoint;
  /** The number of events of the log that the batch covers, as far as known. */
  readonly covered: number;
  /** More is waiting to be read. */
  readonly full: boolean;
}

export interface TailEvent {
  readonly event: RecordedEvent;
  /** Of content, about. */
  readonly bytes: number;
}
