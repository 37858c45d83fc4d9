import { newRandomId, parseEvent, streams } from '@mission-control/contracts';
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
