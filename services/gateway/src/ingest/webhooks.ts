import { type AggregateCache, aggregates, type Loaded } from '@mission-control/aggregates';
import type { ActiveWebhook, Webhook } from '@mission-control/domain';
import type { IngestLimits } from './limits.ts';
import { refusals } from './refusals.ts';

export interface KnownWebhook {
  readonly webhook: ActiveWebhook;
  /** Revision of the configuration. */
  readonly revision: number;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Webhooks by the ids in a URL.
 *
 * Nothing is remembered about ids that name no webhook: each request for one reads the store, at the same time together and within a
 * budget, so that a webhook is there for its first sender as soon as it was created. What is deleted, or is on another board, stays so
 * and is answered from memory.
 */
export class Webhooks {
  readonly #cache: AggregateCache;
  readonly #limits: IngestLimits;

  constructor(cache: AggregateCache, limits: IngestLimits) {
    this.#cache = cache;
    this.#limits = limits;
  }

  /** @throws ApiError 404, or 503 when nobody can tell */
  async find(boardId: string, webhookId: string): Promise<KnownWebhook> {
    if (!uuid.test(boardId) || !uuid.test(webhookId)) throw refusals.notFound();
    const id = webhookId.toLowerCase();
    const known = this.#cache.known(aggregates.webhook, id);
    return onBoard(boardId, known ?? (await this.#read(id)));
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

const onBoard = (boardId: string, { state, revision }: Loaded<Webhook>): KnownWebhook => {
  if (state.status !== 'active' || state.boardId !== boardId.toLowerCase()) throw refusals.notFound();
  return { webhook: state, revision };
};
