/**
 * The event store port. This comment is its specification. Every sentence has a test in `conformance/`.
 *
 * Streams. A stream is an ordered list of events with revisions 0, 1, 2, … without gaps. A stream exists once it has its
 * first event. Stream names and event types are 1 to 500 characters of well-formed text without NUL and do not begin with `$`.
 * A stream name contains no `:`, and the installation's prefix counts towards its length. Event ids are UUIDs. Data and metadata
 * are JSON. Anything else is a TypeError.
 *
 * Installations. Several installations can share a log, each opened with its own prefix, one of them without. Each sees only its
 * own streams, under the names that it gave them: in reads, in subscriptions with any filter, in appends, metadata and tombstones.
 * Positions, checkpoints and the head are those of the whole log.
 *
 * Append. An append has at least one event. Either all events of an append are stored, adjacent and in order, or none are.
 * The promise resolves once they are durable (flushed to disk by the server). A lost race is a return value (`AppendConflict`),
 * never an exception, and has no effect on any other append. If the store cannot be reached or a deadline passes,
 * `EventStoreUnavailable` is thrown; with `outcomeUnknown` the events may or may not have been stored. An event or an append
 * that is larger than the store accepts throws `EventTooLarge`. A server error that the adapter does not know throws
 * `EventStoreFailed`: the events may or may not have been stored. The appends that wait in one process are bounded. Beyond
 * the bound, `EventStoreBusy` is thrown and nothing was sent. With `patienceMs`, an append may wait for so long,
 * but no longer than until the next one without it, or until `close()`.
 *
 * Repeats. Appending the same event ids again with the same exact revision (or `no_stream`) returns the same result as the
 * first time and stores nothing, even after a restart of the store. With `any`, a repeat may be stored again under the same
 * event ids: consumers dedupe by event id.
 *
 * Order. `Position` orders all events of the log. Once a reader has seen an event, no new event ever appears before it:
 * a reader that has read up to a position has seen every event up to that position. Within a stream, positions rise with
 * revisions.
 *
 * Hidden events. Readers do not see events before a stream's `truncateBefore`, beyond its `maxCount` or older than its
 * `maxAgeSeconds`, and they see no event of a tombstoned stream. This applies to reading a stream, a single event or the whole
 * log, and to subscriptions that read those positions from then on. Revisions and positions are never reused. A tombstoned
 * stream accepts no further append (`stream_deleted`), not even a repeat, and setting its metadata has no effect. The content
 * of hidden events is erased some time later: hidden events may stay hidden when the metadata is loosened.
 *
 * Reading. An absent or tombstoned stream reads as empty. `readEvent` returns exactly the requested revision or `gone`, never
 * a neighbour. A read of the log from a position that no event has yields the events after it, or throws `PositionNotInLog`, as EventStoreDB
 * demands. Iterables fetch pages as they are consumed. Leaving the loop releases the resources they hold. `readWholeLog`
 * also yields hidden events, without content: at least the last event of each stream that is not tombstoned, and the others as long
 * as the server keeps them. `readTexts` yields the events that `readAll` yields, with the texts of their JSON, in the form of RFC 8785
 * unless an older release appended them. `streamSettings` yields each stream that has metadata or a tombstone once.
 *
 * Subscriptions. `subscribeToAll` yields the events after its checkpoint that pass the filter, each once per subscription and
 * in order, then `caught_up`, then new events as they arrive. Checkpoints are part of the same sequence: a message's
 * checkpoint covers everything before it, so storing it after the work is done loses nothing. `checkpoint` messages move past
 * events that the filter excludes. While the consumer is busy, nothing is fetched beyond a bounded buffer (back-pressure).
 * The iterator survives short connection losses: it continues to read from where it was. It ends only through its `signal` or
 * through `close()`. Any other failure is thrown.
 *
 * Resuming. A checkpoint names the log's incarnation, a position and the id of the event at that position. Resuming throws
 * `CheckpointNotInLog` when the incarnation differs, the position is beyond the head, or another event is at the position.
 * An event that has been hidden since then still counts as present.
 *
 * Close. `close()` rejects new work with `EventStoreClosed`, ends subscriptions, lets appends in progress finish, and releases
 * every connection and timer.
 */
export interface EventStore {
  append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
    options?: AppendOptions,
  ): Promise<AppendResult>;
  readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent>;
  readEvent(stream: string, revision: number): Promise<RecordedEvent | 'gone'>;
  readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent>;
  /**
   * The log in order, some events at a time: to wait for each would cost as much as to hash it. A position is exclusive. For verifying and
   * exporting a log.
   */
  readTexts(from?: Position | 'start'): AsyncIterable<readonly RecordedText[]>;
  /** The log in order, hidden events included. A position is exclusive. For copying a log. */
  readWholeLog(from?: Position | 'start'): AsyncIterable<LogEntry>;
  /** In no particular order. For copying a log. */
  streamSettings(): AsyncIterable<StreamSettings>;
  /** The names under which other programs have opened a log in the same database, each once; empty if the server does not tell. */
  otherClients(): Promise<readonly string[]>;
  subscribeToAll(options: SubscribeOptions): AsyncIterable<SubscriptionMessage>;
  /** The checkpoint at the end of the log, hidden events included; null while the log is empty. */
  head(): Promise<Checkpoint | null>;
  /** Replaces the stream's metadata. Also possible before the stream exists. */
  setStreamMetadata(stream: string, metadata: StreamMetadata): Promise<void>;
  /** Hides the stream for good. Tombstoning an absent or tombstoned stream succeeds. */
  tombstone(stream: string): Promise<void>;
  /** Resolves when the store answers, otherwise throws a typed error. For readiness checks. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** `any` makes no check; `no_stream` requires that the stream has never had an event; a number is the expected last revision. */
export type ExpectedRevision = 'any' | 'no_stream' | number;

/** An event's number in the log. Compare with `<`; the value has no other meaning. */
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
  /** When the store recorded it, ISO-8601 UTC. */
  readonly recordedAt: string;
}

/** An event whose content is not parsed. */
export interface RecordedText extends Omit<RecordedEvent, 'data' | 'metadata'> {
  /** JSON. */
  readonly data: string;
  /** JSON. */
  readonly metadata: string;
}

export type LogEntry =
  | { readonly kind: 'visible'; readonly event: RecordedEvent }
  | {
      readonly kind: 'hidden';
      readonly stream: string;
      readonly revision: number;
      readonly position: Position;
    };

export interface AppendOptions {
  /**
   * How long the append may wait to be stored together with others of this process, in ms; absent: it does not wait. Use it for events
   * that are not urgent. Each write is flushed to disk and wakes up all readers, so fewer writes cost less.
   */
  readonly patienceMs?: number;
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
  /** The stream's last revision, if the store returns it. */
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
  /** A position is exclusive: forwards yields the events after it, backwards the events before it. */
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
  /** What metrics call it. */
  readonly name?: string;
  /**
   * While many events are appended, how long new ones may wait to be read together, in ms; absent: 10. Applies as far as no other
   * subscription of the process is less patient. An event after a quiet time is read at once.
   */
  readonly patienceMs?: number;
}

export type SubscriptionMessage =
  | { readonly kind: 'event'; readonly event: RecordedEvent; readonly checkpoint: Checkpoint }
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint }
  /** Everything up to the checkpoint has been yielded (null: the log is empty). Repeated after each batch once caught up again. */
  | { readonly kind: 'caught_up'; readonly checkpoint: Checkpoint | null };

export interface StreamMetadata {
  readonly maxCount?: number;
  readonly maxAgeSeconds?: number;
  /** First revision that stays readable. */
  readonly truncateBefore?: number;
}

export interface StreamSettings {
  readonly stream: string;
  readonly metadata: StreamMetadata;
  readonly tombstoned: boolean;
}
