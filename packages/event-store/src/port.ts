/**
 * The event store port. This comment is its specification; every sentence has a test in `conformance/`.
 *
 * Streams. A stream is an ordered list of events with revisions 0, 1, 2, … without gaps. A stream exists from its
 * first event on. Names of streams and types are 1 to 500 characters of well-formed text without NUL, not beginning with `$`;
 * event ids are UUIDs; data and metadata are JSON: anything else is a TypeError.
 *
 * Append. An append has at least one event. All events of one append are stored, next to each other and in order, or none is. The promise resolves
 * once they are durable (flushed to disk by the server). A lost race is a value (`AppendConflict`), never a throw, and
 * has no effect on any other append. Failure to reach the store, or a deadline, throws `EventStoreUnavailable`;
 * with `outcomeUnknown` the events may or may not have been stored. What is larger than the store takes throws `EventTooLarge`. An
 * error of the server that the adapter does not know throws `EventStoreFailed`: the events may or may not have been stored. The
 * appends that wait in one process are bounded: beyond that `EventStoreBusy` is thrown and nothing was sent.
 *
 * Repeats. Appending the same event ids again with the same exact revision (or `no_stream`) answers as the first time
 * did and stores nothing, also after a restart of the store. With `any` a repeat may be stored again under the same event
 * ids: consumers dedupe by event id.
 *
 * Order. `Position` orders all events of the log. An event once seen by a reader never gets a neighbour before it:
 * whoever has read up to a position has seen every event up to there. Within a stream, positions rise with revisions.
 *
 * Hidden events. Events before a stream's `truncateBefore`, beyond `maxCount` or older than `maxAgeSeconds`, and all
 * events of a tombstoned stream are shown to no reader: not by stream, not singly, not in the whole log, not in
 * subscriptions that read that place from now on. Revisions and positions are never used again. A tombstoned stream takes no further append
 * (`stream_deleted`), not even a repeat, and setting its metadata changes nothing. The content of hidden events is erased some
 * time later: what has been hidden may stay hidden when the metadata is loosened.
 *
 * Reading. An absent or tombstoned stream reads as empty. `readEvent` answers exactly the revision asked for or `gone`, never a
 * neighbour. Iterables fetch in pages as they are consumed; leaving the loop frees what they hold.
 *
 * Subscriptions. `subscribeToAll` yields the events after its checkpoint that pass the filter, each once per
 * subscription, in order, then `caught_up`, then events as they come. Checkpoints stand in the same sequence: a message's checkpoint covers
 * everything before it, so storing it after the work is done loses nothing. `checkpoint` messages move past
 * events that the filter hides. Nothing is fetched beyond a bounded buffer while the consumer is busy (back-pressure). The
 * iterator rides out short losses of connection by reading on from where it was; it ends only by its `signal` or
 * by `close()`; anything else is thrown.
 *
 * Resuming. A checkpoint names the log's incarnation, a position and the id of the event there. Resuming throws
 * `CheckpointNotInLog` when the incarnation differs, the position lies beyond the head, or another event stands there.
 * An event that has since been hidden still counts as there.
 *
 * Close. `close()` refuses new work with `EventStoreClosed`, ends subscriptions, lets appends under way finish, and frees every
 * connection and timer.
 */
export interface EventStore {
  append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<AppendResult>;
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent>;
  readEvent(stream: string, revision: number): Promise<RecordedEvent | 'gone'>;
  readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent>;
  subscribeToAll(options: SubscribeOptions): AsyncIterable<SubscriptionMessage>;
  /** The last place of the log, hidden events included; null while the log is empty. */
  head(): Promise<Checkpoint | null>;
  /** Replaces the stream's metadata. Also possible before the stream exists. */
  setStreamMetadata(stream: string, metadata: StreamMetadata): Promise<void>;
  /** Hides the stream for good. Tombstoning an absent or tombstoned stream succeeds. */
  tombstone(stream: string): Promise<void>;
  /** Resolves when the store answers, otherwise throws a typed error. For readiness. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** `any` makes no check; `no_stream` requires that the stream has never had an event; a number is the last revision. */
export type ExpectedRevision = 'any' | 'no_stream' | number;

/** A place in the log. Compare with `<`; the value means nothing else. */
export type Position = bigint;

export interface Checkpoint {
  readonly incarnation: string;
  readonly position: Position;
  readonly eventId: string;
}

export interface NewEvent {
  /** UUID, chosen by the caller. */
  readonly id: string;
  readonly type: string;
  /** JSON-safe. */
  readonly data: unknown;
  /** JSON-safe. */
  readonly metadata: unknown;
}

export interface RecordedEvent extends NewEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  /** When the store took it in, ISO-8601 UTC. */
  readonly recordedAt: string;
}

export type AppendResult = Appended | AppendConflict;

export interface Appended {
  readonly ok: true;
  /** Revision of the last event of this append. */
  readonly revision: number;
  /** Position of the last event of this append. */
  readonly position: Position;
}

export interface AppendConflict {
  readonly ok: false;
  readonly reason: 'wrong_expected_revision' | 'stream_deleted';
  /** The stream's last revision, where the store tells it. */
  readonly actual?: number | 'no_stream';
}

export interface ReadStreamOptions {
  /** First revision to yield; default: the first (forwards) or the last (backwards). */
  readonly from?: number;
  readonly direction?: 'forwards' | 'backwards';
  readonly limit?: number;
}

/** An event passes when its stream begins with one of the prefixes and its type is one of the types; absent means all. */
export interface EventFilter {
  readonly streamPrefixes?: readonly string[];
  readonly types?: readonly string[];
}

export interface ReadAllOptions {
  /** Exclusive when a position: forwards yields what comes after it, backwards what came before it. */
  readonly from?: Position | 'start' | 'end';
  readonly direction?: 'forwards' | 'backwards';
  readonly filter?: EventFilter;
  readonly limit?: number;
}

export interface SubscribeOptions {
  /** `end` yields only what is appended after the first `caught_up`. */
  readonly from: Checkpoint | 'start' | 'end';
  readonly filter?: EventFilter;
  readonly signal?: AbortSignal;
}

export type SubscriptionMessage =
  | { readonly kind: 'event'; readonly event: RecordedEvent; readonly checkpoint: Checkpoint }
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint }
  /** Everything up to the checkpoint has been yielded (null: the log is empty). Repeated whenever the reader has caught up again after a batch. */
  | { readonly kind: 'caught_up'; readonly checkpoint: Checkpoint | null };

export interface StreamMetadata {
  readonly maxCount?: number;
  readonly maxAgeSeconds?: number;
  /** First revision that stays readable. */
  readonly truncateBefore?: number;
}
