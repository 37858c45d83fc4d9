import { randomBytes } from 'node:crypto';
import { type Keyring, openKeyring, readLinkToken } from '@mission-control/keyring';
import { createLog, createMetrics } from '@mission-control/runtime';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAdminApi } from '../admin-api.ts';
import { arrive } from '../testing/arrivals.ts';
import { startTestAdminApi, type TestAdminApi, testConfig } from '../testing/test-admin-api.ts';
import { readLinkUses } from './read-link-uses.ts';

const key = randomBytes(32);
const inAnHour = () => new Date((Math.floor(Date.now() / 1_000) + 3_600) * 1_000).toISOString();
const withoutHeaders = { headers: { authorization: '' } };

let api: TestAdminApi;
let keyring: Keyring;
beforeAll(async () => {
  api = await startTestAdminApi({ ENCRYPTION_KEY: [key] });
  keyring = await openKeyring(api.store, [key], {
    occurredAt: new Date().toISOString(),
    actor: { kind: 'service', id: 'spec' },
    correlationId: 'spec',
    causationId: null,
  });
});
afterAll(() => api.stop());

/** A payload on a board of its own, an agent of that board, and their link. */
const linked = async (body = '{"text":"</s> /model x"}', expiresAt = inAnHour()) => {
  const boardId: string = (await api.create('/api/v1/boards', { name: 'Board' })).id;
  const { id: agentId, token: agentToken } = await api.create('/api/v1/agents', {
    board_id: boardId,
    name: 'Ada',
  });
  const webhookId: string = (await api.create(`/api/v1/boards/${boardId}/webhooks`, { description: 'x' })).id;
  const payloadId = await arrive(api.store, { boardId, webhookId, body });
  const payload = `boards/${boardId}/webhooks/${webhookId}/payloads/${payloadId}`;
  await waitFor(async () => (await api.call('GET', `/api/v1/${payload}`)).status === 200);
  const token = await readLinkToken(keyring, keyring.newestKeyId, {
    webhookId,
    payloadId,
    agentId,
    expiresAt,
  });
  const webhook = `/api/v1/boards/${boardId}/webhooks/${webhookId}`;
  return { token: token ?? '', link: `/api/v1/read/${token}`, payload, webhook, agentId, agentToken };
};
const read = (link: string) => api.call('GET', link, withoutHeaders);

describe('a read link', () => {
  it('answers without any header what the agent API answers, escaped, and is never stored by caches', async () => {
    const { link, payload, agentToken } = await linked();
    const answer = await read(link);
    const asAgent = await api.call('GET', `/api/v1/agent/${payload}`, {
      headers: { authorization: '', 'x-agent-token': agentToken },
    });
    expect(answer).toMatchObject({ status: 200, text: asAgent.text });
    expect(answer.text).toContain('\\u003c\\/s> \\/model x');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('answers as much as is asked for, and not more than a bound', async () => {
    const { link } = await linked(JSON.stringify({ text: 'x'.repeat(200_000) }));
    expect((await read(`${link}?max_chars=10`)).body).toMatchObject({
      payload: '{"text":"x',
      truncated: true,
    });
    expect((await read(link)).body.payload).toHaveLength(100_000);
    expect((await read(`${link}?max_chars=1000000`)).body).toMatchObject({ truncated: false });
    expect((await read(`${link}?max_chars=1000001`)).status).toBe(422);
  });

  it('is for reading only', async () => {
    const { link } = await linked();
    for (const method of ['POST', 'PATCH', 'PUT', 'DELETE'])
      expect((await api.call(method, link, withoutHeaders)).status).toBe(404);
  });

  it('is unknown if any character is missing or wrong', async () => {
    const { link } = await linked();
    const changed = `${link.slice(0, -1)}${link.endsWith('A') ? 'B' : 'A'}`;
    for (const wrong of [link.slice(0, -1), `${link}.`, changed, '/api/v1/read/x'])
      expect(await read(wrong)).toMatchObject({ status: 404, body: { code: 'read_link_unknown' } });
  });

  it('expires, and then says how to get another', async () => {
    const { link } = await linked('{}', '2026-03-05T13:00:00.000Z');
    const { status, body } = await read(link);
    expect([status, body.code]).toEqual([410, 'read_link_expired']);
    expect(body.detail).toMatch(
      /expired at 2026-03-05T13:00:00\.000Z\. .*agent token.* redelivery .* new link/,
    );
  });

  it('can be used a number of times, whatever happens to other links', async () => {
    const { link } = await linked();
    const other = await linked();
    for (let use = 1; use <= readLinkUses; use += 1) expect((await read(link)).status).toBe(200);
    expect(await read(link)).toMatchObject({ status: 410, body: { code: 'read_link_used_up' } });
    expect((await read(other.link)).status).toBe(200);
  });

  it.each(['payload', 'webhook', 'agent'] as const)('ends with the %s', async (what) => {
    const made = await linked();
    expect((await read(made.link)).status).toBe(200);
    const path = {
      payload: `/api/v1/${made.payload}`,
      webhook: made.webhook,
      agent: `/api/v1/agents/${made.agentId}`,
    };
    expect((await api.call('DELETE', path[what])).status).toBe(200);
    expect(await read(made.link)).toMatchObject({ status: 410, body: { code: 'read_link_gone' } });
  });

  it('gives access to nothing where read links are turned off', async () => {
    const { token } = await linked();
    const off = await startAdminApi({
      config: { ...testConfig(api.databaseUrl), ENCRYPTION_KEY: [key], READ_LINK_SECONDS: 0 },
      log: createLog('admin-api', { level: 'info', format: 'json' }, { write: () => {} }),
      metrics: createMetrics('admin-api'),
      fail: () => {},
      draining: new AbortController().signal,
    });
    try {
      const url = `http://127.0.0.1:${off.port}`;
      await waitFor(async () => (await fetch(`${url}/readyz`)).status === 200);
      const answer = await fetch(`${url}/api/v1/read/${token}`);
      expect([answer.status, await answer.json()]).toMatchObject([410, { code: 'read_links_off' }]);
    } finally {
      await off.stop();
    }
  });

  it('is never logged, whether it works or not', async () => {
    const { link, token } = await linked();
    await read(link);
    await read(`${link}?max_chars=x&token=${token}`);
    await read(`${link}x`);
    await read(`/nowhere/${token}`);
    await api.call('POST', link, withoutHeaders);
    const lines = () => api.logged().split('\n');
    await waitFor(() => lines().filter((line) => line.includes('"/api/v1/read/:token"')).length >= 3);
    expect(api.logged()).not.toContain(token);
  });
});
