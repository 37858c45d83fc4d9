import { type ContentKeys, openReadableLog } from '@mission-control/content-keys';
import { CommandRejected } from '@mission-control/domain';
import { type EventStore, EventStoreError, EventStoreUnavailable } from '@mission-control/event-store';
import { type Keyring, WrongEncryptionKey } from '@mission-control/keyring';
import {
  type ContentEncryption,
  encryptsContent,
  isOperatorsError,
  keepRunning,
  type Logger,
} from '@mission-control/runtime';

/** What commands need. All are open or none is. */
interface Opened {
  readonly store: EventStore;
  readonly keyring: Keyring;
  readonly keys: ContentKeys;
  readonly asStored: EventStore;
}

type StoresConfig = Parameters<typeof openReadableLog>[1] & {
  readonly CONTENT_ENCRYPTION: ContentEncryption;
};

/**
 * The event store, the keyring stored in it, and the table of content keys. States: `unavailable` (being opened, with retries; every use throws
 * `EventStoreUnavailable`) and `open`.
 */
export class Stores {
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;
  readonly #contentEncryption: ContentEncryption;
  #opened: Opened | null = null;

  /** @param fail called with an error that no retry can fix: a wrong key, a log of another installation, an unfinished copy, denied access, a server of the wrong kind */
  constructor(options: {
    openStore: () => Promise<EventStore>;
    config: StoresConfig;
    log: Logger;
    fail: (error: unknown) => void;
  }) {
    this.#contentEncryption = options.config.CONTENT_ENCRYPTION;
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

  /** The event store as it is, with encrypted content. */
  get asStored(): EventStore {
    return this.#current.asStored;
  }

  /**
   * Prepares that a webhook gets the setting `encryptContent`: makes its content key durable, if its content will be encrypted.
   *
   * @throws CommandRejected when the setting would have no effect
   */
  async prepareEncryption(webhookId: string, encryptContent: boolean | null): Promise<void> {
    if (encryptContent && this.#contentEncryption === 'off')
      throw new CommandRejected(
        'conflict',
        'content_encryption_off',
        'CONTENT_ENCRYPTION is off for this installation, so no content is encrypted. An operator has to set it to per-webhook or on first.',
      );
    if (encryptsContent(this.#contentEncryption, encryptContent)) await this.#current.keys.create(webhookId);
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  get #current(): Opened {
    if (!this.#opened) throw new EventStoreUnavailable('The event store is not connected yet.', false);
    return this.#opened;
  }

  async #openUntilEnd(options: { openStore: () => Promise<EventStore>; config: StoresConfig }) {
    const opened = await openReadableLog(await options.openStore(), options.config, 'admin-api');
    try {
      this.#opened = opened;
      await aborted(this.#ending.signal);
    } finally {
      this.#opened = null;
      await opened.store.close();
    }
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
