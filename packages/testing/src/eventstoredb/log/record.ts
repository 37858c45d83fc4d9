/** An event that a client wants to append. */
export interface ProposedEvent {
  readonly id: string;
  readonly type: string;
  readonly isJson: boolean;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** An event in the log. */
export interface LogRecord extends ProposedEvent {
  /** First byte of the record. It is the event's position: commit and prepare are equal because there are no explicit transactions. */
  readonly position: number;
  /** The byte after the end of the record. */
  readonly end: number;
  readonly stream: string;
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** False for the server's own bookkeeping and for records that a scavenge has removed. */
  readonly readable: boolean;
}

/** The revision of a tombstone: 2⁶³ − 1, as closely as a number can represent it. */
export const deletedRevision = 2 ** 63;

export const deletedRevisionText = '9223372036854775807';

export const revisionText = (revision: number): string =>
  revision === deletedRevision ? deletedRevisionText : String(revision);

const prefixedLength = (bytes: number): number => bytes + (bytes < 128 ? 1 : bytes < 16_384 ? 2 : 3);

/** The bytes that the record occupies on the server's disk. */
export const sizeOnDisk = (stream: string, { type, data, metadata }: ProposedEvent): number =>
  83 +
  prefixedLength(Buffer.byteLength(stream)) +
  prefixedLength(Buffer.byteLength(type)) +
  data.length +
  metadata.length;

/** The bytes that count towards the maximum append size: everything, or only the data, as in 21.10 to 24.6. */
export const appendSize = (
  { type, data, metadata }: ProposedEvent,
  counted: 'data' | 'everything',
): number => (counted === 'data' ? data.length : data.length + metadata.length + type.length * 2);
