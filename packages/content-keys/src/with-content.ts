import {
  type EncryptedBody,
  type WebhookPayloadReceived,
  withErasedContent,
} from '@mission-control/contracts';
import { type EventStore, picked, type RecordedEvent } from '@mission-control/event-store';
import type { ContentKeys } from './content-keys.ts';
import { decrypt, withPlainContent } from './encrypt.ts';

type Leaves = Pick<ContentKeys, 'leaf'>;

/**
 * The event store as a service reads it that shows or sends content: arrivals are decrypted, and those whose key was destroyed have erased
 * content. What copies or checks a log reads the store itself, where content stays encrypted.
 *
 * Reads throw EventStoreUnavailable while the content keys cannot be reached, and ContentKeyMissing if a key was never destroyed and is not
 * there.
 */
export const withContent = (store: EventStore, keys: Leaves): EventStore => ({
  append: (...given) => store.append(...given),
  readTexts: (...given) => store.readTexts(...given),
  readWholeLog: (...given) => store.readWholeLog(...given),
  streamSettings: () => store.streamSettings(),
  otherClients: () => store.otherClients(),
  head: () => store.head(),
  setStreamMetadata: (...given) => store.setStreamMetadata(...given),
  tombstone: (...given) => store.tombstone(...given),
  ping: () => store.ping(),
  close: () => store.close(),
  readEvent: async (...given) => {
    const event = await store.readEvent(...given);
    return event === 'gone' ? event : opened(keys, event);
  },
  readStream: (...given) => openedEvents(keys, store.readStream(...given)),
  readAll: (...given) => openedEvents(keys, store.readAll(...given)),
  subscribeToAll: (options) =>
    picked(store.subscribeToAll(options), (message) =>
      message.kind === 'event' && isEncrypted(message.event)
        ? opened(keys, message.event).then((event) => ({ ...message, event }))
        : message,
    ),
});

const openedEvents = (keys: Leaves, events: AsyncIterable<RecordedEvent>): AsyncIterable<RecordedEvent> =>
  picked(events, (event) => (isEncrypted(event) ? opened(keys, event) : event));

/** The projections of a process share what the event store hands out, so each event is decrypted once for all. */
const known = new WeakMap<object, Promise<WebhookPayloadReceived>>();

const opened = async (keys: Leaves, event: RecordedEvent): Promise<RecordedEvent> => {
  if (!isEncrypted(event)) return event;
  let data = known.get(event.data);
  if (data === undefined) {
    data = openedData(keys, event.id, event.data);
    known.set(event.data, data);
    data.catch(() => known.delete(event.data));
  }
  return { ...event, data: await data };
};

const openedData = async (
  keys: Leaves,
  eventId: string,
  data: Encrypted,
): Promise<WebhookPayloadReceived> => {
  const { body, webhookId } = data;
  const leaf = await keys.leaf(body.key, Buffer.from(body.place, 'hex'));
  if (leaf === 'erased') return withErasedContent(data);
  return withPlainContent(data, decrypt(leaf, { webhookId, eventId }, body));
};

type Encrypted = WebhookPayloadReceived & { readonly body: EncryptedBody };

const isEncrypted = (event: RecordedEvent): event is RecordedEvent & { readonly data: Encrypted } =>
  event.type === 'WebhookPayloadReceived' &&
  (event.data as Partial<WebhookPayloadReceived>).body?.enc === 'A256GCM';
