import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive } from '../../testing/arrivals.ts';
import { auditorToken, baseUrl, startTestAdminApi, type TestAdminApi } from '../../testing/test-admin-api.ts';

let api: TestAdminApi;
let boardId: string;
beforeAll(async () => {
  api = await startTestAdminApi();
  boardId = (await api.create('/api/v1/boards', { name: 'Releases/1' })).id;
});
afterAll(() => api.stop());

const webhook = async (settings: object = {}) => {
  const { id } = await api.create(`/api/v1/boards/${boardId}/webhooks`, {
    description: 'Do it',
    ...settings,
  });
  const path = `/api/v1/boards/${boardId}/webhooks/${id}`;
  const preview = (body: object, headers = {}) => api.call('POST', `${path}/preview`, { body, headers });
  return { id, path, preview };
};
const issue = { action: 'opened', issue: { title: 'It breaks', number: 12 } };

describe('the preview of a message', () => {
  it('is made of a sample, with the settings of the webhook or those to try', async () => {
    const message = { fields: ['/issue/number'], template: 'Issue {{/issue/title}}' };
    const { id, preview } = await webhook({ message });
    const given = { sample: issue, headers: { 'X-GitHub-Event': 'issues' } };
    const { status, body } = await preview(given);
    expect(status).toBe(200);
    expect(body).toEqual({
      text: expect.stringMatching(
        /^WEBHOOK EVENT RECEIVED\nBoard: Releases\\\/1\n.*\nInstruction: Do it\n.*\nIssue "It breaks"\n\nissue\.number: 12\n/s,
      ),
      characters: body.text.length,
      template: 4,
      event_type: 'issues.opened',
      sender: 'GitHub',
    });
    expect(body.text).toContain(`GET ${baseUrl}/api/v1/agent/boards/${boardId}/webhooks/${id}/payloads/`);
    const other = await preview({ ...given, message: { template: null } });
    expect(other.body.text).not.toContain('Issue "It breaks"');
    expect(other.body.text).toContain('issue.number: 12\n');
    const none = await preview({ ...given, message: null });
    expect(none.body.text).not.toContain('issue.number: 12\n');
  });

  it('has a read link that opens nothing', async () => {
    const { preview } = await webhook();
    const { body } = await preview({ sample: '{"a":1e400}' });
    const [, link = ''] = /^GET https:\/\/hooks\.test(\/api\/v1\/read\/[\w-]{112})$/m.exec(body.text) ?? [];
    expect((await api.call('GET', link, { headers: { authorization: '' } })).body.code).toBe(
      'read_link_expired',
    );
    expect(body.text).toContain('"a": 1e400');
  });

  it('is made of a stored payload, with the event type by the settings that were in force when it arrived', async () => {
    const { id, path, preview } = await webhook({ event_type: 'body:/issue/title' });
    const payloadId = await arrive(api.store, { boardId, webhookId: id, body: JSON.stringify(issue) });
    await waitFor(async () => (await api.call('GET', `${path}/payloads/${payloadId}`)).status === 200);
    await api.call('PATCH', path, { body: { event_type: 'body:/action', description: 'Do more' } });
    const { body } = await preview({ payload_id: payloadId });
    expect(body.event_type).toBe('It_breaks');
    expect(body.text).toContain(`\nPayload ID: ${payloadId}\nInstruction: Do more\n`);
    expect((await preview({ sample: issue })).body.event_type).toBe('opened');
  });

  it('stores nothing, and is not for auditors', async () => {
    const { preview } = await webhook();
    const before = (await api.store.head())?.position;
    expect((await preview({ sample: issue })).status).toBe(200);
    const denied = await preview({ sample: issue }, { authorization: `Bearer ${auditorToken}` });
    expect([denied.status, denied.body.code]).toEqual([403, 'read_only']);
    expect((await api.store.head())?.position).toEqual(before);
  });

  it('says what is wrong with what it is asked for', async () => {
    const { preview, path } = await webhook();
    const unknown = '018e0e5a-0000-7000-8000-000000000001';
    for (const [body, field] of [
      [{}, ''],
      [{ payload_id: unknown, sample: {} }, ''],
      [{ payload_id: unknown, headers: { a: 'b' } }, ''],
      [{ payload_id: 'x' }, 'payload_id'],
      [{ sample: {}, headers: { 'not a name': 'x' } }, 'headers.not a name'],
      [{ sample: {}, message: { template: '{{' } }, 'message.template'],
      [{ sample: {}, simulate: true }, 'simulate'],
    ] as const) {
      const answer = await preview(body);
      expect([answer.status, answer.body.errors?.[0].field]).toEqual([422, field]);
    }
    expect((await preview({ payload_id: unknown })).body.code).toBe('payload_not_found');
    const elsewhere = path.replace(boardId, unknown);
    expect((await api.call('POST', `${elsewhere}/preview`, { body: { sample: {} } })).status).toBe(404);
  });
});
