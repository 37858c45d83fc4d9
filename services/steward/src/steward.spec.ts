import { memoryEntryIdOf, streams } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStewardScene, type StewardScene } from './testing/steward-scene.ts';

describe('the steward', () => {
  let steward: StewardScene;
  beforeEach(async () => {
    steward = await openStewardScene();
  });
  afterEach(() => steward.close());

  const remove = (webhook: { boardId: string; webhookId: string }, cleanupMemory: boolean) =>
    steward.scene.append(streams.webhook(webhook.webhookId), {
      type: 'WebhookDeleted',
      data: { ...webhook, cleanupMemory },
    });
  const hasWebhook = async ({ boardId, webhookId }: { boardId: string; webhookId: string }) => {
    const board = await steward.boardOf(boardId);
    return board.status === 'open' && board.webhooks.has(webhookId);
  };
  const keptMemory = async (boardId: string) =>
    (await steward.scene.facts(streams.memory(boardId))).filter((event) => event.type === 'MemoryEntryKept');
  const refuse = (webhook: { boardId: string; webhookId: string }) =>
    steward.scene.append(streams.rejections(webhook.webhookId), {
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

  it('keeps a deleted webhook’s board memory, with the instruction in force at each arrival, and hides the rest', async () => {
    const webhook = await steward.webhookOn(await steward.scene.board(), 'First instruction');
    const early = await steward.scene.arrival(webhook, { body: '{"n":1}' });
    await steward.scene.arrival(webhook, { payloadId: early.payloadId, body: '{"n":1}' });
    await steward.scene.append(streams.webhook(webhook.webhookId), {
      type: 'WebhookUpdated',
      data: { ...webhook, description: 'Second instruction' },
    });
    const late = await steward.scene.arrival(webhook, { webhookRevision: 1 });
    const filtered = await steward.scene.arrival(webhook);
    const ids = { ...webhook, payloadId: filtered.payloadId, deliveryId: filtered.id };
    await steward.scene.append(streams.delivery(filtered.payloadId), {
      type: 'DeliveryFiltered',
      data: { ...ids, arrivalRevision: 3, webhookRevision: 0, reason: 'told_too_often' },
    });
    await steward.park(webhook, early, 'no_agent');
    await refuse(webhook);
    await remove(webhook, false);
    await steward.start();
    await waitFor(async () => !(await hasWebhook(webhook)));

    const kept = await keptMemory(webhook.boardId);
    expect(kept.map(({ data }) => (data as { entryId: string }).entryId)).toEqual([
      memoryEntryIdOf(early.payloadId),
      memoryEntryIdOf(late.payloadId),
      memoryEntryIdOf(filtered.payloadId),
    ]);
    expect(kept).toMatchObject([
      { data: { content: expect.stringContaining('Instruction: First instruction') } },
      { data: { content: expect.stringContaining('Instruction: Second instruction') } },
      {
        data: {
          note: 'filtered: told_too_often',
          tags: expect.arrayContaining(['webhook', 'delivery:filtered']),
        },
      },
    ]);
    expect(kept[0]?.data).not.toHaveProperty('note');
    expect(await steward.scene.facts(streams.payloads(webhook.webhookId))).toEqual([]);
    expect(await steward.scene.facts(streams.delivery(early.payloadId))).toEqual([]);
    expect(await steward.scene.facts(streams.rejections(webhook.webhookId))).toEqual([]);
    await expect(steward.scene.arrival(webhook)).rejects.toThrow('stream_deleted');
    await expect(refuse(webhook)).rejects.toThrow('stream_deleted');
  });

  it('keeps no memory if clean-up was requested', async () => {
    const webhook = await steward.webhookOn(await steward.scene.board());
    await steward.scene.arrival(webhook);
    await remove(webhook, true);
    await steward.start();
    await waitFor(async () => !(await hasWebhook(webhook)));
    expect(await keptMemory(webhook.boardId)).toEqual([]);
  });

  it('finishes interrupted work after a crash, without visible repeats', async () => {
    const webhook = await steward.webhookOn(await steward.scene.board());
    const payload = await steward.scene.arrival(webhook);
    await remove(webhook, false);
    await steward.store.tombstone(streams.delivery(payload.payloadId));
    const first = await steward.start();
    await first.stop();
    await steward.start();
    await steward.start();
    await waitFor(async () => !(await hasWebhook(webhook)));
    const entries = (await keptMemory(webhook.boardId)).map(({ id }) => id);
    expect(new Set(entries).size).toBe(1);
    const removals = (await steward.scene.facts(streams.board(webhook.boardId))).filter(
      ({ type }) => type === 'WebhookRemovedFromBoard',
    );
    expect(removals).toHaveLength(1);
  });

  it('removes a deleted agent from its board', async () => {
    const boardId = await steward.scene.board();
    const agentId = await steward.scene.agent(boardId, { isLead: true });
    await steward.scene.append(streams.agent(agentId), { type: 'AgentDeleted', data: { agentId, boardId } });
    await steward.start();
    await waitFor(async () => {
      const board = await steward.boardOf(boardId);
      return board.status === 'open' && board.agents.size === 0 && board.leadAgentId === null;
    });
  });

  it('tombstones the status of a deleted OpenClaw gateway', async () => {
    const gatewayId = await steward.scene.gateway();
    await steward.available(gatewayId);
    await steward.start();
    await steward.scene.append(streams.openclawGateway(gatewayId), {
      type: 'OpenclawGatewayDeleted',
      data: { gatewayId },
    });
    await waitFor(
      async () => (await steward.scene.facts(streams.openclawGatewayStatus(gatewayId))).length === 0,
    );
    await expect(steward.available(gatewayId)).rejects.toThrow('stream_deleted');
  });
});
