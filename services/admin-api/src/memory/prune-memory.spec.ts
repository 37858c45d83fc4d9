import { type EventData, newRandomId, parseEvent, streams } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { arrive } from '../testing/arrivals.ts';
import { auditorToken, startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
let boardId: string;
let webhookId: string;
beforeAll(async () => {
  api = await startTestAdminApi();
});
afterAll(() => api.stop());
beforeEach(async () => {
  boardId = (await api.create('/api/v1/boards', { name: 'Board' })).id;
  webhookId = (await api.create(`/api/v1/boards/${boardId}/webhooks`, { description: 'x' })).id;
});

const path = () => `/api/v1/boards/${boardId}/memory`;
const prune = (body: object) => api.call('POST', `${path()}/prune`, { body });
const contents = async (): Promise<string[]> =>
  (await api.call('GET', path())).body.items.map((one: { content: string }) => one.content);
const write = (content: string, more: object = {}) => api.create(path(), { content, ...more });
/** Resolves once its entry can be read. */
const receive = async (): Promise<string> => {
  const id = await arrive(api.store, { boardId, webhookId, body: '{}' });
  await waitFor(async () => (await contents()).length === 1);
  return id;
};

describe('pruning board memory', () => {
  it('removes the entries that meet all criteria, and no others', async () => {
    const id = await receive();
    await write('build one', { tags: ['build'] });
    await write('chat', { tags: ['build'], is_chat: true });
    const before = (await write('note')).created_at;
    const dry = await prune({ tag: 'build', dry_run: true });
    expect(dry).toMatchObject({ status: 200, body: { dry_run: true, matching: 2, pruned: 0 } });
    expect(await contents()).toHaveLength(4);

    const done = await prune({ tag: 'build', is_chat: false });
    expect(done.body).toMatchObject({
      ...{ dry_run: false, matching: 1, pruned: 1 },
      remains: [{ where: 'event_store' }, { where: 'agent_session' }, { where: 'backups' }],
    });
    expect(done.headers.get('x-read-model')).toBe('current');
    expect((await contents()).slice(0, 2)).toEqual(['note', 'chat']);

    expect((await prune({ source: 'agent' })).body).toMatchObject({ matching: 0, pruned: 0 });
    expect((await prune({ before, source: 'admin' })).body).toMatchObject({ pruned: 1 });
    expect((await contents())[0]).toBe('note');
    expect((await prune({ source: 'webhook', include_system: true })).body.pruned).toBe(1);
    expect(await contents()).toEqual(['note']);
    const payload = await api.call('GET', `/api/v1/boards/${boardId}/webhooks/${webhookId}/payloads/${id}`);
    expect(payload.status).toBe(200);
    const facts = (await Array.fromAsync(api.store.readStream(streams.memory(boardId)))).map((one) =>
      parseEvent(one),
    );
    const pruned = facts.flatMap(({ type, data }) =>
      type === 'MemoryEntriesPruned' ? [(data as EventData<'MemoryEntriesPruned'>).criteria] : [],
    );
    expect(pruned).toEqual([
      { before: null, tag: 'build', source: null, isChat: false },
      { before, tag: null, source: 'admin', isChat: null },
      { before: null, tag: null, source: 'webhook', isChat: null },
    ]);
  });

  it('spares entries of payloads unless they are asked for', async () => {
    await receive();
    expect((await prune({ before: '2999-01-01' })).body).toMatchObject({ matching: 0 });
    expect((await prune({ before: '2999-01-01', include_system: true })).body).toMatchObject({ pruned: 1 });
  });

  it.each([
    [{}, ''],
    [{ is_chat: true }, ''],
    [{ tag: '' }, 'tag'],
    [{ source: 'other' }, 'source'],
    [{ before: 'yesterday' }, 'before'],
    [{ source: 'webhook' }, 'include_system'],
    [{ tag: 'webhook:x' }, 'include_system'],
    [{ tag: 'payload:x', include_system: false }, 'include_system'],
    [{ tag: 'x', all: true }, 'all'],
  ])('by %j is rejected', async (body, field) => {
    const rejected = await prune(body);
    expect(rejected).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    if (field !== '' && field !== 'all') expect(rejected.body.errors).toMatchObject([{ field }]);
  });

  it('is for admins, on a board that exists', async () => {
    const headers = { authorization: `Bearer ${auditorToken}` };
    const rejected = await api.call('POST', `${path()}/prune`, { headers, body: { tag: 'x' } });
    expect(rejected.status).toBe(403);
    const unknown = await api.call('POST', `/api/v1/boards/${newRandomId()}/memory/prune`, {
      body: { tag: 'x' },
    });
    expect(unknown.status).toBe(404);
  });
});
