import { aggregates, loadAggregate } from '@mission-control/aggregates';
import { type Fact, memoryEntryIdOf, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { createLog, createMetrics, loadConfig, type RunningService } from '@mission-control/runtime';
import { Scene, type ScenePayload } from '@mission-control/test-scene';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stewardVariables } from './config.ts';
import { startSteward } from './steward.ts';

describe('the steward', () => {
  let database: TestDatabase;
  let store: EventStore;
  let scene: Scene;
  const running: { stop: () => Promise<void> }[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
    store = await openEventStore(database.url);
    scene = new Scene(store);
  });
  afterEach(async () => {
    for (const one of running.splice(0)) await one.stop();
    await store.close();
    await database.drop();
  });

  const start = async (env: Record<string, string> = {}): Promise<RunningService> => {
    const stopping = new AbortController();
    const steward = await startSteward(
      {
        config: loadConfig(stewardVariables, { EVENTSTORE_URL: database.url, ...env }),
        log: createLog('steward', { level: 'fatal', format: 'json' }),
        metrics: createMetrics('steward'),
        signal: stopping.signal,
        fail: () => {},
      },
      () => openEventStore(database.url),
    );
    const stop = async () => {
      stopping.abort();
      await steward.stop();
    };
    running.push({ stop });
    return { ...steward, stop };
  };
  const webhookOn = async (boardId: string, description?: string) => ({
    boardId,
    webhookId: await scene.webhook(boardId, description === undefined ? {} : { description }),
  });
  const remove = (webhook: { boardId: string; webhookId: string }, cleanupMemory: boolean) =>
    scene.append(streams.webhook(webhook.webhookId), {
      type: 'WebhookDeleted',
      data: { ...webhook, cleanupMemory },
    });
  const boardOf = async (boardId: string) => (await loadAggregate(store, aggregates.board, boardId)).state;
  const hasWebhook = async ({ boardId, webhookId }: { boardId: string; webhookId: string }) => {
    const board = await boardOf(boardId);
    return board.status === 'open' && board.webhooks.has(webhookId);
  };
  const keptMemory = async (boardId: string) =>
    (await scene.facts(streams.memory(boardId))).filter((event) => event.type === 'MemoryEntryKept');
  const park = (webhook: { boardId: string; webhookId: string }, payload: ScenePayload, reason: string) =>
    scene.append(streams.delivery(payload.payloadId), {
      type: 'DeliveryParked',
      data: {
        ...webhook,
        payloadId: payload.payloadId,
        deliveryId: payload.id,
        arrivalRevision: payload.revision,
        reason,
      },
    });
  const refuse = (webhook: { boardId: string; webhookId: string }) =>
    scene.append(streams.rejections(webhook.webhookId), {
      type: 'WebhookRequestRefused',
      data: {
        ...webhook,
        refusedAt: new Date().toISOString(),
        status: 403,
        code: 'signature_invalid',
        sourceIp: '192.0.2.1',
        declaredBytes: 2,
        receivedBytes: 2,
        omitted: 0,
      },
    });
  const requestsFor = async (payload: ScenePayload) =>
    (await scene.facts(streams.delivery(payload.payloadId))).filter(
      (event) => event.type === 'RedeliveryRequested',
    );

  it('keeps a deleted webhook’s board memory, with the instruction in force at each arrival, and hides the rest', async () => {
    const webhook = await webhookOn(await scene.board(), 'First instruction');
    const early = await scene.arrival(webhook, { body: '{"n":1}' });
    await scene.arrival(webhook, { payloadId: early.payloadId, body: '{"n":1}' });
    await scene.append(streams.webhook(webhook.webhookId), {
      type: 'WebhookUpdated',
      data: { ...webhook, description: 'Second instruction' },
    });
    const late = await scene.arrival(webhook, { webhookRevision: 1 });
    await park(webhook, early, 'no_agent');
    await refuse(webhook);
    await remove(webhook, false);
    await start();
    await waitFor(async () => !(await hasWebhook(webhook)));

    const kept = await keptMemory(webhook.boardId);
    expect(kept.map(({ data }) => (data as { entryId: string }).entryId)).toEqual([
      memoryEntryIdOf(early.payloadId),
      memoryEntryIdOf(late.payloadId),
    ]);
    expect(kept).toMatchObject([
      { data: { content: expect.stringContaining('Instruction: First instruction') } },
      { data: { content: expect.stringContaining('Instruction: Second instruction') } },
    ]);
    expect(await scene.facts(streams.payloads(webhook.webhookId))).toEqual([]);
    expect(await scene.facts(streams.delivery(early.payloadId))).toEqual([]);
    expect(await scene.facts(streams.rejections(webhook.webhookId))).toEqual([]);
    await expect(scene.arrival(webhook)).rejects.toThrow('stream_deleted');
    await expect(refuse(webhook)).rejects.toThrow('stream_deleted');
  });

  it('keeps no memory if clean-up was requested', async () => {
    const webhook = await webhookOn(await scene.board());
    await scene.arrival(webhook);
    await remove(webhook, true);
    await start();
    await waitFor(async () => !(await hasWebhook(webhook)));
    expect(await keptMemory(webhook.boardId)).toEqual([]);
  });

  it('finishes interrupted work after a crash, without visible repeats', async () => {
    const webhook = await webhookOn(await scene.board());
    const payload = await scene.arrival(webhook);
    await remove(webhook, false);
    await store.tombstone(streams.delivery(payload.payloadId));
    const first = await start();
    await first.stop();
    await start();
    await start();
    await waitFor(async () => !(await hasWebhook(webhook)));
    const entries = (await keptMemory(webhook.boardId)).map(({ id }) => id);
    expect(new Set(entries).size).toBe(1);
    const removals = (await scene.facts(streams.board(webhook.boardId))).filter(
      ({ type }) => type === 'WebhookRemovedFromBoard',
    );
    expect(removals).toHaveLength(1);
  });

  it('removes a deleted agent from its board', async () => {
    const boardId = await scene.board();
    const agentId = await scene.agent(boardId, { isLead: true });
    await scene.append(streams.agent(agentId), { type: 'AgentDeleted', data: { agentId, boardId } });
    await start();
    await waitFor(async () => {
      const board = await boardOf(boardId);
      return board.status === 'open' && board.agents.size === 0 && board.leadAgentId === null;
    });
  });

  const freeing: [string, (boardId: string, agentId: string, gatewayId: string) => [string, Fact]][] = [
    [
      'its agent gets a session',
      (_, agentId) => [
        streams.agent(agentId),
        { type: 'AgentUpdated', data: { agentId, openclawSessionId: 's' } },
      ],
    ],
    [
      'its board gets a lead',
      (boardId, agentId) => [
        streams.board(boardId),
        { type: 'BoardLeadChanged', data: { boardId, leadAgentId: agentId } },
      ],
    ],
    [
      'its board gets an OpenClaw gateway',
      (boardId, _, gatewayId) => [
        streams.board(boardId),
        { type: 'BoardUpdated', data: { boardId, gatewayId } },
      ],
    ],
    [
      'its OpenClaw gateway is updated',
      (_, __, gatewayId) => [
        streams.openclawGateway(gatewayId),
        { type: 'OpenclawGatewayUpdated', data: { gatewayId, url: 'ws://127.0.0.1:1' } },
      ],
    ],
  ];
  it.each(freeing)('requests redelivery of a parked payload once when %s', async (_, change) => {
    const gatewayId = await scene.gateway();
    const boardId = await scene.board({ gatewayId });
    const agentId = await scene.agent(boardId);
    const webhook = await webhookOn(boardId);
    const elsewhere = await webhookOn(await scene.board());
    const payload = await scene.arrival(webhook);
    const other = await scene.arrival(elsewhere);
    const told = await scene.arrival(webhook);
    await park(webhook, payload, 'no_session');
    await park(elsewhere, other, 'no_session');
    await scene.append(streams.delivery(told.payloadId), {
      type: 'AgentTold',
      data: {
        ...webhook,
        payloadId: told.payloadId,
        deliveryId: told.id,
        agentId,
        sessionKey: 's',
        runId: null,
        attempt: 1,
      },
    });
    await start();
    const [stream, fact] = change(boardId, agentId, gatewayId);
    await scene.append(stream, fact);
    await scene.append(stream, fact);
    await waitFor(async () => (await requestsFor(payload)).length > 0);
    expect(await requestsFor(other)).toEqual([]);
    expect((await requestsFor(payload))[0]).toMatchObject({
      data: { arrivalRevision: payload.revision, agentId: null, reason: 'configuration_changed' },
      metadata: { actor: { kind: 'service', id: 'steward' } },
    });
    await scene.append(streams.board(elsewhere.boardId), {
      type: 'BoardUpdated',
      data: { boardId: elsewhere.boardId, gatewayId: await scene.gateway() },
    });
    await waitFor(async () => (await requestsFor(other)).length > 0);
    expect(await requestsFor(payload)).toHaveLength(1);
    expect(await requestsFor(other)).toHaveLength(1);
    expect(await requestsFor(told)).toEqual([]);
  });

  it('requests redelivery in the order in which payloads were parked', async () => {
    const boardId = await scene.board();
    const webhook = await webhookOn(boardId);
    const payloads: ScenePayload[] = [];
    for (let n = 0; n < 5; n += 1) {
      const payload = await scene.arrival(webhook);
      await park(webhook, payload, 'no_gateway');
      payloads.push(payload);
    }
    await start();
    const gatewayId = await scene.gateway();
    await scene.append(streams.board(boardId), { type: 'BoardUpdated', data: { boardId, gatewayId } });
    await waitFor(async () => (await requestsFor(payloads[4] as ScenePayload)).length > 0);
    const filter = { types: ['RedeliveryRequested'] };
    const asked = await Array.fromAsync(store.readAll({ filter }));
    expect(asked.map(({ data }) => (data as { payloadId: string }).payloadId)).toEqual(
      payloads.map(({ payloadId }) => payloadId),
    );
  });

  const maxAge = ['DELIVERY_RESUME_MAX_AGE_SECONDS', 'NOTIFIER_RESUME_MAX_AGE'];
  it.each(maxAge)('does not resume a payload that was parked longer ago than %s', async (variable) => {
    const boardId = await scene.board();
    const webhook = await webhookOn(boardId);
    const payload = await scene.arrival(webhook);
    await park(webhook, payload, 'no_agent');
    await start({ [variable]: '0' });
    const agentId = await scene.agent(boardId);
    await scene.append(streams.board(boardId), {
      type: 'BoardLeadChanged',
      data: { boardId, leadAgentId: agentId },
    });
    await scene.append(streams.agent(agentId), { type: 'AgentDeleted', data: { agentId, boardId } });
    await waitFor(async () => {
      const board = await boardOf(boardId);
      return board.status === 'open' && board.agents.size === 0;
    });
    expect(await requestsFor(payload)).toEqual([]);
  });
});
