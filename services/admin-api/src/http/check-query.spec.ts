import { newRandomId } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive } from '../testing/arrivals.ts';
import { startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

interface Operation {
  readonly method: string;
  readonly path: string;
  /** Names of query parameters. */
  readonly query: readonly string[];
  /** Those without which it does nothing. */
  readonly needs: readonly string[];
}

let api: TestAdminApi;
let agentToken: string;
let operations: readonly Operation[];
beforeAll(async () => {
  api = await startTestAdminApi();
  const board = await api.create('/api/v1/boards', { name: 'Board' });
  agentToken = (await api.create('/api/v1/agents', { board_id: board.id, name: 'Ada' })).token;
  operations = await described();
});
afterAll(() => api.stop());

/** Every operation under /api in the description, except ingest, which the gateway serves. */
const described = async (): Promise<Operation[]> => {
  const { paths } = (await api.call('GET', '/openapi.json')).body;
  return Object.entries(paths as Record<string, Record<string, DescribedOperation>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods)
        .filter(([, { operationId }]) => path.startsWith('/api/') && operationId !== 'receiveWebhook')
        .map(([method, { parameters = [] }]) => ({
          method: method.toUpperCase(),
          path: path.replaceAll(/\{\w+\}/g, () => newRandomId()),
          query: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
          needs: parameters.filter((one) => one.in === 'query' && one.required).map(({ name }) => name),
        })),
  );
};
interface DescribedOperation {
  readonly operationId: string;
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
  }[];
}

/** With the parameters that the operation needs, unless the query has them. */
const call = ({ method, path, needs }: Operation, query: string) => {
  const needed = needs.filter((name) => !query.startsWith(`${name}=`)).map((name) => `&${name}=1`);
  return api.call(method, `${path}?${query}${needed.join('')}`, {
    headers: { 'x-agent-token': agentToken },
    ...(method !== 'GET' && { body: {} }),
  });
};

const refusal = (...errors: { field: string; message: string }[]) => ({
  status: 422,
  body: { code: 'validation_failed', errors },
});
const unknown = (field: string) => ({
  field,
  message: field === '' ? 'has a query parameter without a name' : 'is an unknown query parameter',
});

describe('a query parameter', () => {
  it('that is unknown is rejected by every operation, by name', async () => {
    expect(operations.length).toBeGreaterThan(35);
    expect(new Set(operations.map(({ method }) => method))).toEqual(
      new Set(['GET', 'POST', 'PATCH', 'DELETE']),
    );
    for (const operation of operations) {
      for (const [query, field] of [
        ['webhook=1', 'webhook'],
        ['LIMIT=1', 'LIMIT'],
        ['limit%5B%5D=1', 'limit[]'],
        ['__proto__=1', '__proto__'],
        ['constructor=1', 'constructor'],
        ['=1', ''],
        ['nothing', 'nothing'],
      ] as const) {
        const { status, body } = await call(operation, query);
        expect({ operation, query, status, errors: body.errors }).toEqual({
          operation,
          query,
          status: 422,
          errors: [unknown(field)],
        });
      }
    }
  });

  it('is named by its beginning if the name is long', async () => {
    for (const [name, field] of [
      ['a'.repeat(100), 'a'.repeat(100)],
      ['a'.repeat(3_000), `${'a'.repeat(100)}…`],
      [`${'a'.repeat(99)}😀${'b'.repeat(2_000)}`, `${'a'.repeat(99)}\ufffd…`],
    ] as const) {
      const answer = await api.call('GET', `/api/v1/boards?${encodeURIComponent(name)}=1`);
      expect(answer).toMatchObject(refusal(unknown(field)));
      expect(answer.body.detail).toBe(`${field} is an unknown query parameter.`);
    }
    const answer = await api.call('POST', '/api/v1/boards', { body: { name: 'x', ['b'.repeat(3_000)]: 1 } });
    expect(answer.text.length).toBeLessThan(500);
  });

  it('that is known is rejected by every operation that accepts it when it is empty or given twice', async () => {
    const taking = operations.filter(({ query }) => query.length > 0);
    expect(taking.length).toBeGreaterThan(9);
    for (const operation of taking) {
      for (const field of operation.query) {
        expect(await call(operation, `${field}=`)).toMatchObject(
          refusal({ field, message: 'must not be empty' }),
        );
        expect(await call(operation, `${field}=1&${field}=1`)).toMatchObject(
          refusal({ field, message: 'must be given once' }),
        );
      }
    }
  });

  it('is reported together with all other problems', async () => {
    const query = 'webhook=1&limit=0&limit=5&status=lost&offset=&since=yesterday&token=s3cret';
    const path = `/api/v1/boards/${newRandomId()}/deliveries?${query}`;
    const answer = await api.call('GET', path);
    expect(answer).toMatchObject({
      status: 422,
      body: {
        code: 'validation_failed',
        errors: [
          { field: 'since', message: 'must be an ISO-8601 date or time' },
          { field: 'status', message: expect.stringContaining('must be one of requested, ') },
          unknown('webhook'),
          { field: 'limit', message: 'must be given once' },
          { field: 'offset', message: 'must not be empty' },
          unknown('token'),
        ],
      },
    });
    expect(answer.text).not.toContain('s3cret');
    expect(api.logged()).not.toContain('s3cret');
  });

  it('that is unknown keeps the request from changing anything', async () => {
    const { id } = await api.create('/api/v1/boards', { name: 'Kept' });
    const path = `/api/v1/boards/${id}`;
    expect((await api.call('DELETE', `${path}?dry_run=true`)).status).toBe(422);
    expect((await api.call('PATCH', `${path}?force`, { body: { name: 'Changed' } })).status).toBe(422);
    expect((await api.call('GET', path)).body.name).toBe('Kept');
  });

  it('is rejected for HEAD as for GET', async () => {
    expect((await api.call('HEAD', '/api/v1/boards?limit=1')).status).toBe(200);
    expect((await api.call('HEAD', '/api/v1/boards?page=1')).status).toBe(422);
  });

  it('is ignored by health checks and the docs, and never checked before authentication', async () => {
    for (const path of ['/', '/healthz', '/readyz', '/docs', '/openapi.json']) {
      expect((await api.call('GET', `${path}?cache=no`)).status).toBe(200);
    }
    const nobody = { headers: { authorization: '' } };
    expect((await api.call('GET', '/api/v1/boards?page=1', nobody)).status).toBe(401);
    expect((await api.call('GET', '/api/v1/agent/me?page=1', nobody)).status).toBe(401);
  });
});

describe('the deliveries of a board', () => {
  it('can be filtered by webhook and by time', async () => {
    const board = (await api.create('/api/v1/boards', { name: 'Deliveries' })).id;
    const webhooks = `/api/v1/boards/${board}/webhooks`;
    const [one, other] = await Promise.all(
      ['one', 'other'].map(async (description) => (await api.create(webhooks, { description })).id),
    );
    const asked: string[] = [];
    for (const webhookId of [one, other, one]) {
      const payload = await arrive(api.store, { boardId: board, webhookId, body: '{}' });
      const path = `${webhooks}/${webhookId}/payloads/${payload}`;
      await waitFor(async () => (await api.call('GET', path)).status === 200);
      const again = await api.call('POST', `${path}/redeliver`, { body: { reason: 'x' } });
      asked.push(again.body.delivery_id);
    }
    const list = async (query: string) => {
      const { status, body } = await api.call('GET', `/api/v1/boards/${board}/deliveries?${query}`);
      expect(status).toBe(200);
      const ids = (body.items as { id: string }[]).map(({ id }) => asked.indexOf(id));
      return { ids, total: body.total };
    };
    expect(await list('limit=9')).toEqual({ ids: [2, 1, 0], total: null });
    expect(await list(`webhook_id=${one}`)).toEqual({ ids: [2, 0], total: null });
    expect(await list(`webhook_id=${other.toUpperCase()}&status=requested`)).toEqual({ ids: [1], total: 1 });
    expect(await list(`webhook_id=${newRandomId()}`)).toEqual({ ids: [], total: null });
    expect(await list('since=2030-01-01T00:00:00Z')).toEqual({ ids: [], total: null });
    expect(await list(`webhook_id=${one}&since=2030-01-01T00:00:00Z`)).toEqual({ ids: [], total: null });
    expect(await list('since=2020-01-01&until=2030-01-01')).toEqual({ ids: [2, 1, 0], total: null });
    expect(await list('until=2020-01-01&status=requested')).toEqual({ ids: [], total: null });

    const all = (await api.call('GET', `/api/v1/boards/${board}/deliveries`)).body.items;
    const at = encodeURIComponent(all[1].requested_at);
    const since = (await list(`since=${at}`)).ids;
    const until = (await list(`until=${at}`)).ids;
    expect(since).toContain(1);
    expect(until).not.toContain(1);
    expect([...since, ...until].sort()).toEqual([0, 1, 2]);
    const wrong = await api.call('GET', `/api/v1/boards/${board}/deliveries?webhook_id=W`);
    expect(wrong).toMatchObject(refusal({ field: 'webhook_id', message: 'must be a UUID' }));
  });
});
