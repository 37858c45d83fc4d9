import { type DomainEvent, isEvent, streams } from '@mission-control/contracts';
import type { Scene, ScenePayload } from '@mission-control/test-scene';
import { waitFor } from '@mission-control/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { useRelaysOnServers } from '../testing/relays-on-servers.spec-support.ts';

/** Ahead of the clock, so that no minute of a test passes while it runs. */
const begins = Date.now() + 3_600_000;
const at = (seconds: number) => ({ occurredAt: new Date(begins + seconds * 1000).toISOString() });

describe('a webhook that may tell its agent only so often', () => {
  const servers = useRelaysOnServers();
  const { start, collect, webhookWith } = servers;
  let scene: Scene;
  beforeAll(() => {
    scene = servers.scene;
  });

  type Webhook = Awaited<ReturnType<typeof webhookWith>>;
  const arrive = async (webhook: Webhook, ...seconds: number[]) => {
    const payloads: ScenePayload[] = [];
    for (const second of seconds) payloads.push(await scene.arrival(webhook, at(second)));
    return payloads as [ScenePayload, ScenePayload, ScenePayload];
  };
  const deliveries = (payloadId: string): Promise<DomainEvent[]> => scene.facts(streams.delivery(payloadId));
  const reasonOf = async ({ payloadId }: ScenePayload) => {
    const [first] = await deliveries(payloadId);
    return first && isEvent(first, 'DeliveryFiltered') ? first.data.reason : null;
  };
  const told = (webhook: Webhook, { payloadId, id }: ScenePayload) =>
    scene.append(streams.delivery(payloadId), {
      type: 'AgentTold',
      data: {
        ...{ ...webhook, payloadId, deliveryId: id },
        ...{ agentId: payloadId, sessionKey: 's', runId: null, attempt: 1 },
      },
    });

  it('tells it of the first payloads of a minute, filters the others, and goes on when the minute has passed', async () => {
    const webhook = await webhookWith({ maxToldPerMinute: 3 });
    const eventIds = await collect(webhook);
    const relay = await start();
    const [one, two, three] = await arrive(webhook, 0, 1, 2);
    const [four, five, later] = await arrive(webhook, 3, 59, 60);
    await waitFor(() => eventIds().includes(later.id));
    expect(eventIds()).toEqual([one.id, two.id, three.id, later.id]);
    for (const payload of [four, five]) await waitFor(() => reasonOf(payload));
    expect(await deliveries(four.payloadId)).toMatchObject([
      {
        type: 'DeliveryFiltered',
        data: {
          ...{ ...webhook, payloadId: four.payloadId, deliveryId: four.id },
          ...{ arrivalRevision: 3, webhookRevision: 0, reason: 'told_too_often' },
        },
        metadata: { schemaVersion: 2, actor: { kind: 'service', id: 'relay' }, causationId: four.id },
      },
    ]);
    expect(await reasonOf(five)).toBe('told_too_often');
    expect(await relay.metric('mission_control_relay_filtered_total')).toBe(2);
    await waitFor(async () => (await relay.metric('mission_control_relay_told_often')) === 1);
    const often = relay.logged.filter((line) => line.includes('a webhook tells its agent too often'));
    expect(often).toHaveLength(1);
  });

  it('tells it of a filtered payload that is redelivered, which does not count', async () => {
    const webhook = await webhookWith({ maxToldPerMinute: 1 });
    const eventIds = await collect(webhook);
    await start();
    const [first, second] = await arrive(webhook, 0, 1);
    await waitFor(async () => (await reasonOf(second)) === 'told_too_often');
    const request = {
      ...{ ...webhook, payloadId: second.payloadId, arrivalRevision: 1 },
      ...{ agentId: null, reason: 'again' },
    };
    const again = await scene.append(
      streams.delivery(second.payloadId),
      { type: 'RedeliveryRequested', data: request },
      at(30),
    );
    const [third] = await arrive(webhook, 61);
    await waitFor(() => eventIds().includes(third.id));
    expect(eventIds()).toEqual([first.id, again.id, third.id]);
  });

  it('counts the same after the relay was stopped, although all of its payloads had been told', async () => {
    const webhook = await webhookWith({ maxToldPerMinute: 3 });
    const barrier = await webhookWith({});
    const eventIds = await collect(webhook, barrier);
    const relay = await start();
    const before = await arrive(webhook, 0, 1);
    await waitFor(() => before.every(({ id }) => eventIds().includes(id)));
    for (const one of before) await told(webhook, one);
    const [last] = await arrive(barrier, 1);
    await waitFor(() => eventIds().includes(last.id));
    await relay.stop();
    const [third, fourth, later] = await arrive(webhook, 2, 3, 61);
    await start();
    await waitFor(() => eventIds().includes(later.id));
    expect(eventIds()).toContain(third.id);
    expect(eventIds()).not.toContain(fourth.id);
    expect(await waitFor(() => reasonOf(fourth))).toBe('told_too_often');
  });

  it('counts payloads that are told together as one, and filters all of the next ones', async () => {
    const coalesce = { key: null, window_seconds: 3_600, max_wait_seconds: 3_600, max_payloads: 2 };
    const webhook = await webhookWith({ maxToldPerMinute: 1, coalesce });
    await arrive(webhook, 0, 1, 2, 3);
    const eventIds = await collect(webhook);
    await start();
    const groups = await waitFor(async () => {
      const facts = await scene.facts(streams.coalesced(webhook.webhookId));
      return facts.length === 2 && facts;
    });
    const [first, second] = groups as [DomainEvent, DomainEvent];
    await waitFor(async () => (await deliveries(second.id)).length > 0);
    expect(second.data).toMatchObject({ webhookRevision: 0 });
    expect(await deliveries(second.id)).toMatchObject([
      {
        type: 'DeliveryFiltered',
        data: { payloadId: second.id, deliveryId: second.id, arrivalRevision: 2, reason: 'told_too_often' },
      },
    ]);
    await waitFor(() => eventIds().includes(first.id));
    expect(eventIds()).not.toContain(second.id);
  });

  it('is shown when it has no limit, while it tells its agent more than twenty times in a minute', async () => {
    const webhook = await webhookWith({});
    const relay = await start();
    const isLogged = () =>
      relay.logged.some((line) => line.includes('too often') && line.includes(webhook.webhookId));
    await waitFor(
      async () => {
        await Promise.all(Array.from({ length: 30 }, () => scene.arrival(webhook)));
        return isLogged();
      },
      { timeout: 300_000, pause: 1_000 },
    );
    expect(await relay.metric('mission_control_relay_told_often')).toBeGreaterThan(0);
  });
});
