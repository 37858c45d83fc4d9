import { openReadModels } from '@mission-control/read-models';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditorToken, startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
let database: ReturnType<typeof openReadModels>;
let webhooks: string;
const start = async (CONTENT_ENCRYPTION: 'off' | 'per-webhook' | 'on') => {
  api = await startTestAdminApi({ CONTENT_ENCRYPTION });
  database = openReadModels(api.databaseUrl);
  const { id } = await api.create('/api/v1/boards', { name: 'Board' });
  webhooks = `/api/v1/boards/${id}/webhooks`;
};
const stop = async () => {
  await database?.close();
  await api?.stop();
};
const asAuditor = { headers: { authorization: `Bearer ${auditorToken}` } };
const create = (encrypt_content?: boolean | null) =>
  api.create(webhooks, { description: 'x', ...(encrypt_content !== undefined && { encrypt_content }) });
const change = (id: string, encrypt_content: boolean | null) =>
  api.call('PATCH', `${webhooks}/${id}`, { body: { encrypt_content } });
/** How many content keys the webhook has. */
const keysOf = async (webhookId: string): Promise<number> => {
  const { rows } = await sql<{ keys: number }>`
    select count(*)::int as keys from content_keys.keys where webhook_id = ${webhookId}`.execute(database.db);
  return rows[0]?.keys ?? 0;
};

describe('encrypt_content, with CONTENT_ENCRYPTION=per-webhook', () => {
  beforeAll(() => start('per-webhook'));
  afterAll(stop);

  it('is null unless it is set, and no key is made for that', async () => {
    const created = await create();
    expect(created.encrypt_content).toBeNull();
    expect(await keysOf(created.id)).toBe(0);
  });

  it('makes the key durable before it is set, once', async () => {
    const created = await create(true);
    expect(created.encrypt_content).toBe(true);
    expect(await keysOf(created.id)).toBe(1);
    const later = await create(false);
    expect(await keysOf(later.id)).toBe(0);
    expect(await change(later.id, true)).toMatchObject({ status: 200, body: { encrypt_content: true } });
    expect(await keysOf(later.id)).toBe(1);
    expect((await change(later.id, null)).body.encrypt_content).toBeNull();
    expect((await change(later.id, true)).body.encrypt_content).toBe(true);
    expect(await keysOf(later.id)).toBe(1);
  });

  it('is in the history of the webhook and in its configuration as of a time', async () => {
    const { id } = await create(true);
    const url = `${webhooks}/${id}`;
    const shown = await api.call('GET', `${url}?as_of=${encodeURIComponent(new Date().toISOString())}`);
    expect(shown.body.encrypt_content).toBe(true);
    await change(id, false);
    const { body } = await api.call('GET', `${url}/history`, asAuditor);
    expect(body.items[0]).toMatchObject({
      type: 'WebhookUpdated',
      before: { encrypt_content: true },
      after: { encrypt_content: false },
    });
  });

  it('can be changed by admins only', async () => {
    const { id } = await create(true);
    const refused = await api.call('PATCH', `${webhooks}/${id}`, {
      body: { encrypt_content: false },
      ...asAuditor,
    });
    expect(refused.status).toBe(403);
    expect((await api.call('GET', `${webhooks}/${id}`, asAuditor)).body.encrypt_content).toBe(true);
  });

  it('is true, false or null', async () => {
    const { id } = await create();
    const { status } = await api.call('PATCH', `${webhooks}/${id}`, { body: { encrypt_content: 'yes' } });
    expect(status).toBe(422);
  });
});

describe('encrypt_content, with CONTENT_ENCRYPTION=on', () => {
  beforeAll(() => start('on'));
  afterAll(stop);

  it('is not needed for a key, and false makes none', async () => {
    expect(await keysOf((await create()).id)).toBe(1);
    const plain = await create(false);
    expect(await keysOf(plain.id)).toBe(0);
    expect((await change(plain.id, null)).status).toBe(200);
    expect(await keysOf(plain.id)).toBe(1);
  });
});

describe('encrypt_content, with CONTENT_ENCRYPTION=off', () => {
  beforeAll(() => start('off'));
  afterAll(stop);

  it('cannot be true, because nothing would be encrypted', async () => {
    const body = { description: 'x', encrypt_content: true };
    const refused = { status: 409, body: { code: 'content_encryption_off' } };
    expect(await api.call('POST', webhooks, { body })).toMatchObject(refused);
    const { id } = await create();
    expect(await change(id, true)).toMatchObject(refused);
    expect((await change(id, false)).body.encrypt_content).toBe(false);
    expect(await keysOf(id)).toBe(0);
  });
});
