import { deriveId, namespaces } from '@mission-control/contracts';
import type { EventStore, StreamMetadata } from '@mission-control/event-store';
import { eventOf } from '../log/events.ts';
import { outOfOrder } from './out-of-order.ts';

const placeholdersAtOnce = 500;

/** The same for every copy, so a repeat stores nothing twice. */
const placeholder = (stream: string, revision: number) =>
  eventOf(
    { type: 'HiddenEventReplaced', data: {} },
    deriveId(namespaces.event, ['HiddenEventReplaced', stream, revision]),
  );

/**
 * Fills the stream with placeholders for revisions that are hidden in the source. They are truncated before they are appended, so nobody
 * ever sees one.
 *
 * @param after the stream's last known revision, -1 if none. Placeholders of a copy that was interrupted may follow
 * @param before the first revision that is not hidden
 */
export const replaceHidden = async (
  target: EventStore,
  {
    stream,
    after,
    before,
    metadata,
  }: { stream: string; after: number; before: number; metadata: StreamMetadata },
): Promise<void> => {
  await target.setStreamMetadata(stream, { ...metadata, truncateBefore: before });
  for (let next = after + 1; next < before; ) {
    const count = Math.min(placeholdersAtOnce, before - next);
    const events = Array.from({ length: count }, (_, n) => placeholder(stream, next + n));
    const result = await target.append(stream, next === 0 ? 'no_stream' : next - 1, events);
    if (result.ok) {
      next = result.revision + 1;
      continue;
    }
    const { actual } = result;
    if (typeof actual !== 'number' || actual < next || actual >= before) throw outOfOrder(stream);
    next = actual + 1;
  }
};
