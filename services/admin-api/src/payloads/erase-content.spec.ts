import { type Branch, Branches } from '@mission-control/content-keys';
import { asEvent, type EventData, parseEvent, streams } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { arrive, type Sent } from '../testing/arrivals.ts';
import { auditorToken, startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
let boardId: string;
let webhookId: string;
let payloads: string;
let branch: Branch;
beforeAll(async () => {
  api = await startTestAdminApi({ BACKUPS_KEPT_DAYS: 30, CONTENT_ENCRYPTION: 'on' });
});
afterAll(() => api.stop());
beforeEach(async () => {
  boardId = (await api.create('/api/v1/boards', { name: 'Board' })).id;
  webhookId = (await api.create(`/api/v1/boards/${boardId}/webhooks`, { description: 'x' })).id;
  payloads = `/api/v1/boards/${boardId}/webhooks/${webhookId}/payloads`;
  branch = (await new Branches(api.readable.keys, { max: 1 }).of(webhookId)) as Branch;
});

const receive = async (sent: Partial<Sent> = {}): Promise<string> => {
  const id = await arrive(api.store, { boardId, webhookId, body: '{"findme":1}', branch, ...sent });
  await waitFor(async () => (await api.call('GET', `${payloads}/${id}`)).status === 200);
  return id;
};
const removals = async () =>
  (await Array.fromAsync(api.store.readStream(streams.removals(webhookId)))).map((event) =>
    parseEvent(event),
  );

/** Does what the steward does after the fact. */
const steward = async (erasures: number): Promise<void> => {
  const erased = async () => (await removals()).filter(({ type }) => type === 'WebhookPayloadErased');
  await waitFor(async () => (await erased()).length === erasures);
  const fact = (await erased()).at(-1);
  if (fact?.type !== 'WebhookPayloadErased') throw new Error('There is no erasure.');
  const { payloadId, revisions } = fact.data;
  let keys = 0;
  for (const revision of revisions) {
    const event = (await api.store.readEvent(streams.payloads(webhookId), revision)) as { data: unknown };
    const { body } = event.data as EventData<'WebhookPayloadReceived'>;
    if (body.enc !== 'A256GCM') continue;
    keys += Number(await api.readable.keys.destroyLeaf(body.key, Buffer.from(body.place, 'hex')));
  }
  const ids = { webhookId, boardId, payloadId, erasureId: fact.id };
  const data = { ...ids, erased: keys, unencrypted: keys === 0 ? revisions : [] };
  const context = { occurredAt: new Date().toISOString(), correlationId: 'test', causationId: null };
  const actor = { kind: 'service', id: 'steward' } as const;
  const event = asEvent({ type: 'WebhookPayloadErasureCompleted', data }, { ...context, actor });
  await api.store.append(streams.removals(webhookId), 'any', [event]);
};
const erase = async (id: string, erasures = 1) => {
  const [answer] = await Promise.all([
    api.call('DELETE', `${payloads}/${id}/content?reason=Request+17`),
    steward(erasures),
  ]);
  return answer;
};

describe('erasing the content of a payload', () => {
  it('shows an encrypted payload as any other until then', async () => {
    const id = await receive();
    expect((await api.call('GET', `${payloads}/${id}`)).body).toMatchObject({
      ...{ payload: { findme: 1 }, payload_encoding: 'json', source_ip: '192.0.2.1', encrypted: true },
      request_headers: { 'x-github-event': 'push' },
    });
    expect((await api.call('GET', `${payloads}/${id}/raw`)).text).toBe('{"findme":1}');
    expect((await api.call('GET', `${payloads}?q=findme`)).body.items).toMatchObject([{ id }]);
  });

  it('shows auditors which arrivals are encrypted', async () => {
    const asAuditor = { headers: { authorization: `Bearer ${auditorToken}` } };
    const clear = await receive({ branch: undefined });
    await receive({ payloadId: clear });
    await waitFor(async () => (await api.call('GET', `${payloads}/${clear}`)).body.arrivals === 2);
    const encrypted = await receive();
    const list = (await api.call('GET', payloads, asAuditor)).body.items;
    expect(list).toMatchObject([
      { id: encrypted, encrypted: true },
      { id: clear, encrypted: false },
    ]);
    const { items } = (await api.call('GET', `${payloads}/${clear}/timeline`, asAuditor)).body;
    const arrived = items.filter(({ what }: { what: string }) => what === 'arrived');
    expect(arrived).toMatchObject([{ encrypted: false }, { encrypted: true }]);
    const past = `?as_of=${encodeURIComponent(new Date().toISOString())}`;
    expect((await api.call('GET', `${payloads}/${encrypted}${past}`, asAuditor)).body.encrypted).toBe(true);
  });

  it('leaves what is not content, and says what could not be reached', async () => {
    const id = await receive();
    const other = await receive();
    const before = (await api.call('GET', `${payloads}/${id}`)).body;
    const answer = await erase(id);
    expect(answer).toMatchObject({
      status: 200,
      body: { ok: true, arrivals: 1, completed: true, erasure_id: (await removals())[0]?.id },
    });
    const places = answer.body.remains.map(({ where }: { where: string }) => where);
    expect(places).toEqual(['services', 'database', 'agent_session', 'backups']);
    const gone = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    expect(answer.body.remains[3].until).toContain(gone);

    const after = await api.call('GET', `${payloads}/${id}`);
    expect(after.body).toEqual({
      ...before,
      ...{ event_type: null, sender: null },
      ...{ payload: null, payload_encoding: 'erased', headers: {}, request_headers: {} },
      ...{ source_ip: null, content_type: null, status: 'failed', status_reason: 'content_erased' },
      status_since: after.body.status_since,
    });
    for (const path of ['raw', 'arrivals/1/raw'])
      expect(await api.call('GET', `${payloads}/${id}/${path}`)).toMatchObject({
        status: 410,
        body: { code: 'content_erased' },
      });
    const timeline = (await api.call('GET', `${payloads}/${id}/timeline`)).body;
    expect(timeline.items[0]).toMatchObject({ what: 'arrived', source_ip: null, sha256: before.sha256 });
    const redelivery = await api.call('POST', `${payloads}/${id}/redeliver`, { body: { reason: 'again' } });
    expect(redelivery.status).toBe(410);
    expect((await api.call('GET', `${payloads}?q=findme`)).body.items).toMatchObject([{ id: other }]);
    const memory = (await api.call('GET', `/api/v1/boards/${boardId}/memory`)).body.items;
    expect(memory.map((one: { tags: string[] }) => one.tags[2])).toEqual([`payload:${other}`]);
    expect(await removals()).toMatchObject([
      {
        data: { payloadId: id, reason: 'Request 17', revisions: [0], undelivered: true },
        metadata: { actor: { kind: 'admin', id: 'root' } },
      },
      { data: { payloadId: id, erased: 1, unencrypted: [] } },
    ]);
  });

  it('answers the same when repeated, and erases what has arrived since', async () => {
    const payloadId = await receive();
    const first = await erase(payloadId);
    const repeated = await api.call('DELETE', `${payloads}/${payloadId}/content?reason=again`);
    expect(repeated.body).toMatchObject({ ...first.body, remains: expect.anything() });
    expect(await removals()).toHaveLength(2);

    await arrive(api.store, { boardId, webhookId, body: 'later', payloadId, branch });
    await waitFor(async () => (await api.call('GET', `${payloads}/${payloadId}`)).body.arrivals === 2);
    expect((await api.call('GET', `${payloads}/${payloadId}/arrivals/2/raw`)).status).toBe(410);
    const second = await erase(payloadId, 2);
    expect(second.body).toMatchObject({ arrivals: 2, completed: true });
    expect((await removals()).at(-2)).toMatchObject({ data: { revisions: [1] } });
  });

  it('says that content which was stored in the clear remains in the event store', async () => {
    const id = await arrive(api.store, { boardId, webhookId, body: 'in the clear' });
    await waitFor(async () => (await api.call('GET', `${payloads}/${id}`)).status === 200);
    const { remains } = (await erase(id)).body;
    expect(remains[0]).toMatchObject({ where: 'event_store', what: expect.stringContaining('1 arrival') });
    expect((await api.call('GET', `${payloads}/${id}`)).body).toMatchObject({ payload_encoding: 'erased' });
    expect((await api.call('GET', `${payloads}/${id}/raw`)).status).toBe(410);
  });

  it.each([
    ['encrypted', () => ({})],
    ['stored in the clear', () => ({ branch: undefined })],
  ])('holds for what was %s also as of an earlier time, for the audit and in an export', async (_, sent) => {
    const id = await receive({ body: '{"findme":"in the past"}', ...sent() });
    const arrival = (await api.call('GET', `${payloads}/${id}/timeline`)).body.items.find(
      ({ event_id }: { event_id?: string }) => event_id,
    );
    const path = `${payloads}/${id}?as_of=${new Date().toISOString()}`;
    expect((await api.call('GET', path)).body).toMatchObject({ payload: { findme: 'in the past' } });
    await erase(id);
    expect((await api.call('GET', path)).body).toMatchObject({
      ...{ payload: null, payload_encoding: 'erased', request_headers: {}, source_ip: null },
      status: 'stored',
    });
    const event = await api.call('GET', `/api/v1/audit/events/${arrival.event_id}`);
    expect(event.body.data).toMatchObject({ payloadId: id, headers: [], sourceIp: null, contentType: null });
    const { text } = await api.call('GET', '/api/v1/audit/export');
    expect(text).toContain(id);
    expect(text).not.toContain('in the past');
  });

  it('is for admins only, and needs a reason and a payload', async () => {
    const id = await receive();
    const headers = { authorization: `Bearer ${auditorToken}` };
    const path = `${payloads}/${id}/content`;
    expect((await api.call('DELETE', `${path}?reason=x`, { headers })).status).toBe(403);
    expect((await api.call('DELETE', path)).status).toBe(422);
    expect((await api.call('DELETE', `${payloads}/${boardId}/content?reason=x`)).status).toBe(404);
    expect(await removals()).toEqual([]);
  });
});

it('a webhook is created with a content key, before any gateway needs one', async () => {
  const branch = await api.readable.keys.subtreeOf(webhookId, Buffer.alloc(6));
  expect(branch).toMatchObject({ subtree: { depth: 48 } });
});
