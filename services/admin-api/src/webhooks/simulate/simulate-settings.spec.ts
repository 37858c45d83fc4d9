import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive } from '../../testing/arrivals.ts';
import { auditorToken, startTestAdminApi, type TestAdminApi } from '../../testing/test-admin-api.ts';

let api: TestAdminApi;
let boardId: string;
let agentId: string;
beforeAll(async () => {
  api = await startTestAdminApi();
  boardId = (await api.create('/api/v1/boards', { name: 'Releases' })).id;
  const lead = { board_id: boardId, name: 'Ada', is_board_lead: true };
  agentId = (await api.create('/api/v1/agents', lead)).id;
});
afterAll(() => api.stop());

const since = '2000-01-01T00:00:00Z';
const none = { reason: null, filter_error: null };

/** A webhook with one payload for each body, as the read model shows them, newest first. */
const scene = async (bodies: readonly object[], settings: object = {}, board = boardId) => {
  const { id } = await api.create(`/api/v1/boards/${board}/webhooks`, {
    description: 'Do it',
    ...settings,
  });
  const path = `/api/v1/boards/${board}/webhooks/${id}`;
  const ids: string[] = [];
  for (const body of bodies)
    ids.push(await arrive(api.store, { boardId: board, webhookId: id, body: JSON.stringify(body) }));
  await waitFor(async () => (await api.call('GET', `${path}/payloads`)).body.total === bodies.length);
  const simulate = (body: object, headers = {}) => api.call('POST', `${path}/simulate`, { body, headers });
  return { path, ids, simulate };
};

describe('settings that are tried on past payloads', () => {
  it('show of which payloads agents would have been told, and change nothing', async () => {
    const { ids, simulate } = await scene([{ merged: true }, { merged: false }, { other: 1 }]);
    const before = (await api.store.head())?.position;
    const { status, body } = await simulate({ since, changes: { notify_when: 'body.merged' } });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ payloads: 3, more: false, gone: 0 },
      current: { told: 3, filtered: 0, filter_errors: 0, messages: 3 },
      changed: { told: 2, filtered: 1, filter_errors: 1, messages: 2 },
    });
    const told = { told: true, ...none, agent_id: agentId };
    expect(body.differences).toEqual([
      {
        ...{
          payload_id: ids[2],
          received_at: expect.stringMatching(/Z$/),
          event_type: 'push',
          text_differs: false,
        },
        current: told,
        changed: { ...told, filter_error: expect.stringContaining('merged') },
      },
      {
        ...{
          payload_id: ids[1],
          received_at: expect.stringMatching(/Z$/),
          event_type: 'push',
          text_differs: false,
        },
        current: told,
        changed: { told: false, ...none, reason: 'notify_when', agent_id: null },
      },
    ]);
    expect((await api.store.head())?.position).toEqual(before);
  });

  it('show another text, another agent and fewer messages', async () => {
    const { ids, simulate } = await scene([{ n: 1 }, { n: 1 }, { n: 2 }]);
    const text = await simulate({ since, changes: { message: { fields: ['/n'] } } });
    expect(text.body.differences.map(({ text_differs }: { text_differs: boolean }) => text_differs)).toEqual([
      true,
      true,
      true,
    ]);
    const other = (await api.create('/api/v1/agents', { board_id: boardId, name: 'Bob' })).id;
    const agent = await simulate({ since, limit: 1, changes: { agent_id: other } });
    expect(agent.body).toMatchObject({
      ...{ payloads: 1, more: true },
      differences: [{ payload_id: ids[2], current: { agent_id: agentId }, changed: { agent_id: other } }],
    });
    const together = await simulate({ since, changes: { coalesce: { key: '/n', window_seconds: 60 } } });
    expect(together.body).toMatchObject({
      current: { messages: 3 },
      changed: { told: 3, messages: 2 },
      differences: [],
    });
  });

  it('show how many messages a key in CEL makes, and which payloads have none', async () => {
    const { ids, simulate } = await scene([{ n: 1 }, { n: 3 }, { n: 2 }, { m: 1 }]);
    const { body } = await simulate({
      since,
      changes: { coalesce: { key: 'body.n % 2 == 0', window_seconds: 60 } },
    });
    expect(body).toMatchObject({
      current: { messages: 4, filter_errors: 0 },
      changed: { told: 4, messages: 3, filter_errors: 1 },
      differences: [
        {
          payload_id: ids[3],
          text_differs: false,
          changed: { told: true, filter_error: expect.stringMatching(/^coalesce\.key: .*n/) },
        },
      ],
    });
  });

  it('keep to a limit of messages in a minute, also of payloads that are told together', async () => {
    const { ids, simulate } = await scene([{ n: 1 }, { n: 1 }, { n: 2 }, { n: 2 }]);
    const limited = await simulate({ since, changes: { max_told_per_minute: 3 } });
    expect(limited.body).toMatchObject({
      current: { told: 4, messages: 4 },
      changed: { told: 3, filtered: 1, messages: 3 },
      differences: [{ payload_id: ids[3], changed: { told: false, reason: 'told_too_often' } }],
    });
    const coalesce = { key: '/n', window_seconds: 10 };
    const together = await simulate({ since, changes: { coalesce, max_told_per_minute: 1 } });
    expect(together.body).toMatchObject({
      changed: { told: 2, filtered: 2, messages: 1 },
      differences: [{ payload_id: ids[3] }, { payload_id: ids[2] }],
    });
  });

  it('are compared with those in force, in a window of time', async () => {
    const { simulate } = await scene([{ bot: true }], { notify_when: '!body.bot' });
    const same = await simulate({ since, changes: { notify_when: 'body.bot == false' } });
    expect(same.body).toMatchObject({ current: { filtered: 1 }, changed: { filtered: 1 }, differences: [] });
    const past = await simulate({ since, until: '2001-01-01T00:00:00Z', changes: { notify_when: null } });
    expect(past.body).toMatchObject({ payloads: 0, differences: [] });
    const later = await simulate({ since, changes: { notify_when: null } });
    expect(later.body).toMatchObject({ changed: { told: 1 }, differences: [{ changed: { told: true } }] });
  });

  it('tell nobody on a board without an agent', async () => {
    const empty = (await api.create('/api/v1/boards', { name: 'Empty' })).id;
    const { simulate } = await scene([{ n: 1 }], { notify_when: 'body.n > 1' }, empty);
    const { body } = await simulate({ since, changes: { notify_when: null } });
    expect(body).toMatchObject({
      current: { told: 0, filtered: 1, messages: 0 },
      changed: { told: 0, filtered: 0, messages: 0 },
      differences: [{ changed: { told: false, reason: 'no_agent', agent_id: null } }],
    });
  });

  it('are rejected if they could not be saved, and are not for auditors', async () => {
    const { simulate, path } = await scene([]);
    for (const [body, field] of [
      [{ changes: { actor: '/a' } }, 'since'],
      [{ since }, 'changes'],
      [{ since, changes: {} }, 'changes'],
      [{ since, changes: { enabled: false } }, 'changes.enabled'],
      [{ since, changes: { notify_when: 'body.' } }, 'changes.notify_when'],
      [{ since, limit: 1_001, changes: { actor: '/a' } }, 'limit'],
    ] as const) {
      const answer = await simulate(body);
      expect([answer.status, answer.body.errors?.[0].field]).toEqual([422, field]);
    }
    const changes = { agent_id: '018e0e5a-0000-7000-8000-000000000001' };
    expect((await simulate({ since, changes })).status).toBe(422);
    const denied = await simulate(
      { since, changes: { actor: '/a' } },
      { authorization: `Bearer ${auditorToken}` },
    );
    expect([denied.status, denied.body.code]).toEqual([403, 'read_only']);
    const elsewhere = path.replace(boardId, changes.agent_id);
    const missing = await api.call('POST', `${elsewhere}/simulate`, {
      body: { since, changes: { actor: null } },
    });
    expect(missing.status).toBe(404);
  });
});
