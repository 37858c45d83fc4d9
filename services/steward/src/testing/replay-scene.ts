import { aggregates, loadAggregate, StoredCheckpoint } from '@mission-control/aggregates';
import {
  type EventData,
  newRandomId,
  type ReplayFact,
  replayedDeliveryIdOf,
  streams,
} from '@mission-control/contracts';
import type { ScenePayload } from '@mission-control/test-scene';
import { waitFor } from '@mission-control/testing';
import type { StewardScene } from './steward-scene.ts';

interface Webhook {
  readonly boardId: string;
  readonly webhookId: string;
}

/** A replay as the admin API would have requested it, and what agents' side would have answered. */
export class ReplayScene {
  readonly replayId = newRandomId();
  readonly #steward: StewardScene;
  readonly #webhook: Webhook;

  constructor(steward: StewardScene, webhook: Webhook) {
    this.#steward = steward;
    this.#webhook = webhook;
  }

  /** A payload whose first delivery has ended. */
  static async payload(steward: StewardScene, webhook: Webhook): Promise<ScenePayload> {
    const payload = await steward.scene.arrival(webhook);
    await steward.park(webhook, payload, 'no_agent');
    return payload;
  }

  /** @param notFound ids that were listed and that no payload has */
  async request(
    payloads: readonly ScenePayload[],
    given: Partial<EventData<'ReplayRequested'>> = {},
    notFound: readonly string[] = [],
  ): Promise<void> {
    const { boardId, webhookId } = this.#webhook;
    const { scene } = this.#steward;
    const { itemsPerEvent = 5_000 } = given;
    const items = [
      ...payloads.map(({ payloadId, revision }) => [payloadId, 0, revision] as [string, number, number]),
      ...notFound.map((id) => [id, null, null] as [string, null, null]),
    ];
    for (let n = 0; n < items.length; n += itemsPerEvent) {
      await scene.append(streams.replayItems(this.replayId), {
        type: 'ReplayItemsListed',
        data: {
          replayId: this.replayId,
          boardId,
          webhookIds: [webhookId],
          items: items.slice(n, n + itemsPerEvent),
        },
      });
    }
    const filter = { since: null, until: null, status: null, statusReason: null, q: null, listed: null };
    await this.append({
      type: 'ReplayRequested',
      data: {
        ...{ replayId: this.replayId, boardId, webhookId, agentId: null, reason: 'after the outage' },
        ...{ rate: 200, filter, asOf: { incarnation: '', position: '0' } },
        ...{ total: items.length, itemsPerEvent },
        ...given,
      },
    });
  }

  append(fact: ReplayFact) {
    return this.#steward.scene.append(streams.replay(this.replayId), fact);
  }

  control(type: 'ReplayPaused' | 'ReplayResumed' | 'ReplayCancelled') {
    return this.append({ type, data: { replayId: this.replayId, boardId: this.#webhook.boardId } });
  }

  /** Resolves once a steward has read the control. It reads outcomes over another subscription, so it may see a later outcome before it. */
  async controlled(type: 'ReplayPaused' | 'ReplayCancelled'): Promise<void> {
    const { position } = await this.control(type);
    const { store } = this.#steward;
    await waitFor(async () => {
      const { checkpoint } = await StoredCheckpoint.load(store, 'replays');
      return checkpoint !== null && checkpoint.position >= position;
    });
  }

  deliveryIdOf({ payloadId }: ScenePayload): string {
    return replayedDeliveryIdOf(this.replayId, payloadId);
  }

  /** The requests of this replay so far, in log order. */
  async requested(): Promise<string[]> {
    const filter = { types: ['RedeliveryRequested'] };
    const asked = await Array.fromAsync(this.#steward.store.readAll({ filter }));
    return asked
      .map(({ data }) => data as EventData<'RedeliveryRequested'>)
      .filter(({ replayId }) => replayId === this.replayId)
      .map(({ payloadId }) => payloadId);
  }

  /** Resolves when the payload's delivery is requested. */
  async requestedFor(payload: ScenePayload): Promise<void> {
    await waitFor(async () => (await this.requested()).includes(payload.payloadId), { timeout: 60_000 });
  }

  /** As the notifier does when the session has the message. */
  tell(payload: ScenePayload, deliveryId = this.deliveryIdOf(payload)) {
    return this.#steward.scene.append(streams.delivery(payload.payloadId), {
      type: 'AgentTold',
      data: {
        ...{ ...this.#webhook, payloadId: payload.payloadId, deliveryId },
        ...{ agentId: newRandomId(), sessionKey: 's', runId: null, attempt: 1 },
      },
    });
  }

  /** As the notifier does when nobody can be told. */
  fail(payload: ScenePayload, reason: string) {
    return this.#steward.scene.append(streams.delivery(payload.payloadId), {
      type: 'DeliveryFailed',
      data: {
        ...{ ...this.#webhook, payloadId: payload.payloadId, deliveryId: this.deliveryIdOf(payload) },
        ...{ reason, gatewayCode: null },
      },
    });
  }

  async state() {
    const { state } = await loadAggregate(this.#steward.store, aggregates.replay, this.replayId);
    if (state.status === 'absent') throw new Error('There is no such replay.');
    return state;
  }

  /** Resolves to the state once it has this status. */
  until(status: string) {
    return waitFor(
      async () => {
        const state = await this.state();
        return state.status === status && state;
      },
      { timeout: 120_000 },
    );
  }

  async unsuccessful() {
    const facts = await this.#steward.scene.facts(streams.replay(this.replayId));
    return facts.flatMap((fact) => (fact.type === 'ReplayProgressed' ? fact.data.unsuccessful : []));
  }
}
