import { deletedRevision, type LogRecord } from '../log/record.ts';
import {
  isSoftDeleted,
  metastreamMetadata,
  metastreamOf,
  originalOf,
  parseMetadata,
  type StreamMetadata,
} from './metadata.ts';

class IndexedStream {
  readonly records = new Map<number, LogRecord>();
  /** -1 if there is no event, `deletedRevision` if tombstoned. */
  last = -1;
}

const noMetadata: StreamMetadata = {};

/** The events of each stream, and which of them readers of the stream can see. Built from the log at every start. */
export class StreamIndex {
  readonly #streams = new Map<string, IndexedStream>();
  /** A stream's parsed metadata, by the record that contains it. */
  readonly #metadata = new WeakMap<LogRecord, StreamMetadata>();

  constructor(records: readonly LogRecord[]) {
    for (const record of records) if (record.readable) this.add(record);
  }

  add(record: LogRecord): void {
    const stream = this.#streams.get(record.stream) ?? new IndexedStream();
    this.#streams.set(record.stream, stream);
    stream.records.set(record.revision, record);
    stream.last = record.revision;
  }

  /** -1 if the stream has no event; `deletedRevision` if the stream, or the stream whose metadata it holds, is tombstoned. */
  last(stream: string): number {
    const original = originalOf(stream);
    if (original !== undefined && this.last(original) === deletedRevision) return deletedRevision;
    return this.#streams.get(stream)?.last ?? -1;
  }

  /** Also returns hidden events, until a scavenge removes them. */
  record(stream: string, revision: number): LogRecord | undefined {
    return this.#streams.get(stream)?.records.get(revision);
  }

  metadataRecord(stream: string): LogRecord | undefined {
    const metastream = metastreamOf(stream);
    return this.record(metastream, this.#streams.get(metastream)?.last ?? -1);
  }

  metadata(stream: string): StreamMetadata {
    if (originalOf(stream) !== undefined) return metastreamMetadata;
    const record = this.metadataRecord(stream);
    if (record === undefined) return noMetadata;
    const metadata = this.#metadata.get(record) ?? parseMetadata(record);
    this.#metadata.set(record, metadata);
    return metadata;
  }

  isSoftDeleted(stream: string): boolean {
    return isSoftDeleted(this.metadata(stream));
  }

  /** The first revision that `$tb` and `$maxCount` do not hide. */
  first(stream: string): number {
    const { truncateBefore = 0, maxCount = Number.POSITIVE_INFINITY } = this.metadata(stream);
    return Math.max(truncateBefore, this.last(stream) - maxCount + 1, 0);
  }

  /** Undefined if the event is absent, hidden or too old. */
  shown(stream: string, revision: number): LogRecord | undefined {
    const { maxAge = Number.POSITIVE_INFINITY } = this.metadata(stream);
    const record = revision < this.first(stream) ? undefined : this.record(stream, revision);
    return record && record.created >= Date.now() - maxAge * 1_000 ? record : undefined;
  }
}
