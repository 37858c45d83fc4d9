import { hash } from 'node:crypto';
import { newRandomId, streams } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { arrive, type Sent } from '../testing/arrivals.ts';
import { adminToken, auditorToken, startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

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

/** Resolves to the payload's id once all of its arrivals can be read. */
const receive = async (...bodies: readonly Sent['body'][]): Promise<string> => {
  const payloadId = newRandomId();
  for (const body of bodies) await arrive(api.store, { boardId, webhookId, body, payloadId });
  await waitFor(
    async () => (await api.call('GET', `${payloads}/${payloadId}`)).body.arrivals === bodies.length,
  );
  return payloadId;
};

const download = async (path: string, token = auditorToken) => {
  const response = await fetch(`${api.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return {
    status: response.status,
    headers: response.headers,
    body: Buffer.from(await response.arrayBuffer()),
  };
};

// biome-ignore lint/suspicious/noExplicitAny: each test asserts the body that it expects.
const arrivalsOf = async (payloadId: string): Promise<any[]> => {
  const { body } = await api.call('GET', `${payloads}/${payloadId}/timeline`);
  return body.items.filter(({ what }: { what: string }) => what === 'arrived');
};

describe('an arrival whose body differs from the first', () => {
  it.each<[string, Sent['body'][]]>([
    ['another value', ['{"data":{"id":7,"state":"Doing"}}', '{"data":{"id":7,"state":"Done"}}']],
    ['another value, then the first again', ['{"id":"a","n":1}', '{"id":"a","n":2}', '{"id":"a","n":1}']],
    ['white space', ['{"id":"a"}', '{"id": "a"}', '{"id":"a"}\n']],
    ['the order of members', ['{"a":1,"b":2}', '{"b":2,"a":1}']],
    ['a byte order mark', ['{"a":1}', '\ufeff{"a":1}']],
    ['nothing at all', ['{"a":1}', '']],
    ['bytes that are not text', [Buffer.from([0xff, 0]), Buffer.from([0xff, 1])]],
  ])('by %s is marked and can be read', async (_, bodies) => {
    const payloadId = await receive(...bodies);
    const bytes = bodies.map((body) => Buffer.from(body));
    const differs = bytes.map((one) => !one.equals(bytes[0] as Buffer));
    const arrivals = await arrivalsOf(payloadId);
    expect(arrivals).toMatchObject(
      bytes.map((one, n) => ({
        arrival: n + 1,
        content_differs: differs[n],
        sha256: hash('sha256', one),
        size: one.length,
        raw_path: `${payloads}/${payloadId}/arrivals/${n + 1}/raw`,
      })),
    );
    for (const [n, { raw_path }] of arrivals.entries()) {
      expect(await download(raw_path)).toMatchObject({ status: 200, body: bytes[n] });
    }
    expect((await download(`${payloads}/${payloadId}/raw`)).body).toEqual(bytes[0]);
    const counts = { arrivals: bodies.length, differing_arrivals: differs.filter(Boolean).length };
    expect((await api.call('GET', `${payloads}/${payloadId}`)).body).toMatchObject(counts);
    expect((await api.call('GET', payloads)).body.items).toMatchObject([counts]);
  });

  it('is counted in what an agent reads', async () => {
    const payloadId = await receive('{"n":1}', '{"n":2}', '{"n":1}');
    const { token } = await api.create('/api/v1/agents', { board_id: boardId, name: 'A' });
    const headers = { authorization: '', 'x-agent-token': token };
    const path = `/api/v1/agent/boards/${boardId}/webhooks/${webhookId}/payloads/${payloadId}`;
    await waitFor(async () => (await api.call('GET', path, { headers })).status === 200);
    expect((await api.call('GET', path, { headers })).body).toMatchObject({
      payload: { n: 1 },
      arrivals: 3,
      differing_arrivals: 1,
    });
  });

  it('can be read as soon as it is stored', async () => {
    const payloadId = await receive('0');
    for (let n = 1; n < 20; n += 1) {
      await arrive(api.store, { boardId, webhookId, body: String(n), payloadId });
      const path = `${payloads}/${payloadId}/arrivals/${n + 1}/raw`;
      expect(await download(path)).toMatchObject({ status: 200, body: Buffer.from(String(n)) });
    }
  });
});

describe('the body of an arrival', () => {
  it('is an attachment that no browser runs, for admins and auditors', async () => {
    const payloadId = await receive('{}');
    const page = { boardId, webhookId, payloadId, body: '<script>', contentType: 'text/html; charset=utf-8' };
    await arrive(api.store, page);
    const path = `${payloads}/${payloadId}/arrivals/2/raw`;
    for (const token of [adminToken, auditorToken]) {
      const { status, headers, body } = await download(path, token);
      expect({ status, text: body.toString() }).toEqual({ status: 200, text: '<script>' });
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="${payloadId}-2.bin"`,
        'content-security-policy': "sandbox; default-src 'none'",
        'x-content-type-options': 'nosniff',
        'x-original-content-type': 'text/html; charset=utf-8',
      });
    }
    const { token } = await api.create('/api/v1/agents', { board_id: boardId, name: 'A' });
    for (const headers of [
      { authorization: '' },
      { authorization: 'Bearer wrong' },
      { authorization: '', 'x-agent-token': token },
      { authorization: `Bearer ${token}` },
    ]) {
      expect((await api.call('GET', path, { headers })).status).toBe(401);
    }
  });

  it.each(['0', '2', '00', '01', '-1', '1.5', '1e0', 'x', '%31%00', '4294967297', '99999999999999999999'])(
    'with the number %s is not found when there is only one',
    async (number) => {
      const payloadId = await receive('{}');
      const answer = await api.call('GET', `${payloads}/${payloadId}/arrivals/${number}/raw`);
      expect(answer).toMatchObject({ status: 404, body: { code: 'arrival_not_found' } });
    },
  );

  it('of another board, another webhook or an unknown payload is not found', async () => {
    const payloadId = await receive('{}');
    const other = (await api.create(`/api/v1/boards/${boardId}/webhooks`, { description: 'x' })).id;
    const elsewhere = (await api.create('/api/v1/boards', { name: 'Other' })).id;
    for (const path of [
      `/api/v1/boards/${elsewhere}/webhooks/${webhookId}/payloads/${payloadId}`,
      `/api/v1/boards/${boardId}/webhooks/${other}/payloads/${payloadId}`,
      `${payloads}/${newRandomId()}`,
      `${payloads}/nonsense`,
    ]) {
      const answer = await api.call('GET', `${path}/arrivals/1/raw`);
      expect(answer).toMatchObject({ status: 404, body: { code: 'payload_not_found' } });
    }
  });

  it('that the event store no longer has is gone; later ones stay', async () => {
    const payloadId = await receive('1', '2', '3');
    await api.store.setStreamMetadata(streams.payloads(webhookId), { truncateBefore: 2 });
    for (const number of [1, 2]) {
      const answer = await api.call('GET', `${payloads}/${payloadId}/arrivals/${number}/raw`);
      expect(answer).toMatchObject({ status: 410, body: { code: 'payload_gone' } });
    }
    const last = await download(`${payloads}/${payloadId}/arrivals/3/raw`);
    expect(last).toMatchObject({ status: 200, body: Buffer.from('3') });
    expect((await arrivalsOf(payloadId)).map(({ content_differs }) => content_differs)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('is not found once the webhook is deleted', async () => {
    const payloadId = await receive('1', '2');
    await api.call('DELETE', `/api/v1/boards/${boardId}/webhooks/${webhookId}`);
    await waitFor(async () => (await api.call('GET', `${payloads}/${payloadId}`)).status === 404);
    expect((await api.call('GET', `${payloads}/${payloadId}/arrivals/2/raw`)).status).toBe(404);
  });
});
