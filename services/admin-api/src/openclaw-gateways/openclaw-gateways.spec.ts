import { recordOpenclawGatewayStatus } from '@mission-control/aggregates';
import { streams } from '@mission-control/contracts';
import { startOpenClawSimulator, waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { arrive } from '../testing/arrivals.ts';
import { startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
beforeAll(async () => {
  api = await startTestAdminApi();
});
afterAll(() => api.stop());

const secret = 'a-token-never-shown';
const gateways = '/api/v1/gateways';

describe('OpenClaw gateways', () => {
  it('are created, shown, listed, changed and deleted', async () => {
    const created = await api.create(gateways, {
      name: 'Main',
      url: 'wss://openclaw.test:18789/ws',
      token: secret,
    });
    expect(created).toEqual({
      id: expect.any(String),
      name: 'Main',
      url: 'wss://openclaw.test:18789/ws',
      has_token: true,
      allow_insecure_tls: false,
      tls_fingerprint: null,
      delivery: {
        state: 'unknown',
        since: null,
        code: null,
        detail: null,
        pairing_request_id: null,
        pairing_command: null,
        waiting: 0,
        oldest_waiting_at: null,
      },
      created_at: expect.stringMatching(/Z$/),
      updated_at: created.created_at,
    });
    const path = `${gateways}/${created.id}`;
    expect((await api.call('GET', path)).body).toEqual(created);
    expect((await api.call('GET', gateways)).body).toMatchObject({ items: [created], total: 1 });
    const changed = await api.call('PATCH', path, { body: { name: 'Renamed', token: null } });
    expect(changed.body).toMatchObject({ name: 'Renamed', has_token: false });
    expect((await api.call('GET', path)).body).toEqual(changed.body);
    expect((await api.call('DELETE', path)).body).toEqual({ ok: true });
    for (const [method, suffix] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/check'],
    ] as const) {
      expect(await api.call(method, `${path}${suffix}`)).toMatchObject({
        status: 404,
        body: { code: 'gateway_not_found' },
      });
    }
  });

  it('cannot be deleted while boards use them', async () => {
    const { id } = await api.create(gateways, { name: 'x', url: 'ws://127.0.0.1:1' });
    const boards = [];
    for (const name of ['One', 'Two'])
      boards.push(await api.create('/api/v1/boards', { name, gateway_id: id }));
    const remove = () => api.call('DELETE', `${gateways}/${id}`);
    const rejected = (count: string) => ({
      status: 409,
      body: { code: 'gateway_in_use', detail: expect.stringContaining(count) },
    });
    expect(await remove()).toMatchObject(rejected('2 boards use'));
    await api.call('PATCH', `/api/v1/boards/${boards[0].id}`, { body: { gateway_id: null } });
    expect(await remove()).toMatchObject(rejected('1 board uses'));
    expect((await api.call('GET', `${gateways}/${id}`)).status).toBe(200);
    await api.call('DELETE', `/api/v1/boards/${boards[1].id}`);
    expect(await remove()).toMatchObject({ status: 200, body: { ok: true } });
  });

  it('never show their token', async () => {
    const body = { name: 'x', url: 'ws://127.0.0.1:1', token: secret };
    const created = await api.call('POST', gateways, { body });
    const path = `${gateways}/${created.body.id}`;
    const answers = [
      created,
      await api.call('PATCH', path, { body: { token: `${secret}-2` } }),
      await api.call('GET', path),
      await api.call('GET', gateways),
      await api.call('POST', `${path}/check`),
    ];
    for (const { text } of answers) expect(text).not.toContain(secret);
    for await (const event of api.store.readAll({})) expect(JSON.stringify(event.data)).not.toContain(secret);
    expect(api.logged()).not.toContain(secret);
  });

  it('need the token again when it would go elsewhere or be less safe', async () => {
    const { id } = await api.create(gateways, { name: 'x', url: 'wss://one.test', token: secret });
    const patch = (body: object) => api.call('PATCH', `${gateways}/${id}`, { body });
    for (const body of [
      { url: 'wss://other.test' },
      { url: 'wss://one.test:444' },
      { url: 'ws://one.test' },
      { allow_insecure_tls: true },
    ]) {
      expect(await patch(body)).toMatchObject({ status: 422, body: { code: 'token_required' } });
      expect((await patch({ ...body, token: secret })).status).toBe(200);
      expect((await patch({ url: 'wss://one.test', allow_insecure_tls: false, token: secret })).status).toBe(
        200,
      );
    }
    expect((await patch({ url: 'wss://one.test/path' })).status).toBe(200);
  });

  it('have a WebSocket URL', async () => {
    for (const url of ['http://x', 'openclaw.test', 'wss://', 'ws://user:pass@host', 7]) {
      const answer = await api.call('POST', gateways, { body: { name: 'x', url } });
      expect(answer).toMatchObject({ status: 422, body: { errors: [{ field: 'url' }] } });
    }
  });

  it('can have a pinned certificate, written in any usual way', async () => {
    const digits = 'Ab'.repeat(32);
    const pinned = digits.toLowerCase();
    const { id, tls_fingerprint } = await api.create(gateways, {
      name: 'x',
      url: 'wss://one.test',
      tls_fingerprint: `SHA256:${digits.replace(/(..)(?=.)/g, '$1:')}`,
    });
    expect(tls_fingerprint).toBe(pinned);
    const path = `${gateways}/${id}`;
    expect((await api.call('GET', path)).body).toMatchObject({ tls_fingerprint: pinned });
    for (const wrong of ['', 'ab', `${pinned}00`, 'x'.repeat(64), 7]) {
      expect(await api.call('PATCH', path, { body: { tls_fingerprint: wrong } })).toMatchObject({
        status: 422,
        body: { errors: [{ field: 'tls_fingerprint' }] },
      });
    }
    expect(await api.call('PATCH', path, { body: { url: 'ws://one.test' } })).toMatchObject({
      status: 422,
      body: { code: 'fingerprint_needs_tls' },
    });
    const changed = await api.call('PATCH', path, { body: { tls_fingerprint: null } });
    expect(changed.body).toMatchObject({ tls_fingerprint: null });
  });

  it('say how to pair this installation, and are reached once that is done', async () => {
    const simulator = await startOpenClawSimulator({ remote: true });
    onTestFinished(() => simulator.stop());
    const { id } = await api.create(gateways, {
      name: 'Elsewhere',
      url: simulator.url,
      token: simulator.token,
    });
    const check = async () => (await api.call('POST', `${gateways}/${id}/check`)).body;
    const { problem, ...found } = await check();
    expect(found).toMatchObject({ ok: false, reachable: true, authenticated: false });
    const [requestId = ''] = await simulator.pairingRequests();
    expect(problem).toEqual({
      code: 'not_paired',
      gateway_code: 'NOT_PAIRED/PAIRING_REQUIRED',
      detail: 'pairing required: device is not approved yet',
      pairing_request_id: requestId,
      pairing_command: `openclaw devices approve ${requestId}`,
    });
    await simulator.approve(requestId);
    expect(await check()).toMatchObject({ ok: true, problem: null });
  });

  it('show whether messages can be sent, what to do if not, and what is waiting', async () => {
    const { id } = await api.create(gateways, { name: 'x', url: 'ws://127.0.0.1:1' });
    const path = `${gateways}/${id}`;
    const board = await api.create('/api/v1/boards', { name: 'Board', gateway_id: id });
    const webhook = await api.create(`/api/v1/boards/${board.id}/webhooks`, { description: 'x' });
    const receivedAt = '2026-03-05T12:00:00.000Z';
    const payloadId = await arrive(api.store, {
      boardId: board.id,
      webhookId: webhook.id,
      body: '{}',
      receivedAt,
    });
    await recordOpenclawGatewayStatus(
      api.store,
      {
        type: 'OpenclawGatewayUnavailable',
        data: {
          gatewayId: id,
          state: 'rejected',
          code: 'not_paired',
          detail: 'pairing required',
          pairingRequestId: 'r1',
        },
      },
      {
        occurredAt: receivedAt,
        actor: { kind: 'service', id: 'notifier' },
        correlationId: 'x',
        causationId: null,
      },
    );
    const payload = `/api/v1/boards/${board.id}/webhooks/${webhook.id}/payloads/${payloadId}`;
    const waits = {
      status: 'delivering',
      status_reason: 'not_paired',
      status_detail: 'Run on the host of the OpenClaw gateway: openclaw devices approve r1',
      status_since: receivedAt,
    };
    await waitFor(async () => (await api.call('GET', payload)).body?.status === 'delivering');
    for (const view of [payload, `${payload}/timeline`])
      expect((await api.call('GET', view)).body).toMatchObject(waits);
    const delivery = {
      state: 'rejected',
      since: receivedAt,
      code: 'not_paired',
      detail: 'pairing required',
      pairing_request_id: 'r1',
      pairing_command: 'openclaw devices approve r1',
      waiting: 1,
      oldest_waiting_at: receivedAt,
    };
    expect((await api.call('GET', path)).body.delivery).toEqual(delivery);
    expect((await api.call('PATCH', path, { body: { name: 'y' } })).body.delivery).toEqual(delivery);
    const { items } = (await api.call('GET', gateways)).body;
    expect(items.find((item: { id: string }) => item.id === id).delivery).toEqual(delivery);
  });

  it('are available after a successful check, which is recorded once', async () => {
    const simulator = await startOpenClawSimulator();
    onTestFinished(() => simulator.stop());
    const { id } = await api.create(gateways, { name: 'x', url: simulator.url, token: 'wrong' });
    const path = `${gateways}/${id}`;
    const statuses = () => Array.fromAsync(api.store.readStream(streams.openclawGatewayStatus(id)));
    await api.call('POST', `${path}/check`);
    expect(await statuses()).toEqual([]);
    await api.call('PATCH', path, { body: { token: simulator.token } });
    for (let n = 0; n < 2; n += 1) {
      expect((await api.call('POST', `${path}/check`)).body.ok).toBe(true);
      expect((await api.call('GET', path)).body.delivery).toMatchObject({ state: 'available', code: null });
    }
    expect(await statuses()).toMatchObject([
      { type: 'OpenclawGatewayAvailable', metadata: { actor: { kind: 'admin', id: 'root' } } },
    ]);
  });

  it('can be checked', async () => {
    const { id } = await api.create(gateways, { name: 'Not running', url: 'ws://127.0.0.1:1' });
    expect((await api.call('POST', `${gateways}/${id}/check`)).body).toEqual({
      ok: false,
      reachable: false,
      authenticated: false,
      protocol: null,
      server_version: null,
      latency_ms: null,
      problem: {
        code: 'gateway_unreachable',
        gateway_code: null,
        detail: 'ECONNREFUSED.',
        pairing_request_id: null,
        pairing_command: null,
      },
    });
    const simulator = await startOpenClawSimulator();
    onTestFinished(() => simulator.stop());
    const running = await api.create(gateways, {
      name: 'Running',
      url: simulator.url,
      token: simulator.token,
    });
    expect((await api.call('POST', `${gateways}/${running.id}/check`)).body).toMatchObject({
      ok: true,
      reachable: true,
      authenticated: true,
      protocol: 4,
      problem: null,
    });
    await api.call('PATCH', `${gateways}/${running.id}`, { body: { token: 'another' } });
    expect((await api.call('POST', `${gateways}/${running.id}/check`)).body).toMatchObject({
      ok: false,
      reachable: true,
      authenticated: false,
      problem: {
        code: 'token_refused',
        gateway_code: 'INVALID_REQUEST/AUTH_TOKEN_MISMATCH',
        detail: expect.stringMatching(/token mismatch/),
      },
    });
    const denied = await api.create(gateways, { name: 'Metadata', url: 'ws://169.254.169.254' });
    expect((await api.call('POST', `${gateways}/${denied.id}/check`)).body.problem.code).toBe(
      'address_denied',
    );
  });
});
