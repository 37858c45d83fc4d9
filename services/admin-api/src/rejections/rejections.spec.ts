import { newRandomId } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appendRejection } from '../testing/arrivals.ts';
import { auditorToken, startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
let boardId: string;
let webhookId: string;
let rejections: string;
beforeAll(async () => {
  api = await startTestAdminApi();
});
afterAll(() => api.stop());
beforeEach(async () => {
  boardId = (await api.create('/api/v1/boards', { name: 'Board' })).id;
  webhookId = (await api.create(`/api/v1/boards/${boardId}/webhooks`, { description: 'x' })).id;
  rejections = `/api/v1/boards/${boardId}/webhooks/${webhookId}/rejections`;
});

const refusedAt = new Date(Date.now() - 60_000).toISOString();

/** Appends rejections with these codes, in this order. Resolves to their ids once they can be read. */
const rejectWith = async (...codes: string[]): Promise<string[]> => rejectFor(undefined, ...codes);
const rejectFor = async (cause: string | undefined, ...codes: string[]): Promise<string[]> => {
  const ids: string[] = [];
  for (const code of codes) {
    const why = cause === undefined ? {} : { cause, headerNames: ['host', 'x-a'] };
    const answer = { refusedAt, status: 403, code, sourceIp: '192.0.2.1', ...why };
    const sizes = { declaredBytes: null, receivedBytes: 12, omitted: 3 };
    ids.push(
      await appendRejection(api.store, { boardId, webhookId, ...answer, ...sizes }, `request-${ids.length}`),
    );
  }
  await waitFor(async () => (await api.call('GET', rejections)).body.total === codes.length);
  return ids;
};

describe('rejected requests', () => {
  it('are shown with the response they got, and how many were left out', async () => {
    const [id] = await rejectWith('signature_invalid');
    expect((await api.call('GET', rejections)).body).toEqual({
      items: [
        {
          id,
          webhook_id: webhookId,
          refused_at: refusedAt,
          status: 403,
          code: 'signature_invalid',
          cause: null,
          header_names: null,
          source_ip: '192.0.2.1',
          declared_bytes: null,
          received_bytes: 12,
          omitted: 3,
          request_id: 'request-0',
        },
      ],
      total: 1,
      limit: 50,
      offset: 0,
      next_cursor: null,
    });
  });

  it('are listed newest first, in pages and by code', async () => {
    const ids = (await rejectWith('a', 'b', 'a', 'b', 'a')).reverse();
    const listed = async (query: string) => {
      const { body } = await api.call('GET', `${rejections}?${query}`);
      return { ids: body.items.map((item: { id: string }) => item.id), ...body };
    };
    expect(await listed('limit=2&offset=1')).toMatchObject({ ids: ids.slice(1, 3), total: 5, offset: 1 });
    const first = await listed('limit=3');
    expect(await listed(`limit=3&cursor=${first.next_cursor}`)).toMatchObject({
      ids: ids.slice(3),
      next_cursor: null,
    });
    expect(await listed('code=b')).toMatchObject({ ids: [ids[1], ids[3]], total: 2 });
    expect(await listed('code=unheard')).toMatchObject({ ids: [], total: 0 });
  });

  it.each([
    ['too_many_rejected_requests', 'too_many_refused_requests'],
    ['webhook_lookup_unavailable', 'look_up_not_possible'],
  ])('are shown and found with the code %s, although events store %s', async (code, stored) => {
    const [id] = await rejectWith(stored, 'signature_invalid');
    for (const filter of [code, stored]) {
      const { body } = await api.call('GET', `${rejections}?code=${filter}`);
      expect(body).toMatchObject({ items: [{ id, code }], total: 1 });
    }
  });

  it('are shown with the cause why they were not verified, and listed by cause', async () => {
    const [id] = await rejectFor('no_signature_header', 'signature_missing');
    const { body } = await api.call('GET', `${rejections}?cause=no_signature_header&code=signature_missing`);
    expect(body.items).toMatchObject([{ id, cause: 'no_signature_header', header_names: ['host', 'x-a'] }]);
    expect((await api.call('GET', `${rejections}?cause=unheard`)).body).toMatchObject({
      items: [],
      total: 0,
    });
  });

  it('are not listed for an invalid query', async () => {
    for (const query of ['limit=0', 'limit=201', 'offset=-1', 'code=', 'code=%00', 'cause='])
      expect((await api.call('GET', `${rejections}?${query}`)).status).toBe(422);
    const ofAnotherList = Buffer.from('payloads|3').toString('base64url');
    for (const cursor of ['abc', ofAnotherList]) {
      const answer = await api.call('GET', `${rejections}?cursor=${cursor}`);
      expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_cursor' } });
    }
  });

  it('of a webhook that is unknown or on another board are not found', async () => {
    await rejectWith('signature_invalid');
    const elsewhere = (await api.create('/api/v1/boards', { name: 'Other' })).id;
    for (const path of [
      `/api/v1/boards/${elsewhere}/webhooks/${webhookId}/rejections`,
      `/api/v1/boards/${boardId}/webhooks/${newRandomId()}/rejections`,
      `/api/v1/boards/${boardId}/webhooks/nonsense/rejections`,
    ]) {
      const answer = await api.call('GET', path);
      expect(answer).toMatchObject({ status: 404, body: { code: 'webhook_not_found' } });
    }
  });
});

describe('the rejected requests of a board', () => {
  const ofBoard = (query = '') => `/api/v1/boards/${boardId}/rejections${query}`;

  it('are those of all its webhooks, in the same format, also for auditors', async () => {
    const first = await rejectWith('url_suffix', 'url_blank');
    const another = (await api.create(`/api/v1/boards/${boardId}/webhooks`, { description: 'y' })).id;
    const rejection = { boardId, webhookId: another, refusedAt, status: 404, code: 'board_mismatch' };
    const sizes = { sourceIp: '192.0.2.2', declaredBytes: 2, receivedBytes: null, omitted: 0 };
    const id = await appendRejection(api.store, { ...rejection, ...sizes }, 'request-2');
    await waitFor(async () => (await api.call('GET', ofBoard())).body.total === 3);
    const { body } = await api.call('GET', ofBoard());
    expect(body.items.map((item: { id: string }) => item.id)).toEqual([id, ...first.reverse()]);
    expect(body.items.slice(1)).toEqual((await api.call('GET', rejections)).body.items);
    const listed = async (query: string) =>
      (await api.call('GET', ofBoard(query))).body.items.map(({ code }: { code: string }) => code);
    expect(await listed('?code=url_blank')).toEqual(['url_blank']);
    expect(await listed(`?webhook_id=${another}`)).toEqual(['board_mismatch']);
    expect(await listed(`?webhook_id=${webhookId.toUpperCase()}`)).toEqual(['url_blank', 'url_suffix']);
    expect(await listed(`?webhook_id=${newRandomId()}`)).toEqual([]);
    expect(await listed('?limit=1&offset=1')).toEqual(['url_blank']);
    const headers = { authorization: `Bearer ${auditorToken}` };
    expect((await api.call('GET', ofBoard(), { headers })).body).toEqual(body);
  });

  it('need a token, a board and a valid query', async () => {
    for (const authorization of ['', 'Bearer wrong'])
      expect((await api.call('GET', ofBoard(), { headers: { authorization } })).status).toBe(401);
    for (const board of [newRandomId(), 'nonsense']) {
      const answer = await api.call('GET', `/api/v1/boards/${board}/rejections`);
      expect(answer).toMatchObject({ status: 404, body: { code: 'board_not_found' } });
    }
    for (const query of ['?webhook_id=7', '?webhook_id=', '?code=', '?limit=0', '?cursor=x'])
      expect((await api.call('GET', ofBoard(query))).status).toBe(422);
  });

  it('are not those of another board', async () => {
    await rejectWith('url_suffix');
    const elsewhere = (await api.create('/api/v1/boards', { name: 'Other' })).id;
    const { body } = await api.call('GET', `/api/v1/boards/${elsewhere}/rejections?webhook_id=${webhookId}`);
    expect(body).toMatchObject({ items: [], total: 0 });
  });
});
