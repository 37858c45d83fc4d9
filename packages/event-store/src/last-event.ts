import type { EventStore, RecordedEvent } from './port.ts';

/**
 * The stream's last visible event; undefined if it has none.
 *
 * @param type looks further back, for the last event of this type
 */
export const lastEvent = async (
  store: Pick<EventStore, 'readStream'>,
  stream: string,
  type?: string,
): Promise<RecordedEvent | undefined> => {
  const limit = type === undefined ? { limit: 1 } : {};
  for await (const event of store.readStream(stream, { direction: 'backwards', ...limit }))
    if (type === undefined || event.type === type) return event;
  return undefined;
};
