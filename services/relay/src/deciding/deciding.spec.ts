import { StoredCheckpoint } from '@mission-control/aggregates';
import { type DomainEvent, isEvent, streams } from '@mission-control/contracts';
import { openEventStore } from '@mission-control/event-store';
import { Scene, type ScenePayload } from '@mission-control/test-scene';
import { createTestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { useRelaysOnServers } from '../testing/relays-on-servers.spec-support.ts';
import { startTestRelay } from '../testing/test-relay.ts';

/** A window that closes only when it is full. */
const together = { window_seconds: 3_600, max_wait_seconds: 3_600, max_payloads: 100 };

const by = (login: string) => JSON.stringify({ sender: { login } });

describe('the rules of a webhook', () => {
  const servers = useRelaysOnServers();
  const { start, collect, webhookWith } = servers;
  let scene: Scene;
  beforeAll(() => {
    scene = servers.scene;
  });

  const quiet = { ignoreActors: ['release-bot', 'ada'] };
  const deliveries = (payload: ScenePayload): Promise<DomainEvent[]> =>
    scene.facts(streams.delivery(payload.payloadId));

  it('keep agents from being told of what an ignored actor did, and say so', async () => {
    const webhook = await webhookWith(quiet);
    const eventIds = await collect(webhook);
    const relay = await start();
    const payloads: ScenePayload[] = [];
    for (const login of ['ada', 'grace', 'release-bot', 'linus'])
      payloads.push(await scene.arrival(webhook, { body: by(login) }));
    const [ada, grace, bot, linus] = payloads as [ScenePayload, ScenePayload, ScenePayload, ScenePayload];
    await waitFor(() => eventIds().includes(linus.id));
    expect(eventIds()).toEqual([grace.id, linus.id]);
    expect(await deliveries(ada)).toMatchObject([
      {
        type: 'DeliveryFiltered',
        data: {
          ...webhook,
          payloadId: ada.payloadId,
          deliveryId: ada.id,
          arrivalRevision: 0,
          webhookRevision: 0,
          reason: 'ignored_actor',
        },
        metadata: { actor: { kind: 'service', id: 'relay' }, causationId: ada.id },
      },
    ]);
    expect((await deliveries(bot)).map(({ type }) => type)).toEqual(['DeliveryFiltered']);
    expect(await relay.metric('mission_control_relay_filtered_total')).toBe(2);
  });

  it('tell agents only of payloads for which notify_when is true, or has no result, and say which', async () => {
    const webhook = await webhookWith({ notifyWhen: 'body.merged && event_type == ""' });
    const eventIds = await collect(webhook);
    const relay = await start();
    const [merged, open, without, last] = [
      await scene.arrival(webhook, { body: '{"merged":true}' }),
      await scene.arrival(webhook, { body: '{"merged":false}' }),
      await scene.arrival(webhook, { body: '{"note":"</exec>"}' }),
      await scene.arrival(webhook, { body: '{"merged":true}' }),
    ] as const;
    await waitFor(() => eventIds().includes(last.id));
    expect(eventIds()).toEqual([merged.id, without.id, last.id]);
    expect(await deliveries(merged)).toEqual([]);
    expect(await deliveries(open)).toMatchObject([
      { type: 'DeliveryFiltered', data: { deliveryId: open.id, webhookRevision: 0, reason: 'notify_when' } },
    ]);
    expect(await deliveries(without)).toMatchObject([
      {
        type: 'DeliveryFilterFailed',
        data: { deliveryId: without.id, code: 'error', detail: expect.stringContaining('merged') },
      },
    ]);
    await relay.stop();
    const again = await start();
    const later = await scene.arrival(webhook, { body: '{"merged":true}' });
    await waitFor(() => eventIds().includes(later.id));
    expect(await deliveries(without)).toHaveLength(1);
    expect(await again.metric('mission_control_relay_filter_duration_seconds_count')).toBeGreaterThan(0);
  });

  it('of one webhook do not keep others from being told, however slow they are', async () => {
    const numbers = JSON.stringify({ n: Array.from({ length: 3_000 }, (_, n) => n) });
    const slow = await webhookWith({ notifyWhen: 'body.n.all(a, body.n.all(b, a + b >= 0))' });
    const quick = await webhookWith({ notifyWhen: 'body.n != 1' });
    const eventIds = await collect(slow, quick);
    const relay = await start();
    const bad: ScenePayload[] = [];
    for (let n = 0; n < 2; n += 1) bad.push(await scene.arrival(slow, { body: numbers }));
    const good = await scene.arrival(quick, { body: '{"n":2}' });
    await waitFor(() => eventIds().includes(good.id) && bad.every(({ id }) => eventIds().includes(id)));
    const codes = (await Promise.all(bad.map(deliveries))).map(
      ([event]) => event && isEvent(event, 'DeliveryFilterFailed') && event.data.code,
    );
    expect(codes).toEqual(['timeout', 'timeout']);
    expect(await relay.metric('mission_control_relay_filter_failures_total')).toBe(2);
  });

  it('of hostile admins are ended, and stop no delivery of another webhook', async () => {
    const n = JSON.stringify(Array.from({ length: 3_000 }, (_, index) => index));
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const body = `{"n":${n},"s":"${'a'.repeat(100_000)}","deep":${deep}}`;
    const bad = await Promise.all(
      [
        { notifyWhen: 'body.n.exists(a, body.s.matches("(((a?){9}){9}){9}[bc]$"))' },
        { notifyWhen: 'body.n.map(a, body.n.map(b, [a, b])).size() < 0' },
        { notifyWhen: 'body.n.map(a, body.s + string(a)).all(t, t + t != t)' },
        { notifyWhen: 'body.deep == body.deep && body.n.all(a, body.n.all(b, a + b >= 0))' },
        { coalesce: { ...together, key: 'body.n.all(a, body.n.all(b, a + b >= 0))' } },
      ].map((rules) => webhookWith(rules)),
    );
    const quick = await webhookWith({ notifyWhen: 'body.n == 1' });
    const plain = await webhookWith({});
    const eventIds = await collect(...bad, quick, plain);
    const relay = await start();
    const told: ScenePayload[] = [];
    const failed: ScenePayload[] = [];
    for (let round = 0; round < 2; round += 1) {
      for (const webhook of bad) failed.push(await scene.arrival(webhook, { body }));
      told.push(await scene.arrival(quick, { body: '{"n":1}' }), await scene.arrival(plain));
    }
    await waitFor(() => [...told, ...failed].every(({ id }) => eventIds().includes(id)));
    for (const payload of told) expect(await deliveries(payload)).toEqual([]);
    const codes = (await Promise.all(failed.map(deliveries))).map(
      ([event]) => event && isEvent(event, 'DeliveryFilterFailed') && event.data.code,
    );
    expect(codes).toEqual(failed.map(() => expect.stringMatching(/^(?:timeout|memory|error|suspended)$/)));
    expect(codes).toContain('timeout');
    expect(await relay.ready()).toBe(true);
  });

  it('are those of the revision at receipt', async () => {
    const webhook = await webhookWith(quiet);
    await scene.append(streams.webhook(webhook.webhookId), {
      type: 'WebhookUpdated',
      data: { ...webhook, ignoreActors: [] },
    });
    const before = await scene.arrival(webhook, { body: by('ada') });
    const after = await scene.arrival(webhook, { body: by('ada'), webhookRevision: 1 });
    const eventIds = await collect(webhook);
    await start();
    await waitFor(() => eventIds().includes(after.id));
    await waitFor(async () => (await deliveries(before)).length === 1);
    expect(eventIds()).not.toContain(before.id);
    expect(await deliveries(after)).toEqual([]);
  });

  it('decide once, however often the relay starts', async () => {
    const webhook = await webhookWith(quiet);
    const arrivals: ScenePayload[] = [];
    for (let n = 0; n < 30; n += 1) arrivals.push(await scene.arrival(webhook, { body: by('ada') }));
    const eventIds = await collect(webhook);
    for (let n = 0; n < 2; n += 1) {
      const relay = await start();
      const next = await scene.arrival(webhook, { body: by('grace') });
      await waitFor(() => eventIds().includes(next.id));
      await relay.stop();
    }
    for (const arrival of arrivals) expect(await deliveries(arrival)).toHaveLength(1);
  });

  it('do not hold back the low-water mark', async () => {
    const fresh = await createTestDatabase();
    onTestFinished(fresh.drop);
    const other = await openEventStore(fresh.url);
    onTestFinished(() => other.close());
    const there = new Scene(other);
    const boardId = await there.board();
    const webhook = { boardId, webhookId: await there.webhook(boardId, { rules: quiet }) };
    const relay = await startTestRelay(fresh.url, servers.natsUrl);
    onTestFinished(relay.stop);
    const arrival = await there.arrival(webhook, { body: by('ada') });
    await waitFor(async () => {
      const { checkpoint } = await StoredCheckpoint.load(other, 'relay');
      return checkpoint !== null && checkpoint.position >= arrival.position;
    });
  });

  it('keep the order of a board, and do not decide about redeliveries', async () => {
    const plain = await webhookWith({});
    const webhook = await webhookWith(quiet, plain.boardId);
    const eventIds = await collect(webhook);
    await start();
    const published: ScenePayload[] = [];
    const filtered: ScenePayload[] = [];
    for (let n = 0; n < 60; n += 1) {
      const login = n % 3 === 0 ? 'ada' : 'grace';
      const arrival = await scene.arrival(n % 2 ? webhook : plain, { body: by(login) });
      if (n % 2 && login === 'ada') filtered.push(arrival);
      else published.push(arrival);
    }
    const [first] = filtered as [ScenePayload];
    await waitFor(async () => (await deliveries(first)).length === 1);
    const again = await scene.append(streams.delivery(first.payloadId), {
      type: 'RedeliveryRequested',
      data: { ...webhook, payloadId: first.payloadId, arrivalRevision: 0, agentId: null, reason: 'again' },
    });
    await waitFor(() => eventIds().includes(again.id));
    const expected = [...published, again];
    expect(eventIds()).toEqual(expected.map(({ id }) => id));
    for (const one of filtered)
      expect((await deliveries(one)).some((event) => isEvent(event, 'DeliveryFiltered'))).toBe(true);
  });

  it('do not change the order of boards while they are not known yet', async () => {
    const [changedOften, other] = [await webhookWith({}), await webhookWith({})];
    const changes = 1_500;
    const stream = streams.webhook(changedOften.webhookId);
    const change = { type: 'WebhookUpdated', data: { ...changedOften, description: 'Again.' } } as const;
    await Promise.all(Array.from({ length: changes }, () => scene.append(stream, change)));
    const eventIds = await collect(changedOften, other);
    await start();
    const first = await scene.arrival(changedOften, { webhookRevision: changes });
    const second = await scene.arrival(other);
    await waitFor(() => eventIds().length === 2);
    expect(eventIds()).toEqual([first.id, second.id]);
  });

  it('leave a delivery alone that has begun already', async () => {
    const webhook = await webhookWith(quiet);
    const begun = await scene.arrival(webhook, { body: by('ada') });
    const { payloadId, id: deliveryId } = begun;
    await scene.append(streams.delivery(payloadId), {
      type: 'DeliveryAttempted',
      data: {
        ...{
          ...webhook,
          payloadId,
          deliveryId,
          arrivalRevision: 0,
          agentId: payloadId,
          gatewayId: payloadId,
        },
        ...{ sessionKey: 's', idempotencyKey: deliveryId, template: 1, baseUrl: 'http://x' },
        revisions: { board: 0, webhook: 0, agent: 0, gateway: 0 },
        textSha256: 'b'.repeat(64),
      },
    });
    const eventIds = await collect(webhook);
    await start();
    await waitFor(() => eventIds().includes(begun.id));
    expect(await deliveries(begun)).toHaveLength(1);
  });
});
