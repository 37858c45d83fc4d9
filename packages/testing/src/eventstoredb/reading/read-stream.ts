import { deletedRevision, type LogRecord } from '../log/record.ts';
import type { StreamIndex } from '../streams/stream-index.ts';

/** Why a stream cannot be read. A stream whose events are all truncated can be read, and is empty. */
export const unreadable = (index: StreamIndex, stream: string): 'not_found' | 'deleted' | undefined => {
  const last = index.last(stream);
  if (last === deletedRevision) return 'deleted';
  return last < 0 || index.isSoftDeleted(stream) ? 'not_found' : undefined;
};

/** The stream was tombstoned while it was being read. */
export class StreamWasDeleted extends Error {}

export interface ReadStreamDemand {
  readonly stream: string;
  /** Where to begin: forwards at the first visible event at or after this revision, backwards at the first one at or before it. */
  readonly from: number;
  readonly backwards: boolean;
  readonly count: number;
}

/** The events that the stream's metadata does not hide. A read of one hidden revision therefore returns a later one. */
export function* readStream(
  index: StreamIndex,
  { stream, from, backwards, count }: ReadStreamDemand,
): Generator<LogRecord> {
  let revision = backwards ? Math.min(from, index.last(stream)) : Math.max(from, index.first(stream));
  for (let read = 0; read < count; revision += backwards ? -1 : 1) {
    const last = index.last(stream);
    if (last === deletedRevision) throw new StreamWasDeleted();
    if (revision > last || revision < index.first(stream)) return;
    const record = index.shown(stream, revision);
    if (record === undefined) {
      if (backwards) return;
      continue;
    }
    yield record;
    read += 1;
  }
}
