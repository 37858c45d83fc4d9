import { type EventStore, EventStoreError, EventStoreUnavailable } from '@mission-control/event-store';
import { type Keyring, openKeyring, WrongEncryptionKey } from '@mission-control/keyring';
import { isOperatorsError, keepRunning, type Logger } from '@mission-control/runtime';

/** What commands need. Both are open or neither is. */
interface Opened {
  readonly store: EventStore;
  readonly keyring: Keyring;
}

/**
 * The event store and the keyring stored in it. States: `unavailable` (being opened, with retries; every use throws
 * `EventStoreUnavailable`) and `open`.
 */
export class Stores {
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;
  #opened: Opened | null = null;

  /** @param fail called with an error that no retry can fix: a wrong key, a log of another installation, an unfinished copy, denied access, a server of the wrong kind */
  constructor(options: {
    openStore: () => Promise<EventStore>;
    encryptionKeys: readonly Uint8Array[];
    log: Logger;
    fail: (error: unknown) => void;
  }) {
    this.#running = keepRunning('the connection to the event store', () => this.#openUntilEnd(options), {
      signal: this.#ending.signal,
      log: options.log,
      isFatal: (error) =>
        error instanceof WrongEncryptionKey ||
        isOperatorsError(error) ||
        (error instanceof EventStoreError && !error.retryable),
    }).catch(options.fail);
  }

  get store(): EventStore {
    return this.#current.store;
  }

  get keyring(): Keyring {
    return this.#current.keyring;
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  get #current(): Opened {
    if (!this.#opened) throw new EventStoreUnavailable('The event store is not connected yet.', false);
    return this.#opened;
  }

  async #openUntilEnd(options: {
    openStore: () => Promise<EventStore>;
    encryptionKeys: readonly Uint8Array[];
  }) {
    const store = await options.openStore();
    try {
      const keyring = await openKeyring(store, options.encryptionKeys, {
        occurredAt: new Date().toISOString(),
        actor: { kind: 'service', id: 'admin-api' },
        correlationId: 'start',
        causationId: null,
      });
      this.#opened = { store, keyring };
      await aborted(this.#ending.signal);
    } finally {
      this.#opened = null;
      await store.close();
    }
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
