import { setTimeout as delay } from 'node:timers/promises';
import { type AggregateCache, aggregates, type Lease, type Loaded } from '@mission-control/aggregates';
import type { ActiveWebhook, Webhook } from '@mission-control/domain';
import { isUuid } from '../uuid.ts';
import type { IngestLimits } from './limits.ts';
import { LookupQueue } from './lookup-queue.ts';
import { Paced } from './paced.ts';
import { rejectionErrors } from './rejection-errors.ts';
import { Turns } from './turns.ts';

export interface KnownWebhook {
  readonly webhook: ActiveWebhook;
  /** Revision of the webhook's configuration. */
  readonly revision: number;
}

/** Pause before each lookup that has to wait its turn. */
const lookupPauseMs = 2;
/** The same for records, and how many of them may wait. */
const recordPauseMs = 10;
const waitingRecords = 100;
/** Pause between two reads of one webhook that rejections cause. */
const rereadPauseMs = 50;

/**
 * Finds webhooks by the ids in a URL: from memory while the lease is valid, otherwise from the store.
 *
 * Unknown ids are not cached. Each request for one reads the store, and concurrent requests share a read. So a webhook works for its
 * first sender as soon as it is created. A webhook that is deleted or on another board never becomes valid here, so it is answered from
 * memory.
 *
 * Requests that anyone can send cost the store little, and do not make any webhook unreachable. An address that asked for many unknown ids
 * waits its turn for the next lookup, few lookups may wait, and requests about to be rejected share reads (ADR 0011).
 */
export class Webhooks {
  readonly #cache: AggregateCache;
  readonly #lease: Lease;
  readonly #limits: IngestLimits;
  readonly #lookups = new LookupQueue();
  readonly #records = new Turns();
  readonly #rereads = new Paced<Loaded<Webhook>>(rereadPauseMs);

  constructor(cache: AggregateCache, lease: Lease, limits: IngestLimits) {
    this.#cache = cache;
    this.#lease = lease;
    this.#limits = limits;
  }

  /**
   * @param address the key under which limits count the sender
   * @throws ApiError 404, or 503 when the store does not answer or too many lookups are waiting
   */
  async find(boardId: string, webhookId: string, address: string): Promise<KnownWebhook> {
    if (!isUuid(boardId) || !isUuid(webhookId)) throw rejectionErrors.notFound();
    const id = webhookId.toLowerCase();
    const known = this.#cache.known(aggregates.webhook, id);
    if (known && (known.state.status === 'deleted' || this.#lease.holds())) return onBoard(boardId, known);
    return onBoard(boardId, known ? await this.#read(id) : await this.#findUncached(id, address));
  }

  /** The webhook from this process's memory, without reading the store; null when it is not cached. */
  remembered(boardId: string, webhookId: string): KnownWebhook | null {
    const known = this.#cache.known(aggregates.webhook, webhookId.toLowerCase());
    return known ? ifOnBoard(boardId, known) : null;
  }

  /** For the record of a rejection that came before any lookup; null: unknown, or too many such records are waiting. Never throws. */
  async findForRecord(boardId: string, webhookId: string): Promise<KnownWebhook | null> {
    if (!isUuid(boardId) || !isUuid(webhookId)) return null;
    const loaded = await this.#readForRecord(webhookId.toLowerCase());
    return loaded && ifOnBoard(boardId, loaded);
  }

  /**
   * For the record of a request to a wrong URL: the webhook with this id, on any board. Never throws.
   *
   * @param webhookId a UUID
   * @param options.read whether to read the store, as rarely as `findForRecord` does, if the webhook is not cached
   */
  async onAnyBoard(webhookId: string, options: { read: boolean }): Promise<ActiveWebhook | null> {
    const id = webhookId.toLowerCase();
    const known =
      this.#cache.known(aggregates.webhook, id) ?? (options.read ? await this.#readForRecord(id) : null);
    return known?.state.status === 'active' ? known.state : null;
  }

  async #readForRecord(id: string): Promise<Loaded<Webhook> | null> {
    if (this.#records.waiting >= waitingRecords) return null;
    return this.#records.take(() => this.#readAfter(recordPauseMs, id)).catch(() => null);
  }

  /**
   * Reads the store past the cached revision: a rejection must not be decided by cached configuration.
   *
   * @throws ApiError 404 or 503
   */
  async refresh(boardId: string, webhookId: string): Promise<KnownWebhook> {
    const id = webhookId.toLowerCase();
    return onBoard(boardId, await this.#rereads.run(id, () => this.#read(id)));
  }

  async #findUncached(id: string, address: string): Promise<Loaded<Webhook>> {
    if (this.#limits.lookupsSpent(address))
      return this.#lookups.take(address, () => this.#readAfter(lookupPauseMs, id));
    const loaded = await this.#read(id);
    if (loaded.state.status === 'absent') await this.#limits.countLookup();
    return loaded;
  }

  /** From memory if an earlier request has loaded it. */
  async #readAfter(pauseMs: number, id: string): Promise<Loaded<Webhook>> {
    const known = this.#cache.known(aggregates.webhook, id);
    if (known && this.#lease.holds()) return known;
    await delay(pauseMs);
    return this.#read(id);
  }

  async #read(id: string): Promise<Loaded<Webhook>> {
    try {
      return await this.#cache.refresh(aggregates.webhook, id);
    } catch (error) {
      throw rejectionErrors.lookupUnavailable(error);
    }
  }
}

const ifOnBoard = (boardId: string, { state, revision }: Loaded<Webhook>): KnownWebhook | null =>
  state.status === 'active' && state.boardId === boardId.toLowerCase() ? { webhook: state, revision } : null;

const onBoard = (boardId: string, loaded: Loaded<Webhook>): KnownWebhook => {
  const known = ifOnBoard(boardId, loaded);
  if (!known) throw rejectionErrors.notFound();
  return known;
};
