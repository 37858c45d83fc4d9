import { aggregates, loadAggregate } from '@mission-control/aggregates';
import { Branches, openReadableLog, type ReadableLog } from '@mission-control/content-keys';
import { type EventData, type Fact, newOrderedId, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { ProjectionRunner } from '@mission-control/projections';
import { listPayloads, migrateReadModels, openReadModels, projections } from '@mission-control/read-models';
import { createLog, createMetrics, loadConfig, type RunningService } from '@mission-control/runtime';
import { Scene, type ScenePayload } from '@mission-control/test-scene';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { sql } from 'kysely';
import { stewardVariables } from '../config.ts';
import { startSteward } from '../steward.ts';
import { textOf } from './metrics-text.ts';
import { recording, type WriteCall } from './recorded-writes.ts';

/** What stewards of scenes sign with. */
const encryptionKey = Buffer.from(Array.from({ length: 32 }, (_, n) => n * 7 + 1)).toString('base64');

interface Webhook {
  readonly boardId: string;
  readonly webhookId: string;
}

export const openStewardScene = async (): Promise<StewardScene> => {
  const database = await createTestDatabase();
  await migrateReadModels(database.url);
  const scene = new StewardScene(database, await openEventStore(database.url));
  // Makes the keyring, so that no steward has to.
  await scene.readable();
  return scene;
};

/** A separate log, and stewards that read it. */
export class StewardScene {
  readonly store: EventStore;
  readonly scene: Scene;
  /** What stewards have asked the event store to write, in order. */
  readonly calls: WriteCall[] = [];
  readonly #database: TestDatabase;
  readonly #running: { stop: () => Promise<void> }[] = [];
  readonly #readModels: ReturnType<typeof openReadModels>;
  #readable: ReadableLog | undefined;
  #branches: Branches | undefined;
  #projecting: { stop: () => Promise<void> } | undefined;

  constructor(database: TestDatabase, store: EventStore) {
    this.#database = database;
    this.store = store;
    this.scene = new Scene(store);
    this.#readModels = openReadModels(database.url);
  }

  async close(): Promise<void> {
    for (const one of this.#running.splice(0)) await one.stop();
    await this.project('stop');
    await this.#readable?.store.close();
    await this.#readModels.close();
    await this.store.close();
    await this.#database.drop();
  }

  /** Keeps the read models up to date, which retention needs; or stops doing so. */
  async project(what: 'start' | 'stop' = 'start'): Promise<void> {
    await this.#projecting?.stop();
    this.#projecting = undefined;
    if (what === 'stop') return;
    const stopping = new AbortController();
    const { db } = this.#readModels;
    const { store } = await this.readable();
    const runs = projections.map((projection) =>
      new ProjectionRunner({ projection, db, store }).run(stopping.signal),
    );
    const ended = Promise.all(runs);
    ended.catch(() => {});
    this.#projecting = {
      stop: async () => {
        stopping.abort();
        await ended;
      },
    };
  }

  /** The payloads in the read model, the oldest first. */
  async payloadIds({ boardId, webhookId }: Webhook): Promise<string[]> {
    const { items } = await listPayloads(this.#readModels.db, boardId, webhookId, { limit: 200, offset: 0 });
    return items.map(({ id }) => id).reverse();
  }

  told(webhook: Webhook, { payloadId, id: deliveryId }: ScenePayload) {
    return this.scene.append(streams.delivery(payloadId), {
      type: 'AgentTold',
      data: {
        ...{ ...webhook, payloadId, deliveryId, agentId: deliveryId },
        ...{ sessionKey: 'main', runId: null, attempt: 1 },
      },
    });
  }

  redelivery(webhook: Webhook, payloadId: string): Fact<'RedeliveryRequested'> {
    return {
      type: 'RedeliveryRequested',
      data: { ...webhook, payloadId, arrivalRevision: 0, agentId: null, reason: 'again' },
    };
  }

  /** The log with readable content, and the content keys. */
  async readable(): Promise<ReadableLog> {
    if (this.#readable) return this.#readable;
    const { url } = this.#database;
    const config = {
      ENCRYPTION_KEY: [Buffer.from(encryptionKey, 'base64')],
      ...{ DATABASE_URL: url, EVENTSTORE_PREFIX: '' },
    };
    this.#readable = await openReadableLog(await openEventStore(url), config, 'test');
    return this.#readable;
  }

  /** An arrival with encrypted content. With the payload id of an earlier arrival, it is another arrival of that payload. */
  async encryptedArrival(
    webhook: Webhook,
    { payloadId = newOrderedId(), body }: { payloadId?: string; body: string },
  ): Promise<ScenePayload> {
    const { keys } = await this.readable();
    this.#branches ??= new Branches(keys, { max: 100 });
    const branch = await this.#branches.of(webhook.webhookId);
    if (branch === 'destroyed') throw new Error('The content keys of the webhook are destroyed.');
    const { webhookId } = webhook;
    const plain = { sourceIp: '192.0.2.1', contentType: null, headers: [], deliveryName: null };
    return this.scene.arrival(webhook, {
      payloadId,
      body,
      encrypt: (eventId) => branch.encrypt({ webhookId, eventId }, { ...plain, body: Buffer.from(body) }),
    });
  }

  /** Copies the tables of content keys, as a backup does. Resolves to what restores them. */
  async backUpKeys(): Promise<() => Promise<void>> {
    const { db } = this.#readModels;
    await sql`drop table if exists content_keys.saved_keys, content_keys.saved_nodes`.execute(db);
    await sql`create table content_keys.saved_keys as table content_keys.keys`.execute(db);
    await sql`create table content_keys.saved_nodes as table content_keys.nodes`.execute(db);
    return async () => {
      await sql`truncate content_keys.nodes, content_keys.keys`.execute(db);
      await sql`insert into content_keys.keys table content_keys.saved_keys`.execute(db);
      await sql`insert into content_keys.nodes table content_keys.saved_nodes`.execute(db);
    };
  }

  /** Failed runs are retried at once. */
  async start(
    env: Record<string, string> = {},
  ): Promise<RunningService & { metrics: () => Promise<string> }> {
    const stopping = new AbortController();
    const { url } = this.#database;
    const metrics = createMetrics('steward');
    const steward = await startSteward(
      {
        config: loadConfig(stewardVariables, {
          EVENTSTORE_URL: url,
          DATABASE_URL: url,
          ENCRYPTION_KEY: encryptionKey,
          ...env,
        }),
        log: createLog('steward', { level: 'fatal', format: 'json' }),
        metrics,
        signal: stopping.signal,
        draining: stopping.signal,
        fail: () => {},
      },
      async () => recording(await openEventStore(url), this.calls),
      0,
    );
    const stop = async () => {
      stopping.abort();
      await steward.stop();
    };
    this.#running.push({ stop });
    return { ...steward, stop, metrics: () => textOf(metrics) };
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
