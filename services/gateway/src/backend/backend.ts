import { setTimeout as delay } from 'node:timers/promises';
import { AggregateCache, Lease } from '@mission-control/aggregates';
import { Branches, ContentKeys } from '@mission-control/content-keys';
import { configurationLeaseMs } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { type Keyring, openSigner } from '@mission-control/keyring';
import { keepRunning, type ServiceContext } from '@mission-control/runtime';
import { contentKeysUrlOf, type GatewayConfig } from '../config.ts';
import { Contents } from '../ingest/contents.ts';
import type { IngestLimits } from '../ingest/limits.ts';
import { Receipts } from '../ingest/receipts.ts';
import { Secrets } from '../ingest/secrets.ts';
import { Webhooks } from '../ingest/webhooks.ts';
import { RejectionRecorder } from '../rejections/rejection-recorder.ts';
import { type ConnectedEventStore, connectEventStore, gatewayContext } from './connect-event-store.ts';

/** How long the start waits for the event store before it continues without it. */
const firstConnectMs = 2_000;
/** While many events are appended, changes of the configuration are read so often. Much less than the lease on them. */
const cachePatienceMs = 25;

type Connecting = { readonly kind: 'connecting'; readonly lastError: Error };

type Ready = ConnectedEventStore & {
  readonly kind: 'ready';
  readonly cache: AggregateCache;
  readonly webhooks: Webhooks;
  readonly secrets: Secrets;
  readonly receipts: Receipts;
  readonly contents: Contents;
  readonly rejections: RejectionRecorder;
};

/**
 * The parts of the gateway that need the event store.
 *
 * The state is `connecting` until the event store and its keyring are open, then `ready` for as long as the process runs. If the store
 * fails later, the calls that use it fail. While it is ready, the cache follows the configuration tail.
 */
export class Backend {
  readonly #context: ServiceContext<GatewayConfig>;
  readonly #openStore: () => Promise<EventStore>;
  readonly #limits: IngestLimits;
  #state: Connecting | Ready = {
    kind: 'connecting',
    lastError: new Error('the event store has not answered yet'),
  };
  #running: Promise<void> = Promise.resolve();

  constructor(
    context: ServiceContext<GatewayConfig>,
    openStore: () => Promise<EventStore>,
    limits: IngestLimits,
  ) {
    this.#context = context;
    this.#openStore = openStore;
    this.#limits = limits;
  }

  get state(): Connecting | Ready {
    return this.#state;
  }

  /**
   * Begins to connect. Resolves when the backend is ready, or after 2 s; in that case it keeps trying, and later errors are fatal.
   *
   * @throws WrongEncryptionKey, and every store error that a retry would not solve
   */
  async start(): Promise<void> {
    const { signal, fail } = this.#context;
    const connecting = this.#connect();
    this.#running = connecting.then(() => this.#followConfiguration());
    this.#running.catch(fail);
    await Promise.race([connecting, delay(firstConnectMs, undefined, { signal }).catch(() => {})]);
  }

  /** Call this after the signal of the context was aborted. Records the rejections that are held back, then closes the event store. */
  async close(): Promise<void> {
    await this.#running.catch(() => {});
    if (this.#state.kind === 'connecting') return;
    await this.#state.rejections.close();
    await Promise.all([this.#state.store.close(), this.#state.contents.close()]);
  }

  async #connect(): Promise<void> {
    const { config, log, metrics, signal } = this.#context;
    const connected = await connectEventStore({
      openStore: this.#openStore,
      operatorKeys: config.ENCRYPTION_KEY,
      log,
      signal,
      onFailure: (lastError) => {
        this.#state = { kind: 'connecting', lastError };
      },
    });
    if (!connected) return;
    const { store, keyring } = connected;
    const { meter } = metrics;
    const max = config.WEBHOOK_CACHE_SIZE;
    const cache = new AggregateCache(store, { max, patienceMs: cachePatienceMs });
    this.#state = {
      kind: 'ready',
      ...connected,
      cache,
      webhooks: new Webhooks(cache, new Lease(store, cache, configurationLeaseMs), this.#limits),
      secrets: new Secrets(keyring, log, { max, meter }),
      receipts: new Receipts(() => openSigner(store, keyring, gatewayContext()), { log, meter }),
      contents: this.#openContents(keyring),
      rejections: new RejectionRecorder(store, meter),
    };
  }

  #openContents(keyring: Keyring): Contents {
    const { config } = this.#context;
    const url = contentKeysUrlOf(config);
    if (url === null) return new Contents(null);
    const keys = new ContentKeys(url, { keyring, name: 'gateway', prefix: config.EVENTSTORE_PREFIX });
    const branches = new Branches(keys, { max: config.WEBHOOK_CACHE_SIZE });
    return new Contents({ keys, branches, installation: config.CONTENT_ENCRYPTION });
  }

  async #followConfiguration(): Promise<void> {
    const { log, signal } = this.#context;
    if (this.#state.kind === 'connecting') return;
    const { cache } = this.#state;
    await keepRunning('configuration tail', () => cache.follow(signal), { signal, log });
  }
}
