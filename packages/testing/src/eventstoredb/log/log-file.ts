import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { LogRecord } from './record.ts';

const toLine = ({ data, metadata, ...rest }: LogRecord): string =>
  `${JSON.stringify({
    ...rest,
    data: Buffer.from(data).toString('base64'),
    metadata: Buffer.from(metadata).toString('base64'),
  })}\n`;

const fromLine = (line: string): LogRecord => {
  const { data, metadata, ...rest } = JSON.parse(line) as LogRecord & { data: string; metadata: string };
  return { ...rest, data: Buffer.from(data, 'base64'), metadata: Buffer.from(metadata, 'base64') };
};

/** Stores the log in a file, one JSON line per record, so that it survives the process. It is not flushed, so a power loss may lose it. */
export class LogFile {
  readonly #path: string;
  #descriptor: number;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, existsSync(path) ? 'r+' : 'w+');
  }

  /** Drops an incomplete last line that a killed process left. */
  read(): LogRecord[] {
    const text = readFileSync(this.#path, 'utf8');
    const complete = text.slice(0, text.lastIndexOf('\n') + 1);
    this.#truncate(Buffer.byteLength(complete));
    return complete.split('\n').filter(Boolean).map(fromLine);
  }

  append(record: LogRecord): void {
    this.#write(toLine(record));
  }

  rewrite(records: readonly LogRecord[]): void {
    this.#truncate(0);
    this.#write(records.map(toLine).join(''));
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #length = 0;

  #truncate(length: number): void {
    ftruncateSync(this.#descriptor, length);
    this.#length = length;
  }

  #write(text: string): void {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(this.#descriptor, bytes, written, bytes.length - written, this.#length + written);
    }
    this.#length += bytes.length;
  }
}
