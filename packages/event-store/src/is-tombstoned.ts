import { randomUUID } from 'node:crypto';
import type { EventStore } from './port.ts';

/** No stream ever gets there, so an append that expects it is always rejected. */
const unreachableRevision = Number.MAX_SAFE_INTEGER;

/**
 * Whether the stream is tombstoned, which a read does not tell from one that never existed. Costs an append that stores nothing, so it is
 * not for a path that runs often.
 */
export const isTombstoned = async (store: Pick<EventStore, 'append'>, stream: string): Promise<boolean> => {
  const event = { id: randomUUID(), type: 'TombstoneSought', data: {}, metadata: {} };
  const result = await store.append(stream, unreachableRevision, [event]);
  return !result.ok && result.reason === 'stream_deleted';
};
