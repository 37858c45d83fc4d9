import { request } from 'node:http';
import { newRandomId } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive } from '../testing/arrivals.ts';
import { auditorToken, startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
beforeAll(async () => {
  api = await startTestAdminApi();
});
afterAll(() => api.stop());

const as = (token: string) => ({ authorization: token === '' ? '' : `Bearer ${token}` });
const asAuditor = as(auditorToken);
/** What reading answers where nothing is sealed, or without a query. */
const needsMore: Record<string, number[]> = {
  '/api/v1/audit/checkpoint': [404],
  '/api/v1/audit/verify': [404],
  '/api/v1/audit/consistency': [422],
  '/api/v1/boards/{board_id}/webhooks/{webhook_id}/payloads/{payload_id}/proof': [404],
};

/**
 * Every route in the API description except ingest.
 *
 * @param given values of parameters in paths; the others are random ids
 */
const routes = async (
  given: Readonly<Record<string, string>> = {},
): Promise<{ method: string; path: string; pattern: string }[]> => {
  const { paths } = (await api.call('GET', '/openapi.json')).body;
  return Object.entries(paths as Record<string, object>).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, operation]) => (operation as { operationId: string }).operationId !== 'receiveWebhook')
      .map(([method]) => ({
        method: method.toUpperCase(),
        path: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => given[name] ?? newRandomId()),
        pattern: path,
      })),
  );
};

/** One of everything that a path can name. */
const everything = async () => {
  const boardId: string = (await api.create('/api/v1/boards', { name: 'Everything' })).id;
  const gateway = await api.create('/api/v1/gateways', { name: 'Home', url: 'ws://192.0.2.1:9' });
  const agent = await api.create('/api/v1/agents', { board_id: boardId, name: 'Ada' });
  const board = `/api/v1/boards/${boardId}`;
  const webhookId: string = (await api.create(`${board}/webhooks`, { description: 'x' })).id;
  const payloadId = await arrive(api.store, { boardId, webhookId, body: '{}' });
  await waitFor(
    async () =>
      (await api.call('GET', `${board}/webhooks/${webhookId}/payloads/${payloadId}`)).status === 200,
  );
  const replay = await api.create(`${board}/replays`, { reason: 'again' });
  const events = await api.call('GET', `/api/v1/audit/events?stream=webhook-${webhookId}`);
  return {
    ...{ boardId, agentToken: agent.token as string },
    ...{ board_id: boardId, webhook_id: webhookId, payload_id: payloadId, agent_id: agent.id as string },
    ...{ gateway_id: gateway.id as string, replay_id: replay.id as string, name: 'payloads', arrival: '1' },
    ...{ event_id: events.body.items[0].id as string, kind: 'webhook', resource_id: webhookId },
  };
};

describe('authentication', () => {
  it('is required everywhere except on health, docs, receipt keys, read links and ingest', async () => {
    const all = await routes();
    expect(all.length).toBeGreaterThan(35);
    for (const { method, path } of all) {
      for (const headers of [as(''), as('wrong'), { authorization: 'Basic cm9vdDp4' }]) {
        const answer = await api.call(method, path, { headers });
        const isOpen = ['/', '/healthz', '/readyz', '/api/v1/receipt-keys'].includes(path);
        const isUnknown = /^\/api\/v1\/(receipt-keys|read)\//.test(path);
        const isPublic = isOpen || isUnknown;
        const status = isOpen ? 200 : isUnknown ? 404 : 401;
        expect(`${method} ${path} ${answer.status}`).toBe(`${method} ${path} ${status}`);
        if (!isPublic) expect(answer.body.code).toBe('unauthorized');
        if (!isPublic && !path.startsWith('/api/v1/agent/')) {
          expect(answer.headers.get('www-authenticate')).toBe('Bearer');
        }
      }
    }
  });

  it.each(['GET', 'HEAD', 'PATCH', 'DELETE'])(
    "on a webhook's URL tells a caller that sends %s without a token to send events with POST",
    async (method) => {
      const boardId = (await api.create('/api/v1/boards', { name: 'Board' })).id;
      const { endpoint_path: path } = await api.create(`/api/v1/boards/${boardId}/webhooks`, {
        description: 'x',
      });
      const unknown = path.replace(boardId, newRandomId());
      for (const url of [path, `${path}/`, unknown, '/api/v1/boards/x/webhooks/y']) {
        for (const headers of [as(''), as('wrong'), { authorization: 'Basic cm9vdDp4' }]) {
          const answer = await api.call(method, url, { headers });
          expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
          if (method === 'HEAD') expect(answer.text).toBe('');
          else
            expect(answer.body).toEqual({
              code: 'unauthorized',
              detail: expect.stringMatching(
                /^Events are sent to this URL by POST\. Any other method .*token/,
              ),
              request_id: answer.headers.get('x-request-id'),
            });
        }
      }
      const answer = await api.call('GET', '/api/v1/boards', { headers: as('') });
      expect(answer.body.detail).not.toContain('POST');
    },
  );

  it("on a webhook's URL gives access to the webhook, with or without a trailing slash", async () => {
    const boardId = (await api.create('/api/v1/boards', { name: 'Board' })).id;
    const { endpoint_path: path } = await api.create(`/api/v1/boards/${boardId}/webhooks`, {
      description: 'x',
    });
    for (const url of [path, `${path}/`]) {
      expect((await api.call('GET', url)).body).toMatchObject({ endpoint_path: path });
      expect(await api.call('HEAD', url)).toMatchObject({ status: 200, text: '' });
      expect((await api.call('GET', url, { headers: asAuditor })).status).toBe(200);
      expect((await api.call('PATCH', url, { body: { description: url } })).body.description).toBe(url);
    }
    const unknown = path.replace(boardId, newRandomId());
    expect(await api.call('GET', unknown)).toMatchObject({
      status: 404,
      body: { code: 'webhook_not_found' },
    });
    expect((await api.call('HEAD', unknown)).status).toBe(404);
    expect((await api.call('DELETE', `${path}/`)).body).toEqual({ ok: true });
  });

  it('lets an auditor read everything and change nothing', async () => {
    for (const { method, path, pattern } of await routes()) {
      if (path.startsWith('/api/v1/agent/')) continue;
      const { status, body } = await api.call(method, path, { headers: asAuditor });
      if (method === 'GET') expect([200, 404, ...(needsMore[pattern] ?? [])]).toContain(status);
      else expect({ status, code: body.code }).toEqual({ status: 403, code: 'read_only' });
    }
  });

  it('gives each operation on what exists to admins, its reading to auditors, and none of it to agents', async () => {
    const { boardId, agentToken, ...ids } = await everything();
    const of = '/api/v1/boards/{board_id}';
    const all = await routes(ids);
    const operations = all.map(({ method, pattern }) => `${method} ${pattern}`);
    expect(operations).toEqual(
      expect.arrayContaining([
        ...['GET /api/v1/projections', 'POST /api/v1/projections/{name}/rebuild'],
        ...['DELETE /api/v1/projections/{name}/rebuild', `POST ${of}/memory/prune`, `GET ${of}/replays`],
        ...[`POST ${of}/replays`, `POST ${of}/webhooks/{webhook_id}/replays`],
        ...['GET', 'PATCH', 'DELETE'].map((method) => `${method} ${of}/replays/{replay_id}`),
        ...[`GET ${of}/replays/{replay_id}/items`],
        ...['', '/content'].map((part) => `DELETE ${of}/webhooks/{webhook_id}/payloads/{payload_id}${part}`),
        ...['events', 'events/{event_id}', 'trail/{kind}/{resource_id}'].map(
          (path) => `GET /api/v1/audit/${path}`,
        ),
        ...['', '/webhooks/{webhook_id}', '/webhooks/{webhook_id}/payloads/{payload_id}'].map(
          (path) => `GET ${of}${path}/history`,
        ),
        ...['agents/{agent_id}', 'gateways/{gateway_id}'].map((path) => `GET /api/v1/${path}/history`),
        ...['export', 'checkpoint', 'consistency', 'verify'].map((part) => `GET /api/v1/audit/${part}`),
        ...['POST /api/v1/audit/verify', `GET ${of}/webhooks/{webhook_id}/payloads/{payload_id}/proof`],
      ]),
    );
    const before = (await api.store.head())?.position;
    for (const { method, path, pattern } of all) {
      if (!/^\/api\/v1\/(?!agent\/|receipt-keys|read\/)/.test(path)) continue;
      for (const headers of [as(agentToken), { ...as(''), 'x-agent-token': agentToken }])
        expect([pattern, (await api.call(method, path, { headers })).status]).toEqual([pattern, 401]);
      // It does not end.
      if (pattern.endsWith('/memory/stream')) continue;
      const body = ['GET', 'DELETE'].includes(method) ? {} : { body: {} };
      const { status } = await api.call(method, path, { headers: asAuditor, ...body });
      const allowed = needsMore[pattern] ?? [200];
      expect([method, pattern, method === 'GET' ? allowed : [403]]).toEqual([
        method,
        pattern,
        expect.arrayContaining([status]),
      ]);
    }
    const since = await Array.fromAsync(api.store.readAll({ from: before ?? 'start' }));
    expect(since.map(({ type }) => type)).toEqual(['AuditExportRequested']);
    expect((await api.call('GET', `/api/v1/boards/${boardId}/replays`)).body.total).toBe(1);
  });

  it('gives an agent the reading of its own board and of itself, and nothing of another board', async () => {
    const { boardId, agentToken, ...ids } = await everything();
    const otherId: string = (await api.create('/api/v1/boards', { name: 'Another' })).id;
    const headers = { ...as(''), 'x-agent-token': agentToken };
    const own = (await routes(ids)).filter(({ path }) => path.startsWith('/api/v1/agent/'));
    expect(own.map(({ method, pattern }) => `${method} ${pattern}`)).toEqual(
      expect.arrayContaining(
        ['me', 'boards/{board_id}/memory', 'boards/{board_id}/payloads'].map(
          (path) => `GET /api/v1/agent/${path}`,
        ),
      ),
    );
    for (const { method, path, pattern } of own) {
      if (method === 'GET')
        expect([pattern, (await api.call(method, path, { headers })).status]).toEqual([pattern, 200]);
      if (!path.includes(boardId)) continue;
      const body = method === 'GET' ? {} : { body: { content: 'x' } };
      const { status } = await api.call(method, path.replace(boardId, otherId), { headers, ...body });
      expect([method, pattern, status]).toEqual([method, pattern, 404]);
    }
  });

  it('logs whose change was rejected', async () => {
    const headers = { ...asAuditor, 'x-request-id': 'refused-change' };
    expect((await api.call('POST', '/api/v1/boards', { body: { name: 'x' }, headers })).status).toBe(403);
    const lineOf = (text: string) => text.split('\n').find((line) => line.includes('refused-change'));
    await waitFor(() => lineOf(api.logged()) !== undefined);
    expect(JSON.parse(lineOf(api.logged()) ?? '')).toMatchObject({ status: 403, actor: 'auditor:jane' });
  });

  it('accepts no token from a query or a cookie', async () => {
    const path = `/api/v1/boards?token=${auditorToken}&access_token=${auditorToken}`;
    const headers = { authorization: '', cookie: `token=${auditorToken}` };
    expect((await api.call('GET', path, { headers })).status).toBe(401);
    expect(api.logged()).not.toContain(auditorToken);
  });

  it('happens before the body is read', async () => {
    const answer = await api.call('POST', '/api/v1/boards', { body: '{not json', headers: as('wrong') });
    expect(answer.status).toBe(401);
  });
});

describe('an error', () => {
  it('has one format, wherever it comes from', async () => {
    const deep = `/api/v1/boards/${'x'.repeat(300)}`;
    const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=1' };
    for (const [status, code, method, path, options] of [
      [404, 'not_found', 'GET', '/nowhere?with=query', {}],
      [404, 'not_found', 'PUT', '/api/v1/boards', {}],
      [404, 'board_not_found', 'GET', '/api/v1/boards/7', {}],
      [400, 'bad_request', 'GET', '/%zz', {}],
      [414, 'uri_too_long', 'GET', deep, {}],
      [400, 'unreadable_json', 'POST', '/api/v1/boards', { body: '{"name":' }],
      [415, 'unsupported_media_type', 'POST', '/api/v1/boards', form],
      [413, 'body_too_large', 'POST', '/api/v1/boards', { body: `"${'x'.repeat(1 << 20)}"` }],
      [422, 'validation_failed', 'POST', '/api/v1/boards', { body: '[]' }],
      [422, 'validation_failed', 'POST', '/api/v1/boards', { body: '' }],
      [422, 'invalid_cursor', 'GET', '/api/v1/boards?cursor=x', {}],
    ] as const) {
      const answer = await api.call(method, path, options);
      expect(`${method} ${path.slice(0, 40)} ${answer.status}`).toBe(
        `${method} ${path.slice(0, 40)} ${status}`,
      );
      const { errors, ...body } = answer.body;
      expect(body).toEqual({
        code,
        detail: expect.stringMatching(/^\S.*\.$/s),
        request_id: answer.headers.get('x-request-id'),
      });
      expect(errors === undefined).toBe(code !== 'validation_failed');
    }
  });

  it('about the input names all problems at once', async () => {
    const body = { nam: 'x', slug: 'Not A Slug', description: 7, gateway_id: 'g' };
    const { body: error } = await api.call('POST', '/api/v1/boards', { body });
    expect(error.errors).toEqual([
      { field: 'name', message: 'is missing' },
      { field: 'slug', message: 'must be lower-case letters and digits, with single hyphens between them' },
      { field: 'description', message: 'must be a string' },
      { field: 'gateway_id', message: 'must be a UUID' },
      { field: 'nam', message: 'is an unknown field' },
    ]);
    for (const { field } of error.errors) expect(error.detail).toContain(`${field} `);
  });

  it('is the response to a request that is not HTTP', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const asking = request(
        `${api.url}/api/v1/boards`,
        { headers: { 'x-long': 'x'.repeat(20_000) } },
        (response) => {
          let text = `${response.statusCode} `;
          response.on('data', (chunk) => {
            text += chunk;
          });
          response.on('end', () => resolve(text));
        },
      );
      asking.on('error', reject).end();
    });
    expect(answer).toMatch(/^431 \{"code":"headers_too_large","detail":".*\.","request_id":"[\w-]+"\}$/);
  });
});

describe('a string', () => {
  it('has no control characters, no lone surrogates, and a maximum length', async () => {
    const post = (body: unknown) => api.call('POST', '/api/v1/boards', { body });
    for (const name of ['a\nb', 'a\u0000b', 'a\u001b[2J', 'a\u2028b', '"\\ud800"', ' ', 'x'.repeat(201)]) {
      const body = name.startsWith('"') ? `{"name":${name}}` : { name };
      expect((await post(body)).status).toBe(422);
    }
    expect((await post({ name: 'x', description: 'line\nline\ttab' })).status).toBe(201);
    expect((await post({ name: 'x', description: 'bell\u0007' })).status).toBe(422);
  });
});

describe('a request id', () => {
  it("is the caller's if it is well-formed, and is recorded in the events", async () => {
    const headers = { 'x-request-id': 'trace-1.a_B' };
    const answer = await api.call('POST', '/api/v1/boards', { body: { name: 'x' }, headers });
    expect(answer.headers.get('x-request-id')).toBe('trace-1.a_B');
    const event = await api.store.readEvent(`board-${answer.body.id}`, 0);
    expect(event).toMatchObject({
      metadata: {
        correlationId: 'trace-1.a_B',
        causationId: 'trace-1.a_B',
        actor: { kind: 'admin', id: 'root' },
      },
    });
    const other = await api.call('GET', '/', { headers: { 'x-request-id': 'no spaces' } });
    expect(other.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('responses', () => {
  it('are never stored by caches', async () => {
    expect((await api.call('GET', '/api/v1/boards')).headers.get('cache-control')).toBe('no-store');
  });
});
