import { type AggregateCache, aggregates, type Lease, type Loaded } from '@mission-control/aggregates';
import type { ActiveWebhook, Webhook } from '@mission-control/domain';
import type { IngestLimits } from './limits.ts';
import { refusals } from './refusals.ts';

export interface KnownWebhook {
  readonly webhook: ActiveWebhook;
  /** Revision of the configuration. */
  readonly revision: number;
}

/** Between two look-ups for records: what anybody can cause costs the store little. */
const lookUpPauseMs = 10;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Webhooks by the ids in a URL: from memory while the lease on it holds, else from the store.
 *
 * Nothing is remembered about ids that name no webhook: each request for one reads the store, at the same time together and within a
 * budget, so that a webhook is there for its first sender as soon as it was created. What is deleted, or is on another board, stays so
 * and is answered from memory.
 */
export class Webhooks {
  readonly #cache: AggregateCache;
  readonly #lease: Lease;
  readonly #limits: IngestLimits;
  #lookedUpAt = Number.NEGATIVE_INFINITY;

  constructor(cache: AggregateCache, lease: Lease, limits: IngestLimits) {
    this.#cache = cache;
    this.#lease = lease;
    this.#limits = limits;
  }

  /** @throws ApiError 404, or 503 when nobody can tell */
  async find(boardId: string, webhookId: string): Promise<KnownWebhook> {
    if (!uuid.test(boardId) || !uuid.test(webhookId)) throw refusals.notFound();
    const id = webhookId.toLowerCase();
    const known = this.#cache.known(aggregates.webhook, id);
    if (known && (known.state.status === 'deleted' || this.#lease.holds())) return onBoard(boardId, known);
    return onBoard(boardId, known ? await this.#refresh(id) : await this.#read(id));
  }

  /** The webhook as far as this process remembers it, asking nobody; null when it does not. */
  remembered(boardId: string, webhookId: string): KnownWebhook | null {
    const known = this.#cache.known(aggregates.webhook, webhookId.toLowerCase());
    return known && isOnBoard(boardId, known.state)
      ? { webhook: known.state, revision: known.revision }
      : null;
  }

  /** For the record of a refusal that came before any look-up; null: unknown, or another such record has just asked. Never throws. */
  async lookUp(boardId: string, webhookId: string): Promise<KnownWebhook | null> {
    const now = performance.now();
    if (now - this.#lookedUpAt < lookUpPauseMs || !uuid.test(boardId) || !uuid.test(webhookId)) return null;
    this.#lookedUpAt = now;
    return this.findAnew(boardId, webhookId).catch(() => null);
  }

  /** The webhook as the store has it now: before a refusal, what is remembered must not decide. */
  async findAnew(boardId: string, webhookId: string): Promise<KnownWebhook> {
    return onBoard(boardId, await this.#refresh(webhookId.toLowerCase()));
  }

  async #read(id: string): Promise<Loaded<Webhook>> {
    this.#limits.admitLookUp();
    const loaded = await this.#refresh(id);
    if (loaded.state.status === 'absent') await this.#limits.countUnknown();
    return loaded;
  }

  async #refresh(id: string): Promise<Loaded<Webhook>> {
    try {
      return await this.#cache.refresh(aggregates.webhook, id);
    } catch (error) {
      throw refusals.lookUpFailed(error);
    }
  }
}

const isOnBoard = (boardId: string, state: Webhook): state is ActiveWebhook =>
  state.status === 'active' && state.boardId === boardId.toLowerCase();

const onBoard = (boardId: string, { state, revision }: Loaded<Webhook>): KnownWebhook => {
  if (!isOnBoard(boardId, state)) throw refusals.notFound();
  return { webhook: state, revision };
};
