import { type Fact, streams } from '@mission-control/contracts';
import type { ScenePayload } from '@mission-control/test-scene';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStewardScene, type StewardScene } from './testing/steward-scene.ts';

describe('the steward', () => {
  let steward: StewardScene;
  beforeEach(async () => {
    steward = await openStewardScene();
  });
  afterEach(() => steward.close());

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
    const gatewayId = await steward.scene.gateway();
    const boardId = await steward.scene.board({ gatewayId });
    const agentId = await steward.scene.agent(boardId);
    const webhook = await steward.webhookOn(boardId);
    const elsewhere = await steward.webhookOn(await steward.scene.board());
    const payload = await steward.scene.arrival(webhook);
    const other = await steward.scene.arrival(elsewhere);
    const told = await steward.scene.arrival(webhook);
    await steward.park(webhook, payload, 'no_session');
    await steward.park(elsewhere, other, 'no_session');
    await steward.scene.append(streams.delivery(told.payloadId), {
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
    await steward.start();
    const [stream, fact] = change(boardId, agentId, gatewayId);
    await steward.scene.append(stream, fact);
    await steward.scene.append(stream, fact);
    await waitFor(async () => (await steward.requestsFor(payload)).length > 0);
    expect(await steward.requestsFor(other)).toEqual([]);
    expect((await steward.requestsFor(payload))[0]).toMatchObject({
      data: { arrivalRevision: payload.revision, agentId: null, reason: 'configuration_changed' },
      metadata: { actor: { kind: 'service', id: 'steward' } },
    });
    await steward.scene.append(streams.board(elsewhere.boardId), {
      type: 'BoardUpdated',
      data: { boardId: elsewhere.boardId, gatewayId: await steward.scene.gateway() },
    });
    await waitFor(async () => (await steward.requestsFor(other)).length > 0);
    expect(await steward.requestsFor(payload)).toHaveLength(1);
    expect(await steward.requestsFor(other)).toHaveLength(1);
    expect(await steward.requestsFor(told)).toEqual([]);
  });

  const setDelivery = (
    webhook: { boardId: string; webhookId: string },
    change: Partial<Fact<'WebhookUpdated'>['data']>,
  ) =>
    steward.scene.append(streams.webhook(webhook.webhookId), {
      type: 'WebhookUpdated',
      data: { ...webhook, ...change },
    });
  const filteringsOf = async ({ payloadId }: ScenePayload) =>
    (await steward.scene.facts(streams.delivery(payloadId))).filter(
      ({ type }) => type === 'DeliveryFiltered',
    );

  it.each(['drain', 'discard'] as const)(
    'goes on with what was parked while delivery was paused: %s',
    async (onResume) => {
      const boardId = await steward.scene.board({ gatewayId: await steward.scene.gateway() });
      const [webhook, other] = [await steward.webhookOn(boardId), await steward.webhookOn(boardId)];
      await setDelivery(other, { delivery: 'paused' });
      await setDelivery(webhook, { delivery: 'paused' });
      const [first, second, late] = [
        await steward.scene.arrival(webhook),
        await steward.scene.arrival(webhook),
        await steward.scene.arrival(webhook),
      ] as const;
      const elsewhere = await steward.scene.arrival(other);
      await steward.park(other, elsewhere, 'delivery_paused');
      await steward.park(webhook, second, 'delivery_paused');
      await steward.park(webhook, first, 'delivery_paused');
      await steward.start();
      // A change of configuration does not end a pause.
      await steward.scene.append(streams.board(boardId), {
        type: 'BoardUpdated',
        data: { boardId, gatewayId: await steward.scene.gateway() },
      });
      const resumed = await setDelivery(webhook, { delivery: 'active', onResume });
      const wentOn = async (payload: ScenePayload) =>
        (onResume === 'drain' ? await steward.requestsFor(payload) : await filteringsOf(payload)).length ===
        1;
      await waitFor(() => wentOn(second));
      expect(await wentOn(first)).toBe(true);
      // This notifier learns late that delivery has resumed.
      await steward.park(webhook, late, 'delivery_paused');
      await waitFor(() => wentOn(late));
      expect(await steward.requestsFor(elsewhere)).toEqual([]);
      if (onResume === 'drain') {
        const [[one], [two]] = [await steward.requestsFor(first), await steward.requestsFor(second)];
        expect(one?.data).toMatchObject({ reason: 'delivery_resumed' });
        expect(Date.parse(one?.metadata.occurredAt ?? '')).toBeLessThanOrEqual(
          Date.parse(two?.metadata.occurredAt ?? ''),
        );
      } else {
        expect(await steward.requestsFor(first)).toEqual([]);
        expect(await filteringsOf(first)).toMatchObject([
          { data: { deliveryId: first.id, reason: 'discarded', webhookRevision: resumed.revision } },
        ]);
      }
    },
  );

  /** Payloads that alternate between two webhooks, parked out of order. */
  const parkedOutOfOrder = async (boardId: string, reason: string) => {
    const webhooks = [await steward.webhookOn(boardId), await steward.webhookOn(boardId)] as const;
    const payloads: ScenePayload[] = [];
    for (let n = 0; n < 40; n += 1) payloads.push(await steward.scene.arrival(webhooks[n % 2 ? 0 : 1]));
    for (let n = 0; n < 40; n += 1) {
      const turn = (n * 7) % 40;
      await steward.park(webhooks[turn % 2 ? 0 : 1], payloads[turn] as ScenePayload, reason);
    }
    return payloads.map(({ payloadId }) => payloadId);
  };

  it('requests redelivery in the order in which payloads arrived, however they were parked', async () => {
    const boardId = await steward.scene.board();
    const payloads = await parkedOutOfOrder(boardId, 'no_gateway');
    await steward.start();
    const gatewayId = await steward.scene.gateway();
    await steward.scene.append(streams.board(boardId), {
      type: 'BoardUpdated',
      data: { boardId, gatewayId },
    });
    await waitFor(async () => (await steward.requested()).length === payloads.length);
    expect(await steward.requested()).toEqual(payloads);
  });

  it('resumes what was parked because of an OpenClaw gateway once it is available, in the order of arrival', async () => {
    const gatewayId = await steward.scene.gateway();
    const boardId = await steward.scene.board({ gatewayId });
    const elsewhere = await steward.scene.board({ gatewayId: await steward.scene.gateway() });
    const payloads = await parkedOutOfOrder(boardId, 'token_refused');
    for (const [board, reason] of [
      [boardId, 'no_session'],
      [boardId, 'expired_undelivered'],
      [elsewhere, 'token_refused'],
    ] as const) {
      const webhook = await steward.webhookOn(board);
      await steward.park(webhook, await steward.scene.arrival(webhook), reason);
    }
    const last = await steward.webhookOn(boardId);
    const old = await steward.scene.arrival(last);
    await steward.park(last, old, 'gateway_unavailable');
    await steward.start();
    await steward.available(gatewayId);
    await waitFor(async () => (await steward.requested()).length > payloads.length);
    await steward.available(gatewayId);
    await steward.barrier();
    expect(await steward.requested()).toEqual([...payloads, old.payloadId]);
    expect(await steward.requestsFor(old)).toMatchObject([
      { data: { reason: 'gateway_available', agentId: null, arrivalRevision: old.revision } },
    ]);
  });

  it('does not resume what waited too long, even if the configuration changes', async () => {
    const boardId = await steward.scene.board();
    const webhook = await steward.webhookOn(boardId);
    const expired = await steward.scene.arrival(webhook);
    const other = await steward.scene.arrival(webhook);
    await steward.park(webhook, expired, 'expired_undelivered');
    await steward.park(webhook, other, 'no_gateway');
    await steward.start();
    const gatewayId = await steward.scene.gateway();
    await steward.scene.append(streams.board(boardId), {
      type: 'BoardUpdated',
      data: { boardId, gatewayId },
    });
    await waitFor(async () => (await steward.requestsFor(other)).length > 0);
    expect(await steward.requestsFor(expired)).toEqual([]);
  });

  it('resumes a requested redelivery for the agent that it named', async () => {
    const boardId = await steward.scene.board();
    const agentId = await steward.scene.agent(boardId);
    const webhook = await steward.webhookOn(boardId);
    const payload = await steward.scene.arrival(webhook);
    const request = await steward.scene.append(streams.delivery(payload.payloadId), {
      type: 'RedeliveryRequested',
      data: { ...webhook, payloadId: payload.payloadId, arrivalRevision: 0, agentId, reason: 'again' },
    });
    await steward.park(webhook, { ...payload, id: request.id }, 'no_session');
    await steward.start();
    const updated = { agentId, openclawSessionId: 's' };
    await steward.scene.append(streams.agent(agentId), { type: 'AgentUpdated', data: updated });
    await waitFor(async () => (await steward.requestsFor(payload)).length > 1);
    expect((await steward.requestsFor(payload))[1]).toMatchObject({ data: { agentId } });
  });

  const maxAge = ['DELIVERY_RESUME_MAX_AGE_SECONDS', 'NOTIFIER_RESUME_MAX_AGE'];
  it.each(maxAge)('does not resume a payload that was parked longer ago than %s', async (variable) => {
    const boardId = await steward.scene.board();
    const webhook = await steward.webhookOn(boardId);
    const payload = await steward.scene.arrival(webhook);
    await steward.park(webhook, payload, 'no_agent');
    await steward.start({ [variable]: '0' });
    const agentId = await steward.scene.agent(boardId);
    await steward.scene.append(streams.board(boardId), {
      type: 'BoardLeadChanged',
      data: { boardId, leadAgentId: agentId },
    });
    await steward.scene.append(streams.agent(agentId), { type: 'AgentDeleted', data: { agentId, boardId } });
    await waitFor(async () => {
      const board = await steward.boardOf(boardId);
      return board.status === 'open' && board.agents.size === 0;
    });
    expect(await steward.requestsFor(payload)).toEqual([]);
  });
});
