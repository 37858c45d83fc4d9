import type { LogFile } from './log-file.ts';
import { type LogRecord, type ProposedEvent, sizeOnDisk } from './record.ts';

const nothing = new Uint8Array();

/** A position inside a record or beyond the log. */
export class InvalidPosition extends Error {}

/** All records in the order in which they were written. Positions are byte offsets, so they grow by the size of the records. */
export class TransactionLog {
  #records: LogRecord[] = [];
  readonly #file: LogFile | undefined;

  constructor(file?: LogFile) {
    this.#file = file;
    this.#records = file?.read() ?? [];
  }

  get records(): readonly LogRecord[] {
    return this.#records;
  }

  /** The position of the next record. */
  get end(): number {
    return this.#records.at(-1)?.end ?? 0;
  }

  /** The position of the last event, or -1 if there is none. */
  get last(): number {
    return this.#records.findLast(({ readable }) => readable)?.position ?? -1;
  }

  append(stream: string, revision: number, event: ProposedEvent): LogRecord {
    const { id, type, isJson, data, metadata } = event;
    const position = this.end;
    return this.#add({
      position,
      end: position + sizeOnDisk(stream, event),
      stream,
      revision,
      id,
      type,
      isJson,
      data,
      metadata,
      created: Date.now(),
      readable: true,
    });
  }

  /** Appends a record that no reader sees. The server writes one whenever it becomes leader. */
  appendEpoch(id: string): void {
    const position = this.end;
    this.#add({
      position,
      end: position + 240,
      stream: '$epoch',
      revision: 0,
      id,
      type: '$epoch',
      isJson: true,
      data: nothing,
      metadata: nothing,
      created: Date.now(),
      readable: false,
    });
  }

  /** The index of the first record at or after the position, readable or not. */
  indexFrom(position: number): number {
    let [low, high] = [0, this.#records.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#records[middle]?.position ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Like `indexFrom`, but for a reader: throws unless a record begins there or the log ends there. */
  indexOf(position: number): number {
    const index = this.indexFrom(position);
    if (position !== this.end && this.#records[index]?.position !== position) throw new InvalidPosition();
    return index;
  }

  /** Removes everything at and after the position. */
  truncate(position: number): void {
    this.#replace(this.#records.slice(0, this.indexFrom(position)));
  }

  clear(): void {
    this.#replace([]);
  }

  /** Removes the contents of records, but keeps their positions. */
  erase(shouldGo: (record: LogRecord) => boolean): void {
    this.#replace(
      this.#records.map((record) =>
        record.readable && shouldGo(record)
          ? { ...record, data: nothing, metadata: nothing, readable: false }
          : record,
      ),
    );
  }

  /** Changes records as no server would. */
  alter(change: (record: LogRecord) => LogRecord): void {
    this.#replace(this.#records.map(change));
  }

  close(): void {
    this.#file?.close();
  }

  #add(record: LogRecord): LogRecord {
    this.#records.push(record);
    this.#file?.append(record);
    return record;
  }

  #replace(records: LogRecord[]): void {
    this.#records = records;
    this.#file?.rewrite(records);
  }
}
