import {
  type AgentFact,
  asEvent,
  type BoardFact,
  type BoardSlugFact,
  newRandomId,
  streams,
  type WebhookFact,
} from '@mission-control/contracts';
import type { RecordedEvent } from '@mission-control/event-store';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
beforeAll(async () => {
  api = await startTestAdminApi();
});
afterAll(() => api.stop());

const statuses = (answers: readonly { status: number }[]): Record<number, number> => {
  const counted: Record<number, number> = {};
  for (const { status } of answers) counted[status] = (counted[status] ?? 0) + 1;
  return counted;
};

describe('boards', () => {
  it('are created, shown, listed, changed and deleted', async () => {
    const gateway = await api.create('/api/v1/gateways', { name: 'G', url: 'ws://127.0.0.1:1' });
    const created = await api.create('/api/v1/boards', {
      name: '  Customer Success ',
      description: 'a\nb',
      gateway_id: gateway.id,
    });
    expect(created).toEqual({
      id: expect.any(String),
      name: 'Customer Success',
      slug: 'customer-success',
      description: 'a\nb',
      gateway_id: gateway.id,
      lead_agent_id: null,
      created_at: expect.stringMatching(/Z$/),
      updated_at: created.created_at,
    });
    const path = `/api/v1/boards/${created.id}`;
    expect((await api.call('GET', path)).body).toEqual(created);
    const list = (await api.call('GET', '/api/v1/boards?limit=1')).body;
    expect(list).toMatchObject({ items: [created], limit: 1, offset: 0 });

    const changed = await api.call('PATCH', path, { body: { slug: 'success', gateway_id: null } });
    expect(changed.body).toEqual({
      ...created,
      slug: 'success',
      gateway_id: null,
      updated_at: changed.body.updated_at,
    });
    expect((await api.call('GET', path)).body).toEqual(changed.body);

    expect((await api.call('DELETE', path)).body).toEqual({ ok: true });
    for (const method of ['GET', 'DELETE']) {
      expect(await api.call(method, path)).toMatchObject({ status: 404, body: { code: 'board_not_found' } });
    }
  });

  it('need an existing OpenClaw gateway', async () => {
    const body = { name: 'x', gateway_id: newRandomId() };
    const refused = { status: 422, body: { code: 'unknown_gateway' } };
    expect(await api.call('POST', '/api/v1/boards', { body })).toMatchObject(refused);
  });

  it('with the same name get different slugs', async () => {
    const one = await api.create('/api/v1/boards', { name: 'Café déjà vu!' });
    const other = await api.create('/api/v1/boards', { name: 'Café déjà vu!' });
    expect(one.slug).toBe('cafe-deja-vu');
    expect(other.slug).toBe(`cafe-deja-vu-${other.id.slice(0, 8)}`);
    expect((await api.create('/api/v1/boards', { name: '日本' })).slug).toBe('board');
  });

  it('are listed page by page with cursors, each once', async () => {
    const made = new Set<string>();
    for (let i = 0; i < 5; i += 1) made.add((await api.create('/api/v1/boards', { name: `Walk ${i}` })).id);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor && `&cursor=${cursor}`;
      const { body } = await api.call('GET', `/api/v1/boards?limit=2${query}`);
      seen.push(...body.items.map((item: { id: string }) => item.id));
      cursor = body.next_cursor;
    }
    expect(seen.length).toBe(new Set(seen).size);
    expect([...made].every((id) => seen.includes(id))).toBe(true);
  });
});

describe('a slug', () => {
  it('goes to one of fifty boards that want it at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        api.call('POST', '/api/v1/boards', { body: { name: `Board ${i}`, slug: 'wanted' } }),
      ),
    );
    expect(statuses(answers)).toEqual({ 201: 1, 409: 49 });
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('slug_taken');
  });

  it('is free again once its board is renamed or deleted', async () => {
    const first = await api.create('/api/v1/boards', { name: 'First', slug: 'passed-on' });
    await api.call('PATCH', `/api/v1/boards/${first.id}`, { body: { slug: 'passed-on-2' } });
    const second = await api.create('/api/v1/boards', { name: 'Second', slug: 'passed-on' });
    expect(
      await api.call('PATCH', `/api/v1/boards/${first.id}`, { body: { slug: 'passed-on' } }),
    ).toMatchObject({ status: 409, body: { code: 'slug_taken' } });
    await api.call('DELETE', `/api/v1/boards/${second.id}`);
    expect((await api.create('/api/v1/boards', { name: 'Third', slug: 'passed-on' })).slug).toBe('passed-on');
  });

  it('of a rejected change stays free', async () => {
    const board = await api.create('/api/v1/boards', { name: 'Refused' });
    const body = { slug: 'not-kept', gateway_id: newRandomId() };
    expect((await api.call('PATCH', `/api/v1/boards/${board.id}`, { body })).status).toBe(422);
    expect((await api.call('PATCH', `/api/v1/boards/${newRandomId()}`, { body })).status).toBe(404);
    await api.create('/api/v1/boards', { name: 'x', slug: 'not-kept' });
  });

  it('survives many concurrent renames back and forth', async () => {
    const board = await api.create('/api/v1/boards', { name: 'To and fro', slug: 'to' });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        api.call('PATCH', `/api/v1/boards/${board.id}`, { body: { slug: i % 2 ? 'to' : 'fro' } }),
      ),
    );
    expect(statuses(answers)).toEqual({ 200: 20 });
    const { slug } = (await api.call('GET', `/api/v1/boards/${board.id}`)).body;
    const other = slug === 'to' ? 'fro' : 'to';
    expect((await api.call('POST', '/api/v1/boards', { body: { name: 'x', slug } })).status).toBe(409);
    expect((await api.call('POST', '/api/v1/boards', { body: { name: 'x', slug: other } })).status).toBe(201);
  });
});

const context = {
  actor: { kind: 'service', id: 'test' },
  correlationId: 'test',
  causationId: null,
} as const;

const append = async (stream: string, fact: AgentFact | BoardFact | BoardSlugFact | WebhookFact) => {
  const event = asEvent(fact, { ...context, occurredAt: new Date().toISOString() });
  expect(await api.store.append(stream, 'any', [event])).toMatchObject({ ok: true });
};

const eventsOf = async (stream: string): Promise<RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const event of api.store.readStream(stream)) events.push(event);
  return events;
};

/** Runs `work` as if this much time had passed. The store's own clock does not change. */
const later = async <T>(ms: number, work: () => Promise<T>): Promise<T> => {
  const now = Date.now;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + ms);
  try {
    return await work();
  } finally {
    vi.restoreAllMocks();
  }
};
const aMinute = 61_000;

describe('after a crash', () => {
  it('a reservation without a board is taken over after a minute, and its board can no longer be created', async () => {
    const lost = newRandomId();
    await append(streams.boardSlug('left'), {
      type: 'BoardSlugReserved',
      data: { slug: 'left', boardId: lost },
    });
    const create = () => api.call('POST', '/api/v1/boards', { body: { name: 'Heir', slug: 'left' } });
    expect((await create()).status).toBe(409);
    expect((await later(aMinute, create)).status).toBe(201);
    expect((await eventsOf(streams.board(lost))).map(({ type }) => type)).toEqual(['BoardDeleted']);
  });

  it('a reservation for a rename that never happened is taken over', async () => {
    const board = await api.create('/api/v1/boards', { name: 'Wanted another' });
    const data = { slug: 'another', boardId: board.id };
    await append(streams.boardSlug('another'), { type: 'BoardSlugReserved', data });
    const create = () => api.call('POST', '/api/v1/boards', { body: { name: 'Heir', slug: 'another' } });
    expect((await later(aMinute, create)).status).toBe(201);
    const rename = await api.call('PATCH', `/api/v1/boards/${board.id}`, { body: { slug: 'another' } });
    expect(rename.body.code).toBe('slug_taken');
  });

  it('a slug in use is never taken over', async () => {
    await api.create('/api/v1/boards', { name: 'Old', slug: 'in-use' });
    const create = () => api.call('POST', '/api/v1/boards', { body: { name: 'x', slug: 'in-use' } });
    expect((await later(aMinute, create)).status).toBe(409);
  });

  it('deleted members block nothing before they are removed from their board', async () => {
    const board = await api.create('/api/v1/boards', { name: 'Ghosts' });
    const data = { boardId: board.id };
    const [agentId, webhookId] = [newRandomId(), newRandomId()];
    await append(streams.board(board.id), {
      type: 'AgentAddedToBoard',
      data: { ...data, agentId, isLead: true },
    });
    await append(streams.board(board.id), { type: 'WebhookAddedToBoard', data: { ...data, webhookId } });
    const lead = { board_id: board.id, name: 'Lead', is_board_lead: true };
    const createLead = () => api.call('POST', '/api/v1/agents', { body: lead });
    const remove = () => api.call('DELETE', `/api/v1/boards/${board.id}`);
    expect((await createLead()).status).toBe(409);
    await append(streams.agent(agentId), { type: 'AgentDeleted', data: { ...data, agentId } });
    const created = await createLead();
    expect(created.status).toBe(201);
    await api.call('DELETE', `/api/v1/agents/${created.body.id}`);
    expect((await remove()).status).toBe(409);
    const deleted = { ...data, webhookId, cleanupMemory: false };
    await append(streams.webhook(webhookId), { type: 'WebhookDeleted', data: deleted });
    expect((await remove()).status).toBe(200);
  });
});

describe('a board that has agents or webhooks', () => {
  it('cannot be deleted', async () => {
    const board = await api.create('/api/v1/boards', { name: 'Busy' });
    const agent = await api.create('/api/v1/agents', { board_id: board.id, name: 'A' });
    const refused = { status: 409, body: { code: 'board_not_empty' } };
    expect(await api.call('DELETE', `/api/v1/boards/${board.id}`)).toMatchObject(refused);
    await api.call('DELETE', `/api/v1/agents/${agent.id}`);
    const webhooks = `/api/v1/boards/${board.id}/webhooks`;
    const webhook = await api.create(webhooks, { description: 'x' });
    expect(await api.call('DELETE', `/api/v1/boards/${board.id}`)).toMatchObject(refused);
    await api.call('DELETE', `${webhooks}/${webhook.id}`);
    expect((await api.call('DELETE', `/api/v1/boards/${board.id}`)).status).toBe(200);
  });

  it('is never deleted by a request that races with a new webhook', async () => {
    const boards = await Promise.all(
      Array.from({ length: 25 }, (_, i) => api.create('/api/v1/boards', { name: `Race ${i}` })),
    );
    await Promise.all(
      boards.map(async ({ id }, i) => {
        const add = () => api.call('POST', `/api/v1/boards/${id}/webhooks`, { body: { description: 'x' } });
        const remove = () => api.call('DELETE', `/api/v1/boards/${id}`);
        const [first, second] = await Promise.all(i % 2 ? [add(), remove()] : [remove(), add()]);
        const [added, removed] = i % 2 ? [first, second] : [second, first];
        expect([
          [201, 409],
          [404, 200],
        ]).toContainEqual([added?.status, removed?.status]);
        expect((await api.call('GET', `/api/v1/boards/${id}`)).status).toBe(
          removed?.status === 200 ? 404 : 200,
        );
      }),
    );
  });
});
