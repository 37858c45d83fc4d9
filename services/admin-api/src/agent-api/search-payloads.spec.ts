import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive } from '../testing/arrivals.ts';
import { startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
let boardId: string;
let token: string;
let webhookIds: string[];
let payloadIds: string[];
beforeAll(async () => {
  api = await startTestAdminApi();
  boardId = (await api.create('/api/v1/boards', { name: 'Board' })).id;
  token = (await api.create('/api/v1/agents', { board_id: boardId, name: 'Ada' })).token;
  const webhooks = `/api/v1/boards/${boardId}/webhooks`;
  webhookIds = [];
  payloadIds = [];
  for (const event_type of ['scheme', 'body:/kind']) {
    const webhookId: string = (await api.create(webhooks, { description: 'x', event_type })).id;
    webhookIds.push(webhookId);
    for (const n of [1, 2]) {
      const body = JSON.stringify({ kind: 'order.paid', action: 'sent', n, long: 'x'.repeat(600) });
      const receivedAt = new Date(Date.UTC(2026, 2, 5, 12, n, webhookIds.length)).toISOString();
      payloadIds.push(await arrive(api.store, { boardId, webhookId, body, receivedAt }));
    }
    const last = `${webhooks}/${webhookId}/payloads/${payloadIds.at(-1)}`;
    await waitFor(async () => (await api.call('GET', last)).status === 200);
  }
  await waitFor(async () => (await api.call('GET', `/api/v1/boards/${boardId}/memory`)).body.total === 4);
});
afterAll(() => api.stop());

const asAgent = (path: string) =>
  api.call('GET', `/api/v1/agent/boards/${path}`, { headers: { authorization: '', 'x-agent-token': token } });
const search = async (query = '') => {
  const { status, body } = await asAgent(`${boardId}/payloads?${query}`);
  expect(status).toBe(200);
  return body.items.map(({ id }: { id: string }) => payloadIds.indexOf(id) + 1);
};

describe('an agent', () => {
  it('finds the payloads of its board by event type, webhook, time and text', async () => {
    expect(await search()).toEqual([4, 2, 3, 1]);
    expect(await search('event_type=push.sent')).toEqual([2, 1]);
    expect(await search('event_type=order.*')).toEqual([4, 3]);
    expect(await search(`webhook_id=${webhookIds[0]}`)).toEqual([2, 1]);
    expect(await search('since=2026-03-05T12:02:00Z')).toEqual([4, 2]);
    expect(await search('until=2026-03-05T12:02:00Z&q=ORDER.paid')).toEqual([3, 1]);
    expect(await search('event_type=nothing')).toEqual([]);
  });

  it('reads them page by page, each with its beginning', async () => {
    const first = await asAgent(`${boardId}/payloads?limit=3`);
    expect(first.body).toMatchObject({ total: null, limit: 3, items: [{ truncated: true }, {}, {}] });
    expect(first.body.items[0].payload).toHaveLength(500);
    expect(first.body.items[0]).toMatchObject({ event_type: 'order.paid', sender: 'GitHub' });
    const rest = await asAgent(`${boardId}/payloads?max_chars=10000&cursor=${first.body.next_cursor}`);
    expect(rest.body).toMatchObject({
      items: [{ id: payloadIds[0], payload: { n: 1 }, truncated: false }],
      next_cursor: null,
    });
  });

  it('finds entries of board memory by event type, tag, time and text', async () => {
    const memory = async (query: string) => {
      const { body } = await asAgent(`${boardId}/memory?${query}`);
      expect(body.total).toBe(query === '' ? 4 : null);
      return body.items.map(
        ({ tags }: { tags: string[] }) => payloadIds.findIndex((id) => tags.includes(`payload:${id}`)) + 1,
      );
    };
    expect(await memory('')).toEqual([4, 2, 3, 1]);
    expect(await memory('event_type=order.paid')).toEqual([4, 3]);
    expect(await memory('event_type=push.*&until=2026-03-05T12:02:00Z')).toEqual([1]);
    expect(await memory(`tag=${encodeURIComponent('event:push.sent')}&since=2026-03-05T12:02:00Z`)).toEqual([
      2,
    ]);
    expect(await memory(`q=${payloadIds[2]}`)).toEqual([3]);
  });

  it('finds nothing of another board', async () => {
    const other = (await api.create('/api/v1/boards', { name: 'Other' })).id;
    for (const list of ['payloads', 'memory']) expect((await asAgent(`${other}/${list}`)).status).toBe(404);
    const webhookId = (await api.create(`/api/v1/boards/${other}/webhooks`, { description: 'x' })).id;
    const id = await arrive(api.store, { boardId: other, webhookId, body: '{"secret":"x"}' });
    await waitFor(
      async () =>
        (await api.call('GET', `/api/v1/boards/${other}/webhooks/${webhookId}/payloads/${id}`)).status ===
        200,
    );
    expect(await search(`webhook_id=${webhookId}`)).toEqual([]);
    expect(await search('q=secret')).toEqual([]);
  });

  it('is told what is wrong with its search', async () => {
    for (const query of ['limit=51', 'max_chars=0', 'since=yesterday', 'webhook_id=x', 'colour=red', 'q='])
      expect([query, (await asAgent(`${boardId}/payloads?${query}`)).status]).toEqual([query, 422]);
  });
});

describe('an admin', () => {
  it('finds the payloads of a webhook by event type, and sees it wherever the payload is shown', async () => {
    const payloads = `/api/v1/boards/${boardId}/webhooks/${webhookIds[1]}/payloads`;
    const list = await api.call('GET', `${payloads}?event_type=order.paid&limit=1`);
    expect(list.body).toMatchObject({
      items: [{ id: payloadIds[3], event_type: 'order.paid' }],
      total: null,
    });
    expect((await api.call('GET', `${payloads}?event_type=push`)).body.items).toEqual([]);
    const timeline = await api.call('GET', `${payloads}/${payloadIds[3]}/timeline`);
    expect(timeline.body).toMatchObject({ event_type: 'order.paid', sender: 'GitHub' });
    const head = await api.store.head();
    const asOf = `${head?.incarnation}:${head?.position}`;
    const past = await api.call('GET', `${payloads}/${payloadIds[3]}?as_of=${asOf}`);
    expect(past).toMatchObject({ status: 200, body: { event_type: 'order.paid', sender: 'GitHub' } });
  });
});
