import 'reflect-metadata';
import { hash } from 'node:crypto';
import { type DomainEvent, isEvent, streams } from '@mission-control/contracts';
import { coalescedTemplates, payloadEventType } from '@mission-control/domain';
import { readLinkOf } from '@mission-control/keyring';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consumedBy, type Stage, Surroundings, typesOf } from './testing/test-notifier.ts';

const attemptsOf = (facts: readonly DomainEvent[]) =>
  facts.flatMap((fact) => (isEvent(fact, 'DeliveryAttempted') ? fact.data : []));

describe('payloads that are told together', () => {
  let around: Surroundings;
  let stage: Stage;

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
  });

  afterEach(() => around.end());

  it('are one message, and none of them is told alone', async () => {
    const { together, payloads } = await around.arriveTogether(stage, ['{"n":1}', '{"n":2}', '{"n":3}']);
    // An older release, or a relay that lost its memory, may have published them.
    for (const payload of payloads)
      await around.refer(stage, payload, payload.payloadId, 'WebhookPayloadReceived');
    const repeat = await around.arrive(stage, { payloadId: payloads[1]?.payloadId ?? '', body: '{"n":2}' });
    const other = await around.arrive(stage);
    await around.notifier();
    await around.handled(together);
    await around.handled(other);
    await around.lanesEmpty();
    expect(consumedBy(stage).map(({ idempotencyKey }) => idempotencyKey)).toEqual([together.id, other.id]);
    const [{ text = '' } = {}] = consumedBy(stage);
    for (const { payloadId } of payloads) expect(text).toContain(payloadId);
    expect(text).toContain('Payloads: 3, told together');
    expect(text).toContain('Instruction: Triage it.');
    for (const { payloadId } of [...payloads, repeat])
      expect(typesOf(await around.scene.facts(streams.delivery(payloadId)))).toEqual(['DeliveryCoalesced']);
  });

  it('are told without those that are removed, also if the OpenClaw gateway lost the message', async () => {
    await around.notifier();
    const release = stage.simulator.holdHistory();
    const { together, payloads } = await around.arriveTogether(stage, ['{"n":1}', '{"n":2}', '{"n":3}']);
    await around.deliveryWith(together, 'MessageSent');
    await around.store.tombstone(streams.delivery(payloads[0]?.payloadId ?? ''));
    await stage.simulator.restart({ keep: 'nothing' });
    release();
    await around.handled(together);
    const [{ text = '', idempotencyKey = '' } = {}, ...others] = consumedBy(stage);
    expect({ idempotencyKey, others }).toEqual({ idempotencyKey: `${together.id}:r1`, others: [] });
    expect(text).toContain('Payloads: 2, told together; 1 more were removed in the meantime');
    expect(text).not.toContain(payloads[0]?.payloadId);
  });

  it('replace an attempt that named payloads which were removed since', async () => {
    const { together, payloads } = await around.arriveTogether(stage, ['{"n":1}', '{"n":2}', '{"n":3}']);
    const { boardId, webhookId, gatewayId, agentId, sessionKey } = stage;
    await around.scene.append(streams.delivery(together.id), {
      type: 'DeliveryAttempted',
      data: {
        ...{ payloadId: together.id, boardId, webhookId, deliveryId: together.id },
        ...{ arrivalRevision: 0, coalescedRevision: 0, agentId, gatewayId, sessionKey },
        ...{ idempotencyKey: together.id, revisions: { board: 2, webhook: 0, agent: 0, gateway: 0 } },
        ...{ template: 1, baseUrl: 'http://mission-control.test', textSha256: '0'.repeat(64) },
      },
    });
    await around.store.tombstone(streams.delivery(payloads[2]?.payloadId ?? ''));
    await around.notifier();
    const facts = await around.handled(together);
    expect(attemptsOf(facts).map(({ idempotencyKey }) => idempotencyKey)).toEqual([
      together.id,
      `${together.id}:s2`,
    ]);
    expect(consumedBy(stage).map(({ text }) => text.includes('Payloads: 2,'))).toEqual([true]);
  });

  it('keep their read links, one for each, whenever the message is made', async () => {
    const links = { READ_LINK_SECONDS: '600' };
    await stage.simulator.fail({ mode: 'drop_before_answer' }, { times: 1 });
    const first = await around.notifier({
      ...{ ...links, NOTIFIER_RETRY_BASE_SECONDS: '2', NOTIFIER_RETRY_MAX_SECONDS: '2' },
    });
    const { together, payloads } = await around.arriveTogether(stage, ['{"n":1}', '{"n":2}', '{"n":3}']);
    await around.deliveryWith(together, 'DeliveryAttemptFailed');
    await first.stop();
    await around.notifier();
    const [attempt] = attemptsOf(await around.handled(together));
    const [{ text = '' } = {}, ...others] = consumedBy(stage);
    expect(others).toEqual([]);
    expect([hash('sha256', text), attempt?.template]).toEqual([attempt?.textSha256, 2]);
    const tokens = text.matchAll(/^(\d) GET http:\/\/mission-control\.test\/api\/v1\/read\/(.+)$/gm);
    const read = await Promise.all(
      [...tokens].map(async ([, n, token = '']) => [n, await readLinkOf(around.keyring, token)]),
    );
    const { webhookId, agentId } = stage;
    const expiresAt = attempt?.readLink?.expiresAt;
    expect(read).toEqual(
      payloads.map(({ payloadId }, n) => [`${n + 1}`, { webhookId, payloadId, agentId, expiresAt }]),
    );
  });

  it('have the text of the template with which the attempt began', async () => {
    const { together } = await around.arriveTogether(stage, ['{"n":1}', '{"n":2}']);
    const { boardId, webhookId, gatewayId, agentId, sessionKey } = stage;
    const template = coalescedTemplates.get(1);
    const arrivals = (await around.scene.facts(streams.payloads(webhookId))).flatMap((event) =>
      isEvent(event, 'WebhookPayloadReceived') ? event.data : [],
    );
    const entries = arrivals.flatMap((payload, index) => {
      const of = { payload, eventType: payloadEventType(payload), fields: [] };
      return template?.entry(of, { index, total: arrivals.length }) ?? [];
    });
    const [boardName = ''] = (await around.scene.facts(streams.board(boardId))).flatMap((event) =>
      isEvent(event, 'BoardCreated') ? event.data.name : [],
    );
    const baseUrl = 'http://mission-control.test';
    const text = template?.message({
      ...{ boardId, webhookId, instruction: 'Triage it.', baseUrl, entries, removed: 0 },
      ...{ boardName, readLinks: new Map() },
    });
    await around.scene.append(streams.delivery(together.id), {
      type: 'DeliveryAttempted',
      data: {
        ...{ payloadId: together.id, boardId, webhookId, deliveryId: together.id },
        ...{ arrivalRevision: 0, coalescedRevision: 0, agentId, gatewayId, sessionKey },
        ...{ idempotencyKey: together.id, revisions: { board: 2, webhook: 0, agent: 0, gateway: 0 } },
        ...{ template: 1, baseUrl, textSha256: hash('sha256', text ?? '') },
      },
    });
    await around.notifier({ READ_LINK_SECONDS: '600' });
    expect(attemptsOf(await around.handled(together))).toHaveLength(1);
    expect(consumedBy(stage).map((message) => message.text)).toEqual([text]);
  });

  it('fail when all of them are removed', async () => {
    const { together, payloads } = await around.arriveTogether(stage, ['{"n":1}', '{"n":2}']);
    for (const { payloadId } of payloads) await around.store.tombstone(streams.delivery(payloadId));
    await around.notifier();
    const [failed] = await around.deliveryWith(together, 'DeliveryFailed');
    expect(failed?.data).toMatchObject({ reason: 'payload_expired' });
  });

  it('are parked together, and told together when they resume', async () => {
    const { boardId } = stage;
    await around.scene.append(streams.board(boardId), {
      type: 'BoardLeadChanged',
      data: { boardId, leadAgentId: null },
    });
    const { together, payloads } = await around.arriveTogether(stage, ['{"n":1}', '{"n":2}']);
    await around.notifier();
    const [parked] = await around.deliveryWith(together, 'DeliveryParked');
    expect(parked?.data).toMatchObject({ coalescedRevision: 0, reason: 'no_agent' });
    await around.scene.append(streams.board(boardId), {
      type: 'BoardLeadChanged',
      data: { boardId, leadAgentId: stage.agentId },
    });
    const request = await around.scene.append(streams.delivery(together.id), {
      type: 'RedeliveryRequested',
      data: {
        ...{ payloadId: together.id, boardId, webhookId: stage.webhookId },
        ...{ arrivalRevision: 0, coalescedRevision: 0, agentId: null, reason: 'resumed' },
      },
    });
    await around.refer(stage, request, together.id, 'RedeliveryRequested');
    await around.handled(together);
    const [{ text = '', idempotencyKey = '' } = {}] = consumedBy(stage);
    expect(idempotencyKey).toBe(request.id);
    for (const { payloadId } of payloads) expect(text).toContain(payloadId);
  });
});
