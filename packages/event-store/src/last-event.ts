import type { EventStore, RecordedEvent } from './port.ts';

/** Events of the first look back for a type. Each further one reads four times as many, because events can be large. */
const firstLook = 4;

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
  let from: { readonly from?: number } = {};
  for (let limit = type === undefined ? 1 : firstLook; ; limit *= 4) {
    let read = 0;
    let oldest = 0;
    for await (const event of store.readStream(stream, { direction: 'backwards', limit, ...from })) {
      if (type === undefined || event.type === type) return event;
      read++;
      oldest = event.revision;
    }
    if (read < limit || oldest === 0) return undefined;
    from = { from: oldest - 1 };
  }
};
