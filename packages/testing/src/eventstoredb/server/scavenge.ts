import { deletedRevision, type LogRecord } from '../log/record.ts';
import type { TransactionLog } from '../log/transaction-log.ts';
import { originalOf } from '../streams/metadata.ts';
import type { StreamIndex } from '../streams/stream-index.ts';

/**
 * Removes from the log what no reader of a stream is shown. The last event of a stream stays, so that its revision is known, and a
 * tombstone stays.
 */
export const scavenge = (log: TransactionLog, index: StreamIndex): void =>
  log.erase((record) => isGarbage(index, record));

const isGarbage = (index: StreamIndex, { stream, revision }: LogRecord): boolean => {
  if (revision === deletedRevision) return false;
  const last = index.last(stream);
  if (last === deletedRevision) return true;
  const original = originalOf(stream);
  const isLast = revision === last;
  // Metadata of a stream counts by its newest event alone, which stays.
  if (original !== undefined) return !isLast;
  return !isLast && index.shown(stream, revision) === undefined;
};
