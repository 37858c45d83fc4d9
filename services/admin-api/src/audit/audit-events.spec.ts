import { readdirSync, readFileSync } from 'node:fs';
import { newRandomId } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive, deliver } from '../testing/arrivals.ts';
import { auditorToken, startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';
import { redactedData } from './redacted.ts';

interface Listed {
  readonly id: string;
  readonly type: string;
  readonly position: string;
  readonly recorded_at: string;
  readonly correlation_id: string;
}

let api: TestAdminApi;
beforeAll(async () => {
  api = await startTestAdminApi();
});
afterAll(() => api.stop());

const asAuditor = { headers: { authorization: `Bearer ${auditorToken}` } };

const read = (path: string) => api.call('GET', path, asAuditor);

const all = async (query: string): Promise<Listed[]> => {
  const items: Listed[] = [];
  for (let cursor = ''; ; ) {
    const { status, body } = await read(`/api/v1/audit/events?limit=7${query}${cursor}`);
    expect(status).toBe(200);
    items.push(...body.items);
    if (body.next_cursor === null) return items;
    cursor = `&cursor=${body.next_cursor}`;
  }
};

const secret = 'a secret that nobody may read';
const scene = async (requestId: string) => {
  const headers = { 'x-request-id': requestId };
  const gateway = await api.create('/api/v1/gateways', {
    name: 'G',
    url: 'ws://127.0.0.1:1',
    token: 'gateway-token',
  });
  const board = await api.create('/api/v1/boards', { name: 'Board', gateway_id: gateway.id });
  const agent = await api.create('/api/v1/agents', { board_id: board.id, name: 'Ada', is_board_lead: true });
  const created = await api.call('POST', `/api/v1/boards/${board.id}/webhooks`, {
    body: { description: 'First', secret },
    headers,
  });
  const webhook = created.body;
  const of = { boardId: board.id, webhookId: webhook.id };
  const payloadId = await arrive(api.store, { ...of, body: '{"content": "only in the body"}' });
  const delivery = { ...of, payloadId, deliveryId: newRandomId() };
  await deliver(
    api.store,
    { type: 'DeliveryParked', data: { ...delivery, arrivalRevision: 0, reason: 'no_agent' } },
    new Date().toISOString(),
  );
  return {
    gateway,
    board,
    agent,
    webhook,
    payloadId,
    path: `/api/v1/boards/${board.id}/webhooks/${webhook.id}`,
  };
};

describe('the list of events', () => {
  it('is in log order, filtered, page by page, without content and secrets', async () => {
    const { board, webhook, agent, gateway, payloadId, path } = await scene('audit-1');
    await api.call('PATCH', path, {
      body: { description: 'Second' },
      headers: { 'x-request-id': 'audit-2' },
    });
    const everything = await all('');
    const positions = everything.map(({ position }) => BigInt(position.split(':')[1] ?? ''));
    expect(positions).toEqual(positions.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(everything.map(({ id }) => id)).size).toBe(everything.length);
    expect(JSON.stringify(everything)).not.toMatch(/only in the body|First|secret that|192\.0\.2\.1/);

    const types = async (query: string) => (await all(query)).map(({ type }) => type);
    expect(await types(`&stream=webhook-${webhook.id}`)).toEqual(['WebhookCreated', 'WebhookUpdated']);
    expect(await types(`&stream=payloads-${webhook.id}`)).toEqual(['WebhookPayloadReceived']);
    expect(await types(`&stream=delivery-${payloadId}`)).toEqual(['DeliveryParked']);
    expect(await types('&correlation_id=audit-1')).toEqual(['WebhookAddedToBoard', 'WebhookCreated']);
    expect(await types('&correlation_id=audit-2&type=WebhookUpdated&actor=admin:root')).toEqual([
      'WebhookUpdated',
    ]);
    expect(await types('&correlation_id=audit-2&actor=service')).toEqual([]);
    expect(await types(`&resource=payload:${payloadId}`)).toEqual([
      'WebhookPayloadReceived',
      'DeliveryParked',
    ]);
    expect(await types(`&resource=webhook:${webhook.id}&actor=sender`)).toEqual([
      'WebhookPayloadReceived',
      'DeliveryParked',
    ]);
    expect(await types(`&resource=agent:${agent.id}`)).toEqual(['AgentAddedToBoard', 'AgentCreated']);
    expect(await types(`&resource=gateway:${gateway.id}`)).toEqual([
      'OpenclawGatewayCreated',
      'BoardCreated',
    ]);
    expect((await types(`&resource=board:${board.id}`)).toSorted()).toEqual([
      'AgentAddedToBoard',
      'AgentCreated',
      'BoardCreated',
      'BoardSlugReserved',
      'DeliveryParked',
      'WebhookAddedToBoard',
      'WebhookCreated',
      'WebhookPayloadReceived',
      'WebhookUpdated',
    ]);

    const [created, updated] = await all(`&stream=webhook-${webhook.id}`);
    const stream = `&stream=webhook-${webhook.id}`;
    expect(await all(`${stream}&after=${created?.position}`)).toEqual([updated]);
    expect(await all(`${stream}&before=${updated?.position}`)).toEqual([created]);
    expect(await all(`${stream}&since=${updated?.recorded_at}`)).toEqual([updated]);
    expect((await all(`${stream}&until=${updated?.recorded_at}`)).includes(updated as Listed)).toBe(false);
  });

  it('rejects filters that mean nothing', async () => {
    for (const query of [
      'actor=root',
      'actor=admin:',
      'resource=webhook',
      'resource=user:x',
      'after=7',
      'cursor=x',
      'offset=1',
      'since=x',
    ])
      expect([query, (await read(`/api/v1/audit/events?${query}`)).status]).toEqual([query, 422]);
    const other = await read(`/api/v1/audit/events?after=${newRandomId()}:1`);
    expect(other.body.code).toBe('position_in_another_log');
  });

  it('has everything that was recorded before the request, or says that the index is behind', async () => {
    const slow = await startTestAdminApi({}, { readModelsMs: 50 });
    try {
      const board = await slow.create('/api/v1/boards', { name: 'Indexed' });
      const head = async () => (await slow.store.head())?.position;
      const last = async () => (await slow.call('GET', '/api/v1/audit/events')).body.items.at(-1)?.position;
      await waitFor(async () => (await last())?.endsWith(`:${await head()}`) === true);
      await slow.stopProjections();
      await slow.create('/api/v1/boards', { name: 'Not indexed' });
      expect((await slow.call('GET', '/api/v1/audit/events?limit=1')).body.items).toHaveLength(1);
      for (const path of [
        ...['/api/v1/audit/events', `/api/v1/audit/events/${newRandomId()}`],
        ...[`/api/v1/audit/trail/board/${board.id}`, `/api/v1/boards?as_of=${new Date().toISOString()}`],
      ]) {
        const { status, body, headers } = await slow.call('GET', path);
        expect([path, status, body.code, headers.get('retry-after')]).toEqual([
          ...[path, 503, 'audit_index_behind', '5'],
        ]);
      }
    } finally {
      await slow.stop();
    }
  });

  it('no longer has the payloads of a deleted webhook', async () => {
    const { webhook, payloadId, path } = await scene('audit-3');
    const [arrival] = await all(`&resource=payload:${payloadId}`);
    await api.call('DELETE', path);
    expect(await all(`&resource=payload:${payloadId}`)).toEqual([]);
    expect((await all(`&resource=webhook:${webhook.id}`)).at(-1)?.type).toBe('WebhookDeleted');
    expect((await read(`/api/v1/audit/events/${arrival?.id}`)).status).toBe(404);
  });
});

describe('one event', () => {
  it('is shown with its data, without secrets and bodies', async () => {
    const { webhook, payloadId } = await scene('audit-4');
    const [created] = await all(`&stream=webhook-${webhook.id}`);
    const shown = await read(`/api/v1/audit/events/${created?.id}`);
    expect(shown.body).toMatchObject({ ...created, data: { description: 'First', secret: '[redacted]' } });
    const [arrival] = await all(`&resource=payload:${payloadId}`);
    const arrived = await read(`/api/v1/audit/events/${arrival?.id}`);
    expect(arrived.body.data).toMatchObject({ payloadId, size: 31, sha256: expect.any(String) });
    expect(arrived.text).not.toContain('only in the body');
    expect((await read(`/api/v1/audit/events/${newRandomId()}`)).status).toBe(404);
    expect((await read('/api/v1/audit/events/x')).status).toBe(404);
  });

  it('that the log has hidden meanwhile is gone', async () => {
    const { payloadId } = await scene('audit-5');
    const [, parked] = await all(`&resource=payload:${payloadId}`);
    await api.store.tombstone(`delivery-${payloadId}`);
    expect(await read(`/api/v1/audit/events/${parked?.id}`)).toMatchObject({
      status: 410,
      body: { code: 'event_gone' },
    });
  });

  it('has no encrypted secret and no digest of a token, whatever its type', () => {
    const golden = new URL('../../../../packages/contracts/src/golden/', import.meta.url);
    let secrets = 0;
    for (const file of readdirSync(golden).filter((name) => name.endsWith('.json'))) {
      const samples = JSON.parse(readFileSync(new URL(file, golden), 'utf8'));
      for (const sample of Array.isArray(samples) ? samples : [samples]) {
        const { data } = sample as { data?: object };
        if (!data) continue;
        secrets +=
          JSON.stringify(data).match(
            /"(secret|token|tokenHash|wrappedKey|privateKey)":"(?!current|previous)/g,
          )?.length ?? 0;
        const text = JSON.stringify(redactedData(data));
        expect(text).not.toMatch(/"[\w-]+\.[\w-]*\.[\w-]+\.[\w-]*\.[\w-]+"/);
        expect(text).not.toMatch(
          /"(secret|token|tokenHash|wrappedKey|privateKey)":"(?!\[redacted\]|current|previous)/,
        );
      }
    }
    expect(secrets).toBeGreaterThan(5);
  });
});

describe('the trail', () => {
  const trail = async (kind: string, id: string) =>
    (await read(`/api/v1/audit/trail/${kind}/${id}`)).body.items as Listed[];
  const types = (items: Listed[]) => items.map(({ type }) => type);

  it('of a payload has its arrival and its deliveries', async () => {
    const { payloadId } = await scene('audit-6');
    expect(types(await trail('payload', payloadId)).slice(0, 2)).toContain('WebhookPayloadReceived');
  });

  it('of a webhook has what the same requests did elsewhere', async () => {
    const { webhook, path } = await scene('audit-7');
    await api.call('DELETE', path, { headers: { 'x-request-id': 'audit-8' } });
    const items = await trail('webhook', webhook.id);
    expect(types(items).slice(0, 3)).toEqual(['WebhookAddedToBoard', 'WebhookCreated', 'WebhookDeleted']);
    const positions = items.map(({ position }) => BigInt(position.split(':')[1] ?? ''));
    expect(positions).toEqual(positions.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(items.map(({ correlation_id }) => correlation_id))).toEqual(
      new Set(['audit-7', 'audit-8']),
    );
  });

  it('exists for boards, agents and OpenClaw gateways, and not for anything else', async () => {
    const { board, agent, gateway } = await scene('audit-9');
    expect(types(await trail('board', board.id))).toContain('BoardCreated');
    expect(types(await trail('agent', agent.id))).toEqual(['AgentAddedToBoard', 'AgentCreated']);
    expect(types(await trail('gateway', gateway.id))).toEqual(['OpenclawGatewayCreated']);
    for (const path of [`user/${board.id}`, `board/${newRandomId()}`, 'board/x', `payload/${newRandomId()}`])
      expect([path, (await read(`/api/v1/audit/trail/${path}`)).status]).toEqual([path, 404]);
  });
});
