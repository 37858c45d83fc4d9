import { newOrderedId } from '@mission-control/contracts';
import { type EventStore, EventStoreUnavailable } from '@mission-control/event-store';
import { type Keyring, openKeyring } from '@mission-control/keyring';
import { ContentKeys } from './content-keys.ts';
import { withContent } from './with-content.ts';

/** The event store with readable content, and what that takes. Closing `store` closes all of it. */
export interface ReadableLog {
  readonly store: EventStore;
  /** The same with encrypted content. */
  readonly asStored: EventStore;
  readonly keyring: Keyring;
  readonly keys: ContentKeys;
}

/**
 * Opens the keyring in a log, and the table of content keys with it. Does not wait for the table.
 *
 * @param service its name
 * @throws what `openKeyring` throws; the log is closed then
 */
export const openReadableLog = async (
  log: EventStore,
  config: {
    readonly ENCRYPTION_KEY: readonly Uint8Array[];
    readonly DATABASE_URL: string;
    readonly EVENTSTORE_PREFIX: string;
  },
  service: string,
): Promise<ReadableLog> => {
  try {
    const keyring = await openKeyring(log, config.ENCRYPTION_KEY, {
      occurredAt: new Date().toISOString(),
      actor: { kind: 'service', id: service },
      correlationId: newOrderedId(),
      causationId: null,
    });
    const prefix = config.EVENTSTORE_PREFIX;
    const keys = new ContentKeys(config.DATABASE_URL, { keyring, name: service, prefix });
    const close = async () => {
      await Promise.all([log.close(), keys.close()]);
    };
    return { store: { ...withContent(log, keys), close }, asStored: log, keyring, keys };
  } catch (error) {
    await log.close();
    throw error;
  }
};

/**
 * The event store for a service that was given no content keys, because content is not encrypted. If it is after all, reading such an arrival
 * fails, and says what is missing, until the service is started with it.
 */
export const withoutContentKeys = (log: EventStore): EventStore =>
  withContent(log, {
    leaf: async () => {
      throw new EventStoreUnavailable(
        'The event store has encrypted content. To read it, this service needs DATABASE_URL and ENCRYPTION_KEY.',
        false,
      );
    },
  });
