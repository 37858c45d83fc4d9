import { newRandomId } from '@mission-control/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive, deliver } from '../testing/arrivals.ts';
import { auditorToken, startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
beforeAll(async () => {
  api = await startTestAdminApi();
});
afterAll(() => api.stop());

const history = async (path: string, query = '') => {
  const answer = await api.call('GET', `${path}/history${query}`, {
    headers: { authorization: `Bearer ${auditorToken}` },
  });
  expect(answer.status).toBe(200);
  return answer.body;
};

const scene = async () => {
  const gateway = await api.create('/api/v1/gateways', {
    name: 'Home',
    url: 'ws://127.0.0.1:1',
    token: 'the-gateway-token',
  });
  const board = await api.create('/api/v1/boards', { name: 'Board', gateway_id: gateway.id });
  const agent = await api.create('/api/v1/agents', { board_id: board.id, name: 'Ada', is_board_lead: true });
  const webhooks = `/api/v1/boards/${board.id}/webhooks`;
  const webhook = await api.create(webhooks, { description: 'First', secret: 'the first secret' });
  return { gateway, board, agent, webhook, path: `${webhooks}/${webhook.id}` };
};

describe('the history', () => {
  it('of a webhook has each change with its actor, before and after, and secrets as set or not', async () => {
    const { path, webhook } = await scene();
    const headers = { 'x-request-id': 'change-1' };
    await api.call('PATCH', path, { body: { description: 'Second', enabled: false }, headers });
    await api.call('POST', `${path}/secret/rotate`, {
      body: { secret: 'the second secret', overlap_seconds: 60 },
    });
    await api.call('PATCH', path, { body: { secret: null } });
    await api.call('DELETE', path);
    const { items, next_cursor } = await history(path);
    expect(next_cursor).toBeNull();
    expect(items.map(({ type }: { type: string }) => type)).toEqual([
      'WebhookDeleted',
      'WebhookUpdated',
      'WebhookSecretRotated',
      'WebhookUpdated',
      'WebhookCreated',
    ]);
    const [deleted, cleared, rotated, updated, created] = items;
    expect(updated).toMatchObject({
      actor: { kind: 'admin', id: 'root' },
      correlation_id: 'change-1',
      reason: null,
      revision: 1,
      before: { description: 'First', enabled: true },
      after: { description: 'Second', enabled: false },
      webhook_id: webhook.id,
    });
    expect(Object.keys(updated.after).toSorted()).toEqual(['description', 'enabled']);
    expect(created).toMatchObject({ before: null, after: { description: 'First', secret: 'set' } });
    expect(rotated).toMatchObject({ before: { secret: 'set' }, after: { secret: 'set' } });
    expect(cleared).toMatchObject({ before: { secret: 'set' }, after: { secret: 'not_set' } });
    expect(deleted).toMatchObject({ before: { description: 'Second' }, after: null });
    expect(JSON.stringify(items)).not.toMatch(/the (first|second) secret|[\w-]{20,}\.\.[\w-]+\./);
    const there = await api.call('GET', `${path}?as_of=${rotated.position}`);
    expect(there.body).toMatchObject({ description: 'Second', has_secret: true });
  });

  it('is read page by page, while more is added', async () => {
    const { path } = await scene();
    for (let n = 0; n < 6; n += 1) await api.call('PATCH', path, { body: { description: `n${n}` } });
    const seen: number[] = [];
    for (let query = '?limit=3'; query !== ''; ) {
      const page = await history(path, query);
      expect(page.items.length).toBeLessThanOrEqual(3);
      seen.push(...page.items.map(({ revision }: { revision: number }) => revision));
      query = page.next_cursor === null ? '' : `?limit=3&cursor=${page.next_cursor}`;
      await api.call('PATCH', path, { body: { description: `later${seen.length}` } });
    }
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0]);
    expect((await api.call('GET', `${path}/history?cursor=x`)).body.code).toBe('invalid_cursor');
    expect((await api.call('GET', `${path}/history?offset=1`)).status).toBe(422);
  });

  it('of a board names what was added and removed, and outlives it', async () => {
    const { board, agent, webhook, path } = await scene();
    await api.call('PATCH', `/api/v1/boards/${board.id}`, { body: { name: 'Renamed' } });
    for (const one of [path, `/api/v1/agents/${agent.id}`, `/api/v1/boards/${board.id}`])
      await api.call('DELETE', one);
    const { items } = await history(`/api/v1/boards/${board.id}`);
    const of = (type: string) => items.find((one: { type: string }) => one.type === type);
    expect(of('AgentAddedToBoard')).toMatchObject({
      agent_id: agent.id,
      before: { lead_agent_id: null },
      after: { lead_agent_id: agent.id },
    });
    expect(of('WebhookAddedToBoard')).toMatchObject({ webhook_id: webhook.id, before: {}, after: {} });
    expect(of('BoardUpdated')).toMatchObject({ before: { name: 'Board' }, after: { name: 'Renamed' } });
    expect(items[0]).toMatchObject({ type: 'BoardDeleted', after: null });
  });

  it('of an agent and of an OpenClaw gateway shows that a token was set, and no token', async () => {
    const { agent, gateway } = await scene();
    await api.call('POST', `/api/v1/agents/${agent.id}/token`);
    const ofAgent = await history(`/api/v1/agents/${agent.id}`);
    expect(ofAgent.items[0]).toMatchObject({
      type: 'AgentTokenIssued',
      before: { token: 'set' },
      after: { token: 'set' },
    });
    expect(JSON.stringify(ofAgent)).not.toMatch(/[0-9a-f]{64}/);
    await api.call('PATCH', `/api/v1/gateways/${gateway.id}`, { body: { token: null } });
    const ofGateway = await history(`/api/v1/gateways/${gateway.id}`);
    expect(ofGateway.items[0]).toMatchObject({ before: { token: 'set' }, after: { token: 'not_set' } });
    expect(JSON.stringify(ofGateway)).not.toContain('the-gateway-token');
  });

  it('of a payload has its arrivals and what became of its deliveries, with the status before and after', async () => {
    const { board, webhook, path } = await scene();
    const of = { boardId: board.id, webhookId: webhook.id };
    const payloadId = await arrive(api.store, { ...of, body: '{"n":1}' });
    const deliveryId = newRandomId();
    const at = new Date().toISOString();
    const parked = { ...of, payloadId, deliveryId, arrivalRevision: 0, reason: 'no_agent' };
    await deliver(api.store, { type: 'DeliveryParked', data: parked }, at);
    await arrive(api.store, { ...of, payloadId, body: '{"n":2}' });
    const url = `${path}/payloads/${payloadId}`;
    expect(
      (await api.call('POST', `${url}/redeliver`, { body: { reason: 'the agent was away' } })).status,
    ).toBeLessThan(300);
    const { items } = await history(url);
    expect(items).toMatchObject([
      { type: 'RedeliveryRequested', reason: 'the agent was away', before: {}, after: {} },
      {
        type: 'WebhookPayloadReceived',
        before: { arrivals: 1, differing_arrivals: 0 },
        after: { arrivals: 2, differing_arrivals: 1 },
      },
      {
        type: 'DeliveryParked',
        delivery_id: deliveryId,
        reason: 'no_agent',
        before: { status: 'stored', status_reason: null },
        after: { status: 'parked', status_reason: 'no_agent' },
      },
      {
        type: 'WebhookPayloadReceived',
        before: null,
        after: { status: 'stored', arrivals: 1 },
        actor: { kind: 'sender' },
      },
    ]);
    await api.call('DELETE', path);
    await api.store.tombstone(`payloads-${webhook.id}`);
    const gone = await api.call('GET', `${url}/history`);
    expect(gone).toMatchObject({
      status: 410,
      body: { code: 'payload_gone', removed_by: { type: 'WebhookDeleted' } },
    });
  });

  it('of what never existed, or is on another board, is not found', async () => {
    const { path, board } = await scene();
    const other = path.replace(board.id, newRandomId());
    for (const url of [
      other,
      `${path}/payloads/${newRandomId()}`,
      `/api/v1/boards/${newRandomId()}`,
      `/api/v1/agents/${newRandomId()}`,
      `/api/v1/gateways/${newRandomId()}`,
    ])
      expect([url, (await api.call('GET', `${url}/history`)).status]).toEqual([url, 404]);
  });
});
