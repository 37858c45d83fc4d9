import { type EventData, newRandomId, parseEvent, streams } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { arrive, type Sent } from '../testing/arrivals.ts';
import { auditorToken, startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
let boardId: string;
let webhookId: string;
let payloads: string;
beforeAll(async () => {
  api = await startTestAdminApi();
});
afterAll(() => api.stop());
beforeEach(async () => {
  boardId = (await api.create('/api/v1/boards', { name: 'Board' })).id;
  webhookId = (await api.create(`/api/v1/boards/${boardId}/webhooks`, { description: 'x' })).id;
  payloads = `/api/v1/boards/${boardId}/webhooks/${webhookId}/payloads`;
});

const receive = async (sent: Partial<Sent> = {}): Promise<string> => {
  const id = await arrive(api.store, { boardId, webhookId, body: '{"findme":1}', ...sent });
  await waitFor(async () => (await api.call('GET', `${payloads}/${id}`)).status === 200);
  return id;
};
const factsOf = async (stream: string) =>
  (await Array.fromAsync(api.store.readStream(stream))).map((recorded) => parseEvent(recorded));
const memory = async (): Promise<string[]> =>
  (await api.call('GET', `/api/v1/boards/${boardId}/memory`)).body.items.map((one: { tags: string[] }) =>
    one.tags[2]?.replace('payload:', ''),
  );

describe('deleting a payload', () => {
  it('removes it from everything that shows it, and says what remains', async () => {
    const id = await receive();
    const other = await receive();
    await waitFor(async () => (await memory()).length === 2);
    const answer = await api.call('DELETE', `${payloads}/${id}`);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        ok: true,
        remains: [
          { where: 'event_store', until: expect.stringMatching(/truncates.*scavenge/s) },
          { where: 'agent_session' },
          { where: 'backups' },
        ],
      },
    });
    expect(answer.headers.get('x-read-model')).toBe('current');
    for (const path of ['', '/raw', '/arrivals/1/raw', '/timeline'])
      expect((await api.call('GET', `${payloads}/${id}${path}`)).status, path).toBe(404);
    const redelivery = await api.call('POST', `${payloads}/${id}/redeliver`, { body: { reason: 'again' } });
    expect(redelivery.status).toBe(404);
    for (const query of ['', '?q=findme'])
      expect((await api.call('GET', `${payloads}${query}`)).body.items).toMatchObject([{ id: other }]);
    expect((await api.call('GET', payloads)).body.total).toBe(1);
    expect(await memory()).toEqual([other]);
  });

  it('ends its outstanding delivery first, with the reason', async () => {
    const id = await receive();
    await api.call('DELETE', `${payloads}/${id}`);
    const [arrival] = await factsOf(streams.payloads(webhookId));
    expect(await factsOf(streams.delivery(id))).toMatchObject([
      {
        type: 'DeliveryFailed',
        data: { deliveryId: arrival?.id, reason: 'payload_deleted' },
        metadata: { actor: { kind: 'admin', id: 'root' } },
      },
    ]);
    expect(await factsOf(streams.removals(webhookId))).toMatchObject([
      { type: 'WebhookPayloadDeleted', data: { webhookId, boardId, payloadId: id, undelivered: true } },
    ]);
  });

  it('has the same response again, and appends nothing more; a later arrival does not bring it back', async () => {
    const id = await receive({ payloadId: newRandomId() });
    const first = await api.call('DELETE', `${payloads}/${id}`);
    await arrive(api.store, { boardId, webhookId, payloadId: id, body: '{}' });
    const again = await api.call('DELETE', `${payloads}/${id}`);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(await factsOf(streams.removals(webhookId))).toHaveLength(1);
    expect((await api.call('GET', `${payloads}/${id}`)).status).toBe(404);
    expect((await api.call('GET', payloads)).body.total).toBe(0);
  });

  it('is for admins, and for the payloads of the board and the webhook in the path', async () => {
    const id = await receive();
    const headers = { authorization: `Bearer ${auditorToken}` };
    expect((await api.call('DELETE', `${payloads}/${id}`, { headers })).status).toBe(403);
    const otherBoard = (await api.create('/api/v1/boards', { name: 'Other' })).id;
    const otherWebhook = (await api.create(`/api/v1/boards/${boardId}/webhooks`, { description: 'y' })).id;
    for (const path of [
      payloads.replace(boardId, otherBoard),
      payloads.replace(webhookId, otherWebhook),
      payloads.replace(webhookId, newRandomId()),
    ])
      expect((await api.call('DELETE', `${path}/${id}`)).status, path).toBe(404);
    expect((await api.call('DELETE', `${payloads}/${newRandomId()}`)).status).toBe(404);
    expect((await api.call('GET', `${payloads}/${id}`)).status).toBe(200);
    expect(await factsOf(streams.removals(webhookId))).toEqual([]);
  });

  it('leaves a request that comes too late with nothing to do', async () => {
    const id = await receive();
    await api.store.tombstone(streams.delivery(id));
    const late = await api.call('POST', `${payloads}/${id}/redeliver`, { body: { reason: 'again' } });
    expect(late).toMatchObject({ status: 404, body: { code: 'removed_meanwhile' } });
  });
});

describe('pruning board memory', () => {
  const path = () => `/api/v1/boards/${boardId}/memory`;
  const prune = (body: object) => api.call('POST', `${path()}/prune`, { body });
  const contents = async (): Promise<string[]> =>
    (await api.call('GET', path())).body.items.map((one: { content: string }) => one.content);
  const write = (content: string, more: object = {}) => api.create(path(), { content, ...more });

  it('removes the entries that meet all criteria, and no others', async () => {
    const id = await receive();
    await waitFor(async () => (await memory()).length === 1);
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
    expect((await api.call('GET', `${payloads}/${id}`)).status).toBe(200);
    const facts = await factsOf(streams.memory(boardId));
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
    await waitFor(async () => (await memory()).length === 1);
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
