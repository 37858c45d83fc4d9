import { newRandomId } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
beforeAll(async () => {
  api = await startTestAdminApi();
});
afterAll(() => api.stop());

/** The log line of a request. */
const lineAfter = async (path: string) => {
  const requestId = newRandomId();
  await api.call('GET', path, { headers: { 'x-request-id': requestId } });
  const line = () =>
    api
      .logged()
      .split('\n')
      .find((text) => text.includes(requestId));
  await waitFor(() => line() !== undefined);
  return JSON.parse(line() ?? '');
};

describe('the log line of a request', () => {
  it('names the route and the ids in the path', async () => {
    const [board, webhook] = [newRandomId(), newRandomId()];
    const line = await lineAfter(`/api/v1/boards/${board}/webhooks/${webhook.toUpperCase()}?limit=5`);
    expect(line).toMatchObject({
      method: 'GET',
      route: '/api/v1/boards/:board_id/webhooks/:webhook_id',
      board_id: board,
      webhook_id: webhook,
      status: 422,
      actor: 'admin:root',
    });
  });

  it('contains nothing of a path or a query as it was sent', async () => {
    expect(await lineAfter('/api/v1/boards/slipped-in?token=slipped-in')).toMatchObject({
      route: '/api/v1/boards/:board_id',
      status: 422,
    });
    expect(await lineAfter('/slipped-in/boards?token=slipped-in')).toMatchObject({
      route: null,
      status: 404,
    });
    expect(api.logged()).not.toContain('slipped-in');
  });
});
