import { AggregateCache, Lease } from '@mission-control/aggregates';
import { configurationLeaseMs, newRandomId, parseEvent, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { IngestLimits } from '../ingest/limits.ts';
import { Webhooks } from '../ingest/webhooks.ts';
import { rawRequest } from '../testing/raw-request.ts';
import { startTestGateway, type TestGateway, type TestWebhook } from '../testing/test-gateway.ts';
import { startUpstream, type Upstream } from '../testing/upstream.ts';

let upstream: Upstream;
let t: TestGateway;
let webhook: TestWebhook;
beforeAll(async () => {
  // Like the admin API: a path that exists needs a valid token.
  upstream = await startUpstream(({ url, headers }, response) => {
    const isAdmin = headers.authorization === 'Bearer admin';
    const status = !url?.endsWith('/test') ? 404 : isAdmin ? 200 : 401;
    response.writeHead(status).end('{}');
  });
  t = await startTestGateway({ env: { ADMIN_API_URL: upstream.url } });
});
afterAll(async () => {
  await t.stop();
  await upstream.stop();
});
beforeEach(async () => {
  webhook = await t.createWebhook();
});

const recorded = async ({ webhookId }: TestWebhook) => {
  const events = await Array.fromAsync(t.store.readStream(streams.rejections(webhookId)));
  return events.map(parseEvent).filter((event) => event.type === 'WebhookRequestRefused');
};
const send = async (method: string, path: string, ...headers: string[]) =>
  (
    await rawRequest(t.port, [
      `${[`${method} ${path} HTTP/1.1`, 'Host: a', 'Content-Length: 2', ...headers].join('\r\n')}\r\n\r\n{}`,
    ])
  ).status;

/** Sends until the webhook has a record: a lookup for a record is skipped if there was another one just before. */
const untilRecorded = (sends: () => Promise<void>) =>
  waitFor(async () => {
    await sends();
    return (await recorded(webhook)).length > 0;
  });

/** Resolves once everything recorded so far is stored. Records are stored in order. */
const untilStored = async () => {
  const marker = await t.createWebhook({ enabled: false });
  expect(await send('POST', marker.path)).toBe(410);
  await waitFor(async () => (await recorded(marker)).length > 0);
};

describe.each([
  ['that this process has cached', async () => void (await send('POST', webhook.path))],
  ['that this process has not cached', async () => {}],
])('a request for a webhook %s', (_, prepare) => {
  beforeEach(prepare);

  it.each([
    ['a trailing space', 404, 'url_blank', (path: string) => `${path}%20`],
    ['a line break', 400, 'url_blank', (path: string) => `${path}%0A`],
    ['a no-break space', 404, 'url_blank', (path: string) => `${path}%C2%A0`],
    ['two trailing slashes', 404, 'url_slashes', (path: string) => `${path}//`],
    ['two leading slashes', 404, 'url_slashes', (path: string) => `/${path}`],
    [
      'two slashes in the middle',
      404,
      'url_slashes',
      (path: string) => path.replace('/boards/', '//boards/'),
    ],
    ['a missing slash', 404, 'url_slashes', (path: string) => path.replace('/webhooks', 'webhooks')],
    ['.json', 404, 'url_suffix', (path: string) => `${path}.json`],
    ['a comma', 404, 'url_suffix', (path: string) => `${path},`],
    ['a period', 404, 'url_suffix', (path: string) => `${path}.`],
    ['a quote', 404, 'url_suffix', (path: string) => `${path}%22`],
    ['an invalid percent escape', 400, 'url_suffix', (path: string) => `${path}%zz`],
    ['an extra segment', 404, 'url_suffix', (path: string) => `${path}/github`],
    ['different case', 404, 'url_spelling', (path: string) => path.replace('webhooks', 'Webhooks')],
    ['an encoded letter', 404, 'url_spelling', (path: string) => path.replace('boards', '%62oards')],
    ['an encoded slash', 400, 'url_spelling', (path: string) => path.replace('/webhooks', '%2Fwebhooks')],
    ['no prefix', 404, 'url_spelling', (path: string) => path.replace('/api/v1', '')],
    ['another board', 404, 'board_mismatch', (path: string) => path.replace(webhook.boardId, newRandomId())],
  ])('with %s in its URL gets %i, and the admin sees %s', async (_, status, code, change) => {
    const path = `${change(webhook.path)}?token=secret`;
    await untilRecorded(async () => expect(await send('POST', path, 'X-Request-Id: req-7')).toBe(status));
    const [event] = await recorded(webhook);
    expect(event).toMatchObject({
      data: {
        webhookId: webhook.webhookId,
        boardId: webhook.boardId,
        status,
        code,
        sourceIp: '127.0.0.1',
        declaredBytes: 2,
        receivedBytes: null,
        omitted: 0,
      },
      metadata: { correlationId: 'req-7', actor: { kind: 'sender', id: '127.0.0.1' } },
    });
    expect(JSON.stringify({ ...event, position: '' })).not.toMatch(/secret|\/api|github|json,/);
  });

  it.each([
    ['/extra', 404, ['Authorization: Bearer x']],
    ['/extra', 404, ['Authorization: Basic dTpw']],
    ['/extra/', 404, ['Authorization: token x']],
    ['/test', 401, ['Authorization: Bearer x']],
    ['/test', 401, []],
  ])(
    'with %s after its URL gets %i with the headers %j, and the admin sees url_suffix',
    async (suffix, status, headers) => {
      const path = `${webhook.path}${suffix}`;
      await untilRecorded(async () => expect(await send('POST', path, ...headers)).toBe(status));
      const [event] = await recorded(webhook);
      expect(event?.data).toMatchObject({ status, code: 'url_suffix' });
    },
  );

  it.each(['PUT', 'TRACE', 'PROPFIND', 'QUERY'])(
    'by %s gets 405, and the admin sees the reason',
    async (method) => {
      await untilRecorded(async () => expect(await send(method, webhook.path)).toBe(405));
      const [event] = await recorded(webhook);
      expect(event?.data).toMatchObject({ status: 405, code: 'method_not_allowed' });
    },
  );
});

it('a trailing slash is the same URL and the same delivery', async () => {
  const named = await t.createWebhook({ dedupe: 'body:/id' });
  const post = async (url: string) => (await fetch(url, { method: 'POST', body: '{"id":"e1"}' })).json();
  const first = await post(named.url);
  expect(await post(`${named.url}/`)).toEqual({ ...(first as object), duplicate: true });
  expect(await post(`${named.url}/?a=b`)).toEqual({ ...(first as object), duplicate: true });
  const { webhookId, boardId } = named;
  expect(first).toMatchObject({ ok: true, webhook_id: webhookId, board_id: boardId });
});

describe('nothing is recorded', () => {
  beforeEach(async () => void (await send('POST', webhook.path)));

  it.each([
    ['for an unknown webhook', () => webhook.path.replace(webhook.webhookId, newRandomId())],
    [
      'for an unknown webhook at a wrong URL',
      () => `/${webhook.path.replace(webhook.webhookId, newRandomId())}`,
    ],
    ['for a path that names no board', () => `/api/v1/webhooks/${webhook.webhookId}`],
    ['for a path with its own meaning', () => `/api/v1/boards/${webhook.boardId}/webhooks`],
  ])('%s', async (_, path) => {
    expect(await send('POST', path())).toBe(404);
    await untilStored();
    expect(await recorded(webhook)).toEqual([]);
  });

  it('for a deleted webhook', async () => {
    await t.command(webhook, { type: 'DeleteWebhook', cleanupMemory: false });
    await waitFor(async () => (await send('POST', webhook.path)) === 404);
    expect(await send('POST', `${webhook.path}//`)).toBe(404);
    await untilStored();
    expect(await recorded(webhook)).toEqual([]);
  });

  it.each([
    ['GET', '/x'],
    ['PATCH', '//'],
    ['DELETE', '%0A'],
    ['OPTIONS', ''],
  ])('for a request by an admin or a browser: %s', async (method, suffix) => {
    await send(method, `${webhook.path}${suffix}`);
    await untilStored();
    expect(await recorded(webhook)).toEqual([]);
  });

  it('for a POST that the admin API accepts', async () => {
    expect(await send('POST', `${webhook.path}/test`, 'Authorization: Bearer admin')).toBe(200);
    await untilStored();
    expect(await recorded(webhook)).toEqual([]);
  });
});

it('however many requests name unknown webhooks at wrong URLs, few cause reads, at most one every 10 ms', async () => {
  let reads = 0;
  const store: EventStore = Object.assign(Object.create(t.store), {
    readStream: (...given: Parameters<EventStore['readStream']>) => {
      reads += 1;
      return t.store.readStream(...given);
    },
  });
  const cache = new AggregateCache(store, { max: 10 });
  const limits = new IngestLimits(
    { rejected: null, accepted: null, lookups: { requests: 1, seconds: 1 } },
    null,
  );
  const webhooks = new Webhooks(cache, new Lease(store, cache, configurationLeaseMs), limits);
  const startedAt = performance.now();
  const found = await Promise.all(
    Array.from({ length: 1_000 }, () => webhooks.onAnyBoard(newRandomId(), { read: true })),
  );
  expect(new Set(found)).toEqual(new Set([null]));
  expect(reads).toBeGreaterThan(0);
  expect(reads).toBeLessThanOrEqual(101);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual((reads - 1) * 9);
  const before = reads;
  expect(await webhooks.onAnyBoard(webhook.webhookId, { read: false })).toBeNull();
  expect(reads).toBe(before);
});
