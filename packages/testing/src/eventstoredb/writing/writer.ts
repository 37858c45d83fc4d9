import { randomUUID } from 'node:crypto';
import { deletedRevision, deletedRevisionText, type LogRecord, type ProposedEvent } from '../log/record.ts';
import type { TransactionLog } from '../log/transaction-log.ts';
import { metastreamOf, originalOf, undeletedMetadata } from '../streams/metadata.ts';
import { StreamIndex } from '../streams/stream-index.ts';
import { checkAppend } from './check-append.ts';
import type { WriteOutcome } from './outcome.ts';
import { RecentAppends } from './recent-appends.ts';

const nothing = new Uint8Array();

const metadataEvent = (data: Uint8Array): ProposedEvent => ({
  id: randomUUID(),
  type: '$metadata',
  isJson: true,
  data,
  metadata: nothing,
});

/** Everything that a running server knows beyond the log. It is rebuilt from the log here, and lost with the process. */
export class Writer {
  #index: StreamIndex;
  readonly #log: TransactionLog;
  readonly #recent = new RecentAppends();
  readonly #onWritten: (records: readonly LogRecord[]) => void;

  /** `onWritten` receives the records of a write once all of them are in the log. */
  constructor(log: TransactionLog, onWritten: (records: readonly LogRecord[]) => void) {
    this.#log = log;
    this.#onWritten = onWritten;
    this.#index = new StreamIndex(log.records);
  }

  get index(): StreamIndex {
    return this.#index;
  }

  /** Call this after the log has changed other than by a write. */
  reindex(): void {
    this.#index = new StreamIndex(this.#log.records);
  }

  append(stream: string, expectedRevision: number, events: readonly ProposedEvent[]): WriteOutcome {
    const check = checkAppend(this.index, this.#recent, {
      stream,
      expectedRevision,
      ids: events.map(({ id }) => id),
    });
    if (check.kind !== 'go_on') return check;
    const current = this.index.last(stream);
    const wasDeleted = this.index.isSoftDeleted(stream);
    const original = originalOf(stream);
    const originalWasDeleted = original !== undefined && this.index.isSoftDeleted(original);

    const records = events.map((event, offset) => this.#write(stream, current + 1 + offset, event));
    if (wasDeleted) this.#undelete(stream, current + 1, records);
    if (originalWasDeleted) this.#undelete(original, this.index.last(original) + 1, records);
    this.#onWritten(records);
    const last = records[events.length - 1];
    return { kind: 'written', revision: last?.revision ?? current, position: last?.position ?? -1 };
  }

  /** Soft delete: the metadata is replaced as a whole, and hides the stream's events. */
  delete(stream: string, expectedRevision: number): WriteOutcome {
    const rejection = this.#removalRejection(stream, expectedRevision);
    if (rejection) return rejection;
    const metastream = metastreamOf(stream);
    const current = this.index.last(metastream);
    if (current < 0 && this.index.last(stream) < 0) return { kind: 'wrong_expected_version', current: -1 };
    return this.#tell(metastream, current + 1, metadataEvent(Buffer.from(`{"$tb":${deletedRevisionText}}`)));
  }

  tombstone(stream: string, expectedRevision: number): WriteOutcome {
    return (
      this.#removalRejection(stream, expectedRevision) ??
      this.#tell(stream, deletedRevision, {
        id: randomUUID(),
        type: '$streamDeleted',
        isJson: false,
        data: nothing,
        metadata: nothing,
      })
    );
  }

  #removalRejection(stream: string, expectedRevision: number): WriteOutcome | undefined {
    const check = checkAppend(this.index, this.#recent, { stream, expectedRevision, ids: [randomUUID()] });
    return check.kind === 'go_on' ? undefined : check;
  }

  #undelete(stream: string, firstRevision: number, records: LogRecord[]): void {
    const metastream = metastreamOf(stream);
    const data = undeletedMetadata(this.index.metadataRecord(stream)?.data ?? nothing, firstRevision);
    if (data) records.push(this.#write(metastream, this.index.last(metastream) + 1, metadataEvent(data)));
  }

  #tell(stream: string, revision: number, event: ProposedEvent): WriteOutcome {
    const record = this.#write(stream, revision, event);
    this.#onWritten([record]);
    return { kind: 'written', revision, position: record.position };
  }

  #write(stream: string, revision: number, event: ProposedEvent): LogRecord {
    const record = this.#log.append(stream, revision, event);
    this.index.add(record);
    this.#recent.add(event.id, { stream, revision });
    return record;
  }
}
