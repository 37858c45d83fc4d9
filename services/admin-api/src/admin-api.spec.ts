import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '@mission-control/free-ports';
import { WrongEncryptionKey } from '@mission-control/keyring';
import { migrateReadModels } from '@mission-control/read-models';
import { createLog, createMetrics } from '@mission-control/runtime';
import { createTestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAdminApi } from './admin-api.ts';
import { adminToken, startTestAdminApi, testConfig } from './testing/test-admin-api.ts';

const log = createLog('admin-api', { level: 'fatal', format: 'json' });

/** An address at which the database can disappear and come back. */
const doorTo = async (databaseUrl: string) => {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const open = async (port: number) => {
    server = createServer((client) => {
      const onward = connect(Number(target.port), target.hostname);
      for (const socket of [client, onward]) {
        sockets.add(socket);
        socket.on('error', () => {}).on('close', () => sockets.delete(socket));
      }
      client.pipe(onward).pipe(client);
    }).listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    if (server?.listening) await new Promise((resolve) => server?.close(resolve));
  };
  const port = await open(await freePort());
  onTestFinished(close);
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${port}`;
  return { url: url.href, open: () => open(port), close };
};

const startedOn = async (databaseUrl: string) => {
  const failures: unknown[] = [];
  const api = await startAdminApi({
    config: testConfig(databaseUrl),
    log,
    metrics: createMetrics('admin-api'),
    fail: (error) => failures.push(error),
    draining: new AbortController().signal,
  });
  onTestFinished(() => api.stop());
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`http://127.0.0.1:${api.port}${path}`, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const retryAfter = response.headers.get('retry-after');
    return { status: response.status, retryAfter, body: (await response.json()) as { code?: string } };
  };
  return { call, failures, checks: api.checks };
};

describe('the admin API', () => {
  it('starts without its database, says so, and works whenever the database is available', async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    await migrateReadModels(database.url);
    const door = await doorTo(database.url);
    await door.close();

    const { call, failures } = await startedOn(door.url);
    const expectAway = async () => {
      expect(await call('GET', '/healthz')).toMatchObject({ status: 200 });
      expect(await call('GET', '/readyz')).toMatchObject({ status: 503, body: { status: 'not ready' } });
      expect(await call('GET', '/api/v1/boards')).toMatchObject({
        status: 503,
        retryAfter: expect.stringMatching(/^\d+$/),
        body: { code: 'read_models_unavailable' },
      });
      expect(await call('POST', '/api/v1/boards', { name: 'x' })).toMatchObject({
        status: 503,
        retryAfter: expect.stringMatching(/^\d+$/),
        body: { code: 'event_store_unavailable' },
      });
    };
    await expectAway();

    await door.open();
    await waitFor(async () => (await call('GET', '/readyz')).status === 200);
    expect((await call('POST', '/api/v1/boards', { name: 'x' })).status).toBe(201);

    await door.close();
    await expectAway();
    await door.open();
    await waitFor(async () => (await call('POST', '/api/v1/boards', { name: 'x' })).status === 201);
    expect((await call('GET', '/api/v1/boards')).status).toBe(200);
    expect(failures).toEqual([]);
  });

  it('is not ready before the projector has migrated the database', async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const { call, checks } = await startedOn(database.url);
    expect(checks.map(({ name }) => name)).toEqual(['event_store', 'read_models']);
    await waitFor(async () => (await call('GET', '/api/v1/boards')).body.code === 'read_models_unavailable');
    expect((await call('GET', '/readyz')).status).toBe(503);
    await migrateReadModels(database.url);
    await waitFor(async () => (await call('GET', '/readyz')).status === 200);
  });

  it("stops with the reason when its key is not the installation's", async () => {
    const first = await startTestAdminApi();
    onTestFinished(() => first.stop());
    const { failures } = await startedOn(first.databaseUrl);
    await waitFor(() => failures.length > 0);
    expect(failures[0]).toBeInstanceOf(WrongEncryptionKey);
  });

  it('stops at once despite open connections, and finishes requests in progress', async () => {
    const api = await startTestAdminApi();
    const { port } = new URL(api.url);
    const unused = connect(Number(port), '127.0.0.1');
    await once(unused, 'connect');
    const { id } = await api.create('/api/v1/boards', { name: 'x' });
    const following = await fetch(`${api.url}/api/v1/boards/${id}/memory/stream`, {
      headers: { authorization: `Bearer ${adminToken}` },
    });
    const inProgress = request(`${api.url}/api/v1/boards`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${adminToken}`,
        'content-type': 'application/json',
        expect: '100-continue',
      },
    });
    inProgress.flushHeaders();
    await once(inProgress, 'continue');
    const stopped = api.stop();
    inProgress.end('{"name":"in progress"}');
    const [answer] = await once(inProgress, 'response');
    expect(answer.statusCode).toBe(201);
    answer.resume();
    // The test kit's time limit for a stop is longer than a test may take, so idle connections were closed before it expired.
    await Promise.all([following.text(), stopped]);
    unused.destroy();
  });

  it('answers a command from its decision, and says when the read models are behind', async () => {
    const api = await startTestAdminApi({}, { readModelsMs: 100 });
    onTestFinished(() => api.stop());
    const { id } = await api.create('/api/v1/boards', { name: 'Before' });
    await waitFor(async () => (await api.call('GET', `/api/v1/boards/${id}`)).status === 200);
    await api.stopProjections();
    const changed = await api.call('PATCH', `/api/v1/boards/${id}`, { body: { name: 'After' } });
    expect(changed).toMatchObject({ status: 200, body: { name: 'After' } });
    expect(changed.headers.get('x-read-model')).toBe('behind');
    expect((await api.call('GET', `/api/v1/boards/${id}`)).body.name).toBe('Before');
    const unchanged = await api.call('PATCH', `/api/v1/boards/${id}`, { body: { name: 'After' } });
    expect(unchanged.headers.get('x-read-model')).toBeNull();
  });
});
