import { newRandomId } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { arrive } from '../testing/arrivals.ts';
import {
  auditorToken,
  type CallOptions,
  startTestAdminApi,
  type TestAdminApi,
} from '../testing/test-admin-api.ts';

let api: TestAdminApi;
let boardId: string;
let token: string;
beforeAll(async () => {
  api = await startTestAdminApi();
});
afterAll(() => api.stop());
beforeEach(async () => {
  boardId = (await api.create('/api/v1/boards', { name: 'Board' })).id;
  token = (await api.create('/api/v1/agents', { board_id: boardId, name: 'Agent' })).token;
});

const asAgent = (method: string, path: string, { body }: CallOptions = {}) =>
  api.call(method, path, { body, headers: { authorization: '', 'x-agent-token': token } });

describe('board memory', () => {
  it('is written and read by admins and by the agents of the board', async () => {
    const byAdmin = await api.create(`/api/v1/boards/${boardId}/memory`, {
      content: 'one',
      tags: ['a', 'a', 'b'],
    });
    expect(byAdmin).toEqual({
      id: expect.any(String),
      board_id: boardId,
      content: 'one',
      tags: ['a', 'b'],
      source: 'admin',
      is_chat: false,
      note: null,
      created_at: expect.stringMatching(/Z$/),
    });
    const path = `/api/v1/agent/boards/${boardId}/memory`;
    const byAgent = await asAgent('POST', path, { body: { content: 'two', is_chat: true } });
    expect(byAgent).toMatchObject({ status: 201, body: { source: 'agent', is_chat: true, tags: [] } });
    expect(byAgent.headers.get('x-read-model')).toBe('current');

    const both = { items: [byAgent.body, byAdmin], total: 2, limit: 50, offset: 0, next_cursor: null };
    expect((await asAgent('GET', path)).body).toEqual(both);
    expect((await api.call('GET', `/api/v1/boards/${boardId}/memory`)).body).toEqual(both);
    expect((await asAgent('GET', `${path}?is_chat=false`)).body).toMatchObject({
      items: [byAdmin],
      total: 1,
    });
    expect((await asAgent('GET', `${path}?is_chat=true&limit=1`)).body.items).toEqual([byAgent.body]);
    expect((await asAgent('GET', `${path}?is_chat=1`)).status).toBe(422);
  });

  it('lets only the system set system tags', async () => {
    for (const tag of ['webhook', 'WebHook', 'webhook:1', 'payload:x', 'event:push', 'delivery:filtered']) {
      const body = { content: 'x', tags: ['fine', tag] };
      const refused = await api.call('POST', `/api/v1/boards/${boardId}/memory`, { body });
      expect(refused).toMatchObject({ status: 422, body: { errors: [{ field: 'tags.1' }] } });
      expect((await asAgent('POST', `/api/v1/agent/boards/${boardId}/memory`, { body })).status).toBe(422);
    }
    const body = { content: 'x', tags: ['webhooks', 'my payload: x'] };
    expect((await api.call('POST', `/api/v1/boards/${boardId}/memory`, { body })).status).toBe(201);
  });

  it('can be followed as it is written, and resumed after a break', async () => {
    const path = `/api/v1/boards/${boardId}/memory`;
    const follow = async (query = '', headers: Record<string, string> = {}) => {
      const stopping = new AbortController();
      const response = await fetch(`${api.url}${path}/stream${query}`, {
        headers: { authorization: `Bearer ${auditorToken}`, ...headers },
        signal: stopping.signal,
      });
      expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      let text = '';
      const reading = (async () => {
        for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
      })().catch(() => {});
      return {
        until: (wanted: RegExp) => waitFor(() => wanted.test(text) && text),
        stop: () => {
          stopping.abort();
          return reading;
        },
      };
    };
    const before = await api.create(path, { content: 'before' });
    const all = await follow();
    const chat = await follow('?is_chat=true');
    const first = await api.create(path, { content: 'first' });
    const said = await api.create(path, { content: 'said', is_chat: true });
    const seen = await all.until(new RegExp(said.id));
    expect(seen).toContain(`event: memory\ndata: ${JSON.stringify({ memory: first })}\n\n`);
    expect(seen).not.toContain(before.id);
    expect(await chat.until(new RegExp(said.id))).not.toContain(first.id);
    await Promise.all([all.stop(), chat.stop()]);

    const [, id = ''] = /id: (\d+)/.exec(seen) ?? [];
    const again = await follow('', { 'last-event-id': id });
    expect(await again.until(new RegExp(said.id))).not.toContain(first.id);
    await again.stop();
  });

  it('has a stream whose HEAD ends at once and counts as no follower', async () => {
    const path = `/api/v1/boards/${boardId}/memory/stream`;
    for (let n = 0; n < 201; n += 1) {
      const head = await api.call('HEAD', path);
      expect([head.status, head.headers.get('content-type')]).toEqual([
        200,
        'text/event-stream; charset=utf-8',
      ]);
    }
    const stopping = new AbortController();
    const response = await fetch(`${api.url}${path}`, {
      headers: { authorization: `Bearer ${auditorToken}` },
      signal: stopping.signal,
    });
    expect(response.status).toBe(200);
    stopping.abort();
  });

  it('of an unknown board is not found', async () => {
    const path = `/api/v1/boards/${newRandomId()}/memory`;
    expect((await api.call('GET', path)).status).toBe(404);
    expect((await api.call('GET', `${path}/stream`)).status).toBe(404);
    expect((await api.call('POST', path, { body: { content: 'x' } })).status).toBe(404);
  });
});

describe('an agent', () => {
  it('sees only its own board', async () => {
    const other = (await api.create('/api/v1/boards', { name: 'Other' })).id;
    for (const [method, body] of [['GET'], ['POST', { content: 'x' }]] as const) {
      const answer = await asAgent(method, `/api/v1/agent/boards/${other}/memory`, { body });
      expect(answer).toMatchObject({ status: 404, body: { code: 'board_not_found' } });
    }
    expect((await asAgent('GET', '/api/v1/agent/me')).body).toMatchObject({
      board_id: boardId,
      name: 'Agent',
    });
  });

  it('has no access without its token, and no admin access with it', async () => {
    const headers = { authorization: '' };
    for (const wrong of [
      headers,
      { ...headers, 'x-agent-token': `${token}x` },
      { authorization: `Bearer ${token}` },
    ]) {
      expect((await api.call('GET', '/api/v1/agent/me', { headers: wrong })).status).toBe(401);
    }
    expect((await asAgent('GET', `/api/v1/boards/${boardId}/memory`)).status).toBe(401);
  });

  it('reads a payload in full, or its beginning', async () => {
    const webhookId = (await api.create(`/api/v1/boards/${boardId}/webhooks`, { description: 'x' })).id;
    const body = '{"n":1.10,"smile":"😀"}';
    const id = await arrive(api.store, { boardId, webhookId, body });
    const path = `/api/v1/agent/boards/${boardId}/webhooks/${webhookId}/payloads/${id}`;
    await waitFor(async () => (await asAgent('GET', path)).status === 200);
    const whole = await asAgent('GET', path);
    expect(whole.text).toContain(`"payload":${body},`);
    expect(whole.body).toMatchObject({ id, truncated: false });
    expect((await asAgent('GET', `${path}?max_chars=23`)).body).toMatchObject({ truncated: false });
    expect((await asAgent('GET', `${path}?max_chars=20`)).body).toMatchObject({
      payload: '{"n":1.10,"smile":"',
      truncated: true,
    });
    expect((await asAgent('GET', `${path}?max_chars=5`)).body.payload).toBe('{"n":');
    expect((await asAgent('GET', `${path}?max_chars=0`)).status).toBe(422);
    const other = (await api.create('/api/v1/boards', { name: 'Other' })).id;
    expect((await asAgent('GET', path.replace(boardId, other))).status).toBe(404);
  });
});
