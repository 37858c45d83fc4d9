import { newRandomId } from '@mission-control/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
let boardId: string;
beforeAll(async () => {
  api = await startTestAdminApi();
});
afterAll(() => api.stop());
beforeEach(async () => {
  boardId = (await api.create('/api/v1/boards', { name: 'Board' })).id;
});

const me = (token: string) =>
  api.call('GET', '/api/v1/agent/me', { headers: { authorization: '', 'x-agent-token': token } });

describe('agents', () => {
  it('are created, shown, listed, changed and deleted', async () => {
    const { token, ...created } = await api.create('/api/v1/agents', {
      board_id: boardId,
      name: 'Lead',
      is_board_lead: true,
      openclaw_session_id: 'agent:main:lead',
    });
    expect(token).toMatch(/^mca_[\w-]{43}$/);
    expect(created).toEqual({
      id: expect.any(String),
      board_id: boardId,
      name: 'Lead',
      is_board_lead: true,
      openclaw_session_id: 'agent:main:lead',
      created_at: expect.stringMatching(/Z$/),
      updated_at: created.created_at,
    });
    const path = `/api/v1/agents/${created.id}`;
    expect((await api.call('GET', path)).body).toEqual(created);
    expect((await api.call('GET', `/api/v1/agents?board_id=${boardId}`)).body).toMatchObject({
      items: [created],
      total: 1,
    });
    expect((await api.call('GET', `/api/v1/boards/${boardId}`)).body.lead_agent_id).toBe(created.id);

    const body = { name: 'Renamed', openclaw_session_id: null, is_board_lead: false };
    const changed = await api.call('PATCH', path, { body });
    expect(changed).toMatchObject({
      status: 200,
      body: { ...created, ...body, updated_at: expect.any(String) },
    });
    expect((await api.call('GET', path)).body).toEqual(changed.body);

    expect((await api.call('DELETE', path)).body).toEqual({ ok: true });
    expect(await api.call('GET', path)).toMatchObject({ status: 404, body: { code: 'agent_not_found' } });
    expect((await api.call('GET', `/api/v1/agents?board_id=${boardId}`)).body.total).toBe(0);
    expect((await api.call('PATCH', path, { body })).status).toBe(404);
  });

  it('need an existing board', async () => {
    const body = { board_id: newRandomId(), name: 'x' };
    expect(await api.call('POST', '/api/v1/agents', { body })).toMatchObject({
      status: 422,
      body: { code: 'unknown_board' },
    });
  });

  it('are identified by a token that is shown once', async () => {
    const first = await api.create('/api/v1/agents', { board_id: boardId, name: 'x' });
    expect((await me(first.token)).body.id).toBe(first.id);
    const second = await api.create(`/api/v1/agents/${first.id}/token`, {});
    expect(second.token).not.toBe(first.token);
    expect((await me(second.token)).body.id).toBe(first.id);
    expect((await me(first.token)).status).toBe(401);

    const path = `/api/v1/agents/${first.id}`;
    const answers = [
      await api.call('GET', path),
      await api.call('GET', '/api/v1/agents'),
      await api.call('PATCH', path, { body: { name: 'y' } }),
      await me(second.token),
    ];
    for (const { text } of answers) expect(text).not.toMatch(/token|hash|[0-9a-f]{64}/);
    for await (const event of api.store.readAll({})) {
      expect(JSON.stringify(event.data)).not.toContain(first.token);
      expect(JSON.stringify(event.data)).not.toContain(second.token);
    }
    await api.call('DELETE', path);
    expect((await me(second.token)).status).toBe(401);
  });
});

describe('a lead', () => {
  it('is only one of fifty agents that are created at once', async () => {
    const body = { board_id: boardId, name: 'x', is_board_lead: true };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => api.decided('POST', '/api/v1/agents', { body })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(49);
    for (const answer of refused) expect(answer.body.code).toBe('board_has_lead');
    expect((await api.call('GET', `/api/v1/agents?board_id=${boardId}`)).body.total).toBe(1);
  });

  it('is only one of fifty agents that are made lead at once', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 50; n += 1)
      ids.push((await api.create('/api/v1/agents', { board_id: boardId, name: 'x' })).id);
    const body = { is_board_lead: true };
    const answers = await Promise.all(
      ids.map((id) => api.decided('PATCH', `/api/v1/agents/${id}`, { body })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'board_has_lead')).toHaveLength(49);
  });

  it('makes room when it steps down or leaves', async () => {
    const lead = { board_id: boardId, name: 'x', is_board_lead: true };
    const first = await api.create('/api/v1/agents', lead);
    await api.call('PATCH', `/api/v1/agents/${first.id}`, { body: { is_board_lead: false } });
    const second = await api.create('/api/v1/agents', lead);
    await api.call('DELETE', `/api/v1/agents/${second.id}`);
    expect((await api.create('/api/v1/agents', lead)).is_board_lead).toBe(true);
  });
});
