import { asEvent, type EventData, newRandomId, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { startEventStoreDbFake, waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive, deliver } from '../testing/arrivals.ts';
import { auditorToken, startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

const stores = [
  { name: 'Postgres', start: async () => ({ url: undefined, stop: async () => {} }) },
  { name: 'EventStoreDB (fake server)', start: () => startEventStoreDbFake() },
];

const context = (service: string) => ({
  occurredAt: new Date().toISOString(),
  actor: { kind: 'service', id: service } as const,
  correlationId: newRandomId(),
  causationId: null,
});

/** Appends what the steward appends when the retention of payloads has ended. */
const expire = async (store: EventStore, data: EventData<'WebhookPayloadsExpired'>): Promise<void> => {
  await store.append(streams.removals(data.webhookId), 'any', [
    asEvent({ type: 'WebhookPayloadsExpired', data }, context('steward')),
  ]);
};

describe.each(stores)('as of a point of the log, on $name', ({ start }) => {
  let api: TestAdminApi;
  let server: { url: string | undefined; stop: () => Promise<void> };
  beforeAll(async () => {
    server = await start();
    api = await startTestAdminApi({ EVENTSTORE_URL: server.url });
  });
  afterAll(async () => {
    await api.stop();
    await server.stop();
  });

  const get = (path: string, as_of?: string) =>
    api.call('GET', as_of === undefined ? path : `${path}?as_of=${encodeURIComponent(as_of)}`);
  /** The position of the last event so far. */
  const here = async (): Promise<string> => {
    const head = await api.store.head();
    if (!head) throw new Error('The log is empty.');
    return `${head.incarnation}:${head.position}`;
  };
  const scene = async () => {
    const gateway = await api.create('/api/v1/gateways', {
      name: 'Home',
      url: 'ws://127.0.0.1:1',
      token: 'the-token',
    });
    const board = await api.create('/api/v1/boards', { name: 'Board', gateway_id: gateway.id });
    const agent = await api.create('/api/v1/agents', {
      board_id: board.id,
      name: 'Ada',
      is_board_lead: true,
    });
    const webhooks = `/api/v1/boards/${board.id}/webhooks`;
    const webhook = await api.create(webhooks, { description: 'First', secret: 'a very secret secret' });
    return { gateway, board, agent, webhook, webhooks };
  };
  const paths = ({ gateway, board, agent, webhook, webhooks }: Awaited<ReturnType<typeof scene>>) => ({
    gateway: `/api/v1/gateways/${gateway.id}`,
    board: `/api/v1/boards/${board.id}`,
    agent: `/api/v1/agents/${agent.id}`,
    webhook: `${webhooks}/${webhook.id}`,
  });

  it('a resource is answered as the live query answered then', async () => {
    const all = await scene();
    for (const path of Object.values(paths(all))) {
      const live = (await get(path)).body;
      const then = await here();
      const field = path === paths(all).webhook ? 'description' : 'name';
      expect((await api.call('PATCH', path, { body: { [field]: 'Changed' } })).status).toBe(200);
      const now = await here();
      const answer = await get(path, then);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('x-as-of')).toBe(then);
      if (typeof live.delivery === 'object') live.delivery.waiting = null;
      expect(answer.body).toEqual(live);
      expect((await get(path, now)).body[field]).toBe('Changed');
      expect(answer.text).not.toContain('secret secret');
    }
  });

  it('a time means the last event that was recorded at or before it', async () => {
    const { webhook, webhooks } = await scene();
    const path = `${webhooks}/${webhook.id}`;
    await api.call('PATCH', path, { body: { description: 'Second' } });
    const recorded = await api.store.readEvent(`webhook-${webhook.id}`, 1);
    if (recorded === 'gone') throw new Error('The event is gone.');
    const at = recorded.recordedAt;
    const before = new Date(Date.parse(at) - 1).toISOString();
    expect((await get(path, at)).body).toMatchObject({ description: 'Second', has_secret: true });
    expect((await get(path, before)).body).toMatchObject({ description: 'First' });
    const zoned = `${new Date(Date.parse(at) + 2 * 3_600_000).toISOString().slice(0, -1)}+02:00`;
    expect((await get(path, zoned)).body).toMatchObject({ description: 'Second' });
  });

  it('an OpenClaw gateway is shown with the status that it had, although nothing else has happened since', async () => {
    const { gateway } = await scene();
    const path = `/api/v1/gateways/${gateway.id}`;
    const before = await here();
    const data = { gatewayId: gateway.id, state: 'away', code: 'gateway_unreachable' } as const;
    await api.store.append(streams.openclawGatewayStatus(gateway.id), 'any', [
      asEvent(
        {
          type: 'OpenclawGatewayUnavailable',
          data: { ...data, detail: 'It is away.', pairingRequestId: null },
        },
        context('notifier'),
      ),
    ]);
    const point = await here();
    expect((await get(path, before)).body.delivery.state).not.toBe('away');
    for (const as_of of [point, new Date().toISOString()]) {
      const answer = await get(path, as_of);
      expect(answer.headers.get('x-as-of')).toBe(point);
      expect(answer.body.delivery).toMatchObject({ state: 'away', code: 'gateway_unreachable' });
    }
    const trail = await api.call('GET', `/api/v1/audit/trail/gateway/${gateway.id}`);
    expect(trail.body.items.at(-1)).toMatchObject({ type: 'OpenclawGatewayUnavailable' });
  });

  it('nothing exists before it was created, and what was deleted is gone with the event that deleted it', async () => {
    const before = await here();
    const all = await scene();
    const { webhook, board, agent } = all;
    const then = await here();
    const order = [paths(all).webhook, paths(all).agent];
    for (const path of order) expect((await api.call('DELETE', path)).status).toBe(200);
    expect((await api.call('DELETE', paths(all).board)).status).toBe(200);
    expect((await api.call('DELETE', paths(all).gateway)).status).toBe(200);
    for (const [kind, path] of Object.entries(paths(all))) {
      expect((await get(path)).status).toBe(404);
      expect((await get(path, then)).status).toBe(200);
      expect(await get(path, before)).toMatchObject({ status: 404, body: { code: `${kind}_not_found` } });
      const gone = await get(path, await here());
      expect(gone).toMatchObject({ status: 410, body: { code: `${kind}_deleted` } });
      expect(gone.body.removed_by).toMatchObject({
        type: expect.stringMatching(/Deleted$/),
        actor: { id: 'root' },
      });
    }
    expect((await get(`/api/v1/boards/${newRandomId()}/webhooks/${webhook.id}`, then)).status).toBe(404);
    const agents = await get(`/api/v1/agents?board_id=${board.id}&limit=1`);
    expect(agents.body.items).toEqual([]);
    const old = await api.call('GET', `/api/v1/agents?board_id=${board.id}&as_of=${then}`);
    expect(old.body).toMatchObject({ total: 1, items: [{ id: agent.id, is_board_lead: true }] });
  });

  it('a list has what existed then, newest first, page by page', async () => {
    const { board, webhooks, webhook } = await scene();
    const ids = [webhook.id];
    for (const description of ['b', 'c', 'd']) ids.unshift((await api.create(webhooks, { description })).id);
    const live = (await get(webhooks)).body;
    const then = await here();
    await api.call('DELETE', `${webhooks}/${ids[1]}`);
    await api.call('PATCH', `${webhooks}/${ids[2]}`, { body: { description: 'later' } });
    await api.create(webhooks, { description: 'e' });
    expect((await get(webhooks, then)).body).toEqual(live);
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const page = (await api.call('GET', `${webhooks}?as_of=${then}&limit=3${cursor}`)).body;
      expect(page.total).toBe(4);
      seen.push(...page.items.map(({ id }: { id: string }) => id));
      if (page.next_cursor === null) break;
      cursor = `&cursor=${page.next_cursor}`;
    }
    expect(seen).toEqual(ids);
    for (const path of ['/api/v1/boards', '/api/v1/agents', '/api/v1/gateways']) {
      const listed = await api.call('GET', `${path}?as_of=${then}&limit=200`);
      expect(listed.status).toBe(200);
      expect(listed.body.items.length).toBe(listed.body.total);
    }
    expect((await get(`/api/v1/boards/${newRandomId()}/webhooks`, then)).status).toBe(404);
    expect((await api.call('DELETE', `/api/v1/boards/${board.id}`)).status).toBe(409);
  });

  it('a payload shows its status then, and the configuration that was in force when it arrived', async () => {
    const { board, webhook, webhooks, gateway, agent } = await scene();
    const of = { boardId: board.id, webhookId: webhook.id };
    const before = await here();
    const payloadId = await arrive(api.store, { ...of, body: '{"n": 1.10}' });
    const path = `${webhooks}/${webhook.id}/payloads/${payloadId}`;
    const arrived = await here();
    const stored = (await get(path)).body;
    await api.call('PATCH', `${webhooks}/${webhook.id}`, { body: { description: 'Changed' } });
    const delivery = { ...of, payloadId, deliveryId: newRandomId() };
    const sent = { agentId: agent.id, gatewayId: gateway.id, sessionKey: 'main', idempotencyKey: 'key' };
    const message = { ...sent, runId: null, attempt: 1, sentAgain: false };
    const at = new Date().toISOString();
    await deliver(
      api.store,
      { type: 'MessageConfirmed', data: { ...delivery, ...message, evidence: 'history' } },
      at,
    );
    const told = await here();
    await deliver(
      api.store,
      { type: 'DeliveryParked', data: { ...delivery, arrivalRevision: 0, reason: 'no_agent' } },
      at,
    );

    const then = await get(path, arrived);
    expect(then.body).toEqual(stored);
    expect(then.text).toContain('1.10');
    expect((await get(path, told)).body).toMatchObject({ status: 'told', status_since: at });
    expect((await get(path, await here())).body).toMatchObject({
      status: 'parked',
      status_reason: 'no_agent',
    });
    expect(await get(path, before)).toMatchObject({ status: 404, body: { code: 'payload_not_found' } });

    for (const query of ['?include=webhook_at_receipt', `?include=webhook_at_receipt&as_of=${told}`]) {
      const { webhook_at_receipt: shown } = (await get(`${path}${query}`)).body;
      expect(shown).toMatchObject({ description: 'First', has_secret: true, id: webhook.id });
      expect(Object.keys(shown)).toEqual(Object.keys((await get(`${webhooks}/${webhook.id}`)).body));
    }
    expect((await get(`${path}?include=other`)).status).toBe(422);

    await api.call('DELETE', `${webhooks}/${webhook.id}`);
    await api.store.tombstone(`payloads-${webhook.id}`);
    expect(await get(path, arrived)).toMatchObject({
      status: 410,
      body: { code: 'payload_gone', removed_by: { type: 'WebhookDeleted' } },
    });
  });

  it('a payload that was removed is gone as of any date, with the event that removed it', async () => {
    const { board, webhook, webhooks } = await scene();
    const of = { boardId: board.id, webhookId: webhook.id };
    const content = 'only in the body of what is removed';
    const before = await here();
    const deletedId = await arrive(api.store, { ...of, body: content });
    const expiredId = await arrive(api.store, { ...of, body: content });
    const keptId = await arrive(api.store, { ...of, body: content });
    const path = (payloadId: string) => `${webhooks}/${webhook.id}/payloads/${payloadId}`;
    const then = await here();
    for (const id of [deletedId, expiredId, keptId])
      expect(await get(path(id), then)).toMatchObject({ status: 200, body: { id } });
    const arrivals = await api.call(
      'GET',
      `/api/v1/audit/events?resource=webhook:${webhook.id}&actor=sender`,
    );
    expect(arrivals.body.items).toHaveLength(3);

    expect((await api.call('DELETE', path(deletedId))).status).toBe(200);
    await expire(api.store, { ...of, upToRevision: 1, payloadIds: [expiredId] });
    const removedBy = { [deletedId]: 'WebhookPayloadDeleted', [expiredId]: 'WebhookPayloadsExpired' };
    // The streams still have everything: the steward is not running.
    for (const [id, type] of Object.entries(removedBy)) {
      for (const url of [
        ...[before, then, await here()].map((as_of) => `${path(id)}?as_of=${as_of}`),
        `${path(id)}?as_of=${then}&include=webhook_at_receipt`,
        `${path(id)}/history`,
      ]) {
        const answer = await api.call('GET', url);
        expect(answer, url).toMatchObject({
          status: 410,
          body: { code: 'payload_gone', removed_by: { type } },
        });
        expect(answer.text).not.toContain(content);
      }
      const trail = await api.call('GET', `/api/v1/audit/trail/payload/${id}`);
      expect(trail.body.items).toMatchObject([{ type }]);
    }
    for (const { id, payload_id } of arrivals.body.items) {
      const answer = await api.call('GET', `/api/v1/audit/events/${id}`);
      expect(answer.status).toBe(payload_id === keptId ? 200 : 404);
    }
    // Later arrivals do not bring it back.
    await arrive(api.store, { ...of, payloadId: deletedId, body: content });
    expect((await get(path(deletedId), await here())).status).toBe(410);
    expect(await get(path(keptId), await here())).toMatchObject({ status: 200, body: { id: keptId } });
    const elsewhere = `${webhooks.replace(board.id, newRandomId())}/${webhook.id}/payloads/${deletedId}`;
    expect((await get(elsewhere, then)).status).toBe(404);
  });

  it('an entry of board memory that was pruned is not shown with the event that added it', async () => {
    const { board } = await scene();
    const memory = `/api/v1/boards/${board.id}/memory`;
    const content = 'only in the pruned entry';
    await api.create(memory, { content, tags: ['old'] });
    const added = async () => {
      const query = `stream=memory-${board.id}&type=MemoryEntryAdded`;
      return (await api.call('GET', `/api/v1/audit/events?${query}`)).body.items[0]?.id as string | undefined;
    };
    await waitFor(async () => (await added()) !== undefined);
    const path = `/api/v1/audit/events/${await added()}`;
    expect((await api.call('GET', path)).body.data).toMatchObject({ content });
    expect((await api.call('POST', `${memory}/prune`, { body: { tag: 'old' } })).body.pruned).toBe(1);
    const gone = await api.call('GET', path);
    expect(gone).toMatchObject({
      status: 410,
      body: { code: 'event_gone', removed_by: { type: 'MemoryEntriesPruned' } },
    });
    expect(gone.text).not.toContain(content);
  });

  it('is rejected where there is no such point', async () => {
    const { board } = await scene();
    const path = `/api/v1/boards/${board.id}`;
    const [incarnation = '', position = ''] = (await here()).split(':');
    for (const [as_of, code] of [
      ['yesterday', 'validation_failed'],
      ['2026-13-01', 'validation_failed'],
      [`${incarnation}`, 'validation_failed'],
      [`${incarnation}:-1`, 'validation_failed'],
      [`${incarnation}:1e3`, 'validation_failed'],
      [position, 'validation_failed'],
      [new Date(Date.now() + 3_600_000).toISOString(), 'as_of_in_future'],
      [`${incarnation}:${BigInt(position) + 1_000_000n}`, 'as_of_in_future'],
      ['2001-01-01', 'as_of_before_first_event'],
      [`${newRandomId()}:${position}`, 'position_in_another_log'],
    ] as const) {
      for (const url of [path, '/api/v1/boards', '/api/v1/agents', '/api/v1/gateways', `${path}/webhooks`]) {
        const answer = await get(url, as_of);
        expect([as_of, answer.status, answer.body.code]).toEqual([as_of, 422, code]);
      }
    }
    expect((await get(path, '')).status).toBe(422);
  });

  it('is answered to auditors', async () => {
    const { board } = await scene();
    const headers = { authorization: `Bearer ${auditorToken}` };
    const path = `/api/v1/boards/${board.id}?as_of=${await here()}`;
    expect((await api.call('GET', path, { headers })).body.id).toBe(board.id);
    expect((await api.call('GET', path, { headers: { authorization: '' } })).status).toBe(401);
  });
});
