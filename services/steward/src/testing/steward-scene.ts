import { aggregates, loadAggregate } from '@mission-control/aggregates';
import { type EventData, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { createLog, createMetrics, loadConfig, type RunningService } from '@mission-control/runtime';
import { Scene, type ScenePayload } from '@mission-control/test-scene';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { stewardVariables } from '../config.ts';
import { startSteward } from '../steward.ts';

interface Webhook {
  readonly boardId: string;
  readonly webhookId: string;
}

export const openStewardScene = async (): Promise<StewardScene> => {
  const database = await createTestDatabase();
  return new StewardScene(database, await openEventStore(database.url));
};

/** A separate log, and stewards that read it. */
export class StewardScene {
  readonly store: EventStore;
  readonly scene: Scene;
  readonly #database: TestDatabase;
  readonly #running: { stop: () => Promise<void> }[] = [];

  constructor(database: TestDatabase, store: EventStore) {
    this.#database = database;
    this.store = store;
    this.scene = new Scene(store);
  }

  async close(): Promise<void> {
    for (const one of this.#running.splice(0)) await one.stop();
    await this.store.close();
    await this.#database.drop();
  }

  /** Failed runs are retried at once. */
  async start(env: Record<string, string> = {}): Promise<RunningService> {
    const stopping = new AbortController();
    const { url } = this.#database;
    const steward = await startSteward(
      {
        config: loadConfig(stewardVariables, { EVENTSTORE_URL: url, ...env }),
        log: createLog('steward', { level: 'fatal', format: 'json' }),
        metrics: createMetrics('steward'),
        signal: stopping.signal,
        draining: stopping.signal,
        fail: () => {},
      },
      () => openEventStore(url),
      0,
    );
    const stop = async () => {
      stopping.abort();
      await steward.stop();
    };
    this.#running.push({ stop });
    return { ...steward, stop };
  }

  async webhookOn(boardId: string, description?: string): Promise<Webhook> {
    const settings = description === undefined ? {} : { description };
    return { boardId, webhookId: await this.scene.webhook(boardId, settings) };
  }

  async boardOf(boardId: string) {
    return (await loadAggregate(this.store, aggregates.board, boardId)).state;
  }

  park(webhook: Webhook, payload: ScenePayload, reason: string) {
    return this.scene.append(streams.delivery(payload.payloadId), {
      type: 'DeliveryParked',
      data: {
        ...webhook,
        payloadId: payload.payloadId,
        deliveryId: payload.id,
        arrivalRevision: payload.revision,
        reason,
      },
    });
  }

  available(gatewayId: string) {
    return this.scene.append(streams.openclawGatewayStatus(gatewayId), {
      type: 'OpenclawGatewayAvailable',
      data: { gatewayId, serverVersion: null, bootId: null },
    });
  }

  async requestsFor(payload: ScenePayload) {
    const facts = await this.scene.facts(streams.delivery(payload.payloadId));
    return facts.filter((event) => event.type === 'RedeliveryRequested');
  }

  /** The payloads of all requests, in log order. */
  async requested(): Promise<string[]> {
    const filter = { types: ['RedeliveryRequested'] };
    const asked = await Array.fromAsync(this.store.readAll({ filter }));
    return asked.map(({ data }) => (data as EventData<'RedeliveryRequested'>).payloadId);
  }

  /** Resolves once the steward has done what the log demanded before the call, as far as it was due at once. */
  async barrier(): Promise<void> {
    const boardId = await this.scene.board();
    const agentId = await this.scene.agent(boardId, { isLead: true });
    const deleted = { type: 'AgentDeleted', data: { agentId, boardId } } as const;
    await this.scene.append(streams.agent(agentId), deleted);
    await waitFor(async () => {
      const board = await this.boardOf(boardId);
      return board.status === 'open' && board.agents.size === 0;
    });
  }
}
