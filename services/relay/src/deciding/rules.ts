import { aggregates, loadAggregate } from '@mission-control/aggregates';
import type { ActiveWebhook } from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';
import { LRUCache } from 'lru-cache';

/** The settings of a webhook that decide whether an agent is told of a payload. */
export type Rules = Pick<
  ActiveWebhook,
  | 'notifyWhen'
  | 'ignoreActors'
  | 'actor'
  | 'eventType'
  | 'coalesce'
  | 'maxToldPerMinute'
  | 'webhookId'
  | 'boardId'
> & { readonly revision: number };

/** A webhook at a revision without such settings, or one that never existed. */
const none = 'none';

/** So many webhooks, each at a revision, are remembered: some hundred bytes each. */
const mostRemembered = 100_000;

/** The rules of webhooks at a revision, which never change. Each is read once. */
export class KnownRules {
  readonly #store: EventStore;
  readonly #known = new LRUCache<string, Rules | typeof none>({ max: mostRemembered });
  readonly #reading = new Map<string, Promise<Rules | null>>();

  constructor(store: EventStore) {
    this.#store = store;
  }

  /** null: the webhook has none. Only a promise if they have to be read; callers at the same time share one read. */
  of(webhookId: string, revision: number): Rules | null | Promise<Rules | null> {
    const key = `${webhookId} ${revision}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known === none ? null : known;
    let reading = this.#reading.get(key);
    if (!reading) {
      reading = this.#read(webhookId, revision).finally(() => this.#reading.delete(key));
      this.#reading.set(key, reading);
    }
    return reading;
  }

  async #read(webhookId: string, revision: number): Promise<Rules | null> {
    const { state } = await loadAggregate(this.#store, aggregates.webhook, webhookId, revision);
    const rules = state.status === 'active' && hasRules(state) ? rulesOf(state, revision) : null;
    this.#known.set(`${webhookId} ${revision}`, rules ?? none);
    return rules;
  }
}

const hasRules = (webhook: ActiveWebhook): boolean =>
  dependsOnContent(webhook) || webhook.maxToldPerMinute !== null;

/** Whether what becomes of a payload depends on its content. */
export const dependsOnContent = ({
  notifyWhen,
  ignoreActors,
  coalesce,
}: Pick<Rules, 'notifyWhen' | 'ignoreActors' | 'coalesce'>): boolean =>
  notifyWhen !== null || ignoreActors.length > 0 || coalesce !== null;

const rulesOf = (
  {
    notifyWhen,
    ignoreActors,
    actor,
    eventType,
    coalesce,
    maxToldPerMinute,
    webhookId,
    boardId,
  }: ActiveWebhook,
  revision: number,
): Rules => ({
  ...{ notifyWhen, ignoreActors, actor, eventType, coalesce, maxToldPerMinute },
  ...{ webhookId, boardId, revision },
});
