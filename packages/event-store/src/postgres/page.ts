import type { RecordedEvent, RecordedText } from '../port.ts';

/** A page ends at the row limit or as soon as it holds this many bytes of content, so a reader keeps two pages in memory at most. */
export const pageLimits = { rows: 500, bytes: 4 * 1024 * 1024 };

/** The columns of an event as node-pg returns them. */
export interface EventRow {
  readonly position: string;
  readonly id: string;
  readonly stream: string;
  readonly revision: string;
  readonly type: string;
  /** ISO-8601 UTC. */
  readonly recorded_at: string;
  readonly data: unknown;
  readonly metadata: unknown;
}

export const eventColumns = 'position, id, stream, revision, type, recorded_at, data, metadata';

/** The columns as they are if JSON stays text. */
export interface TextRow extends EventRow {
  readonly data: string;
  readonly metadata: string;
}

export const toRecordedText = (row: TextRow): RecordedText => toRecordedEvent(row) as RecordedText;

export const toRecordedEvent = (row: EventRow): RecordedEvent => ({
  id: row.id,
  type: row.type,
  data: row.data,
  metadata: row.metadata,
  stream: row.stream,
  revision: Number(row.revision),
  position: BigInt(row.position),
  recordedAt: row.recorded_at,
});
