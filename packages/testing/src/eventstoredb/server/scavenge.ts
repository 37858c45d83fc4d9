import { deletedRevision, type LogRecord } from '../log/record.ts';
import type { TransactionLog } from '../log/transaction-log.ts';
import { originalOf } from '../streams/metadata.ts';
import type { StreamIndex } from '../streams/stream-index.ts';

/**
 * Removes events from the log that no reader of a stream can see. It keeps a stream's last event, so that its revision stays known,
 * and it keeps tombstones.
 */
export const scavenge = (log: TransactionLog, index: StreamIndex): void =>
  log.erase((record) => isGarbage(index, record));

const isGarbage = (index: StreamIndex, { stream, revision }: LogRecord): boolean => {
  if (revision === deletedRevision) return false;
  const last = index.last(stream);
  if (last === deletedRevision) return true;
  const original = originalOf(stream);
  const isLast = revision === last;
  // Only the newest metadata event of a stream counts, and it is kept.
  if (original !== undefined) return !isLast;
  return !isLast && index.shown(stream, revision) === undefined;
};
