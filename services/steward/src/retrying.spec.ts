import { type DomainEvent, type EventData, newRandomId, streams } from '@mission-control/contracts';
import type { ScenePayload } from '@mission-control/test-scene';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStewardScene, type StewardScene } from './testing/steward-scene.ts';

describe('the steward, after a failed run,', () => {
  let steward: StewardScene;
  beforeEach(async () => {
    steward = await openStewardScene();
  });
  afterEach(() => steward.close());

  type Webhook = Awaited<ReturnType<StewardScene['webhookOn']>>;
  const allow = (webhook: Webhook, retryFailedRuns: number) =>
    steward.scene.append(streams.webhook(webhook.webhookId), {
      type: 'WebhookUpdated',
      data: { ...webhook, retryFailedRuns },
    });
  const ends = async (
    webhook: Webhook,
    { payloadId }: ScenePayload,
    deliveryId: string,
    outcome: EventData<'AgentRunEnded'>['outcome'],
  ) => {
    const delivery = { ...webhook, payloadId, deliveryId };
    const target = {
      agentId: newRandomId(),
      gatewayId: newRandomId(),
      sessionKey: 's',
      idempotencyKey: 'k',
    };
    const stream = streams.delivery(payloadId);
    await steward.scene.append(stream, {
      type: 'DeliveryAttempted',
      data: {
        ...delivery,
        ...target,
        arrivalRevision: 0,
        revisions: { board: 0, webhook: 0, agent: 0, gateway: 0 },
        template: 1,
        baseUrl: 'http://x',
        textSha256: 'f'.repeat(64),
      },
    });
    await steward.scene.append(stream, {
      type: 'MessageConfirmed',
      data: { ...delivery, ...target, runId: 'r', attempt: 1, evidence: 'history', sentAgain: false },
    });
    await steward.scene.append(stream, {
      type: 'AgentRunEnded',
      data: { ...delivery, runId: 'r', outcome, code: null, detail: null },
    });
  };
  /** Resolves to the id of the n-th request, counted from 0. */
  const request = async (payload: ScenePayload, n: number) => {
    await waitFor(async () => (await steward.requestsFor(payload)).length > n);
    return (await steward.requestsFor(payload))[n] as DomainEvent<'RedeliveryRequested'>;
  };

  it('delivers the payload again, at most as often in a row as the webhook allows', async () => {
    const webhook = await steward.webhookOn(await steward.scene.board());
    await allow(webhook, 2);
    const payload = await steward.scene.arrival(webhook);
    await steward.start();
    await ends(webhook, payload, payload.id, 'error');
    const first = await request(payload, 0);
    expect(first.data).toMatchObject({ reason: 'run_failed', agentId: null, arrivalRevision: 0 });
    await ends(webhook, payload, first.id, 'timed_out');
    await ends(webhook, payload, (await request(payload, 1)).id, 'error');
    await steward.barrier();
    expect(await steward.requestsFor(payload)).toHaveLength(2);

    // An admin's redelivery resets the count, and its retries are for the same agent.
    const agentId = newRandomId();
    const asked = await steward.scene.append(streams.delivery(payload.payloadId), {
      type: 'RedeliveryRequested',
      data: { ...webhook, payloadId: payload.payloadId, arrivalRevision: 0, agentId, reason: 'run_failed' },
    });
    await ends(webhook, payload, asked.id, 'error');
    const third = await request(payload, 3);
    expect(third.data).toMatchObject({ reason: 'run_failed', agentId });
    await ends(webhook, payload, third.id, 'error');
    await ends(webhook, payload, (await request(payload, 4)).id, 'error');
    await steward.barrier();
    expect(await steward.requestsFor(payload)).toHaveLength(5);
  });

  it('does nothing if the webhook does not allow it, or if the run was stopped or is followed by another delivery', async () => {
    const boardId = await steward.scene.board();
    const careful = await steward.webhookOn(boardId);
    const bold = await steward.webhookOn(boardId);
    await allow(bold, 3);
    const payloads = await Promise.all(
      [careful, bold, bold, bold].map((webhook) => steward.scene.arrival(webhook)),
    );
    const [one, stopped, fine, superseded] = payloads as [
      ScenePayload,
      ScenePayload,
      ScenePayload,
      ScenePayload,
    ];
    await ends(careful, one, one.id, 'error');
    await ends(bold, stopped, stopped.id, 'skipped');
    await ends(bold, fine, fine.id, 'ok');
    await ends(bold, superseded, superseded.id, 'error');
    await steward.park(bold, { ...superseded, id: newRandomId() }, 'no_session');
    await steward.start();
    await steward.barrier();
    expect(await steward.requested()).toEqual([]);
  });

  it('counts a retry that was parked and resumed', async () => {
    const gatewayId = await steward.scene.gateway();
    const webhook = await steward.webhookOn(await steward.scene.board({ gatewayId }));
    await allow(webhook, 1);
    const payload = await steward.scene.arrival(webhook);
    await steward.start();
    await ends(webhook, payload, payload.id, 'error');
    await steward.park(webhook, { ...payload, id: (await request(payload, 0)).id }, 'token_refused');
    await steward.available(gatewayId);
    await ends(webhook, payload, (await request(payload, 1)).id, 'error');
    await steward.barrier();
    expect(await steward.requestsFor(payload)).toHaveLength(2);
  });
});
