import { newRandomId, parseEvent, signatureSchemeSchema, streams } from '@mission-control/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { baseUrl, startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
let boardId: string;
let agentId: string;
let webhooks: string;
beforeAll(async () => {
  api = await startTestAdminApi();
});
afterAll(() => api.stop());
beforeEach(async () => {
  boardId = (await api.create('/api/v1/boards', { name: 'Board' })).id;
  agentId = (await api.create('/api/v1/agents', { board_id: boardId, name: 'Agent' })).id;
  webhooks = `/api/v1/boards/${boardId}/webhooks`;
});

describe('webhooks', () => {
  it('are created, shown, listed, changed and deleted', async () => {
    const created = await api.create(webhooks, {
      description: 'Process new customer signups from Stripe',
      enabled: true,
      agent_id: agentId,
    });
    const endpoint = `/api/v1/boards/${boardId}/webhooks/${created.id}`;
    expect(created).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/),
      board_id: boardId,
      agent_id: agentId,
      description: 'Process new customer signups from Stripe',
      enabled: true,
      has_secret: false,
      signature_scheme: 'hmac',
      signature_header: null,
      timestamp_tolerance_seconds: 300,
      previous_secret_valid_until: null,
      allowed_ips: [],
      dedupe: 'scheme',
      dedupe_differing: 'same',
      dedupe_window: 604_800,
      content_encodings: [],
      retry_failed_runs: 0,
      retention: { max_age_days: null, max_payloads: null },
      receipt: 'on_request',
      encrypt_content: null,
      event_type: 'scheme',
      message: { fields: [], template: null },
      notify_when: null,
      ignore_actors: [],
      actor: null,
      max_told_per_minute: null,
      delivery: 'active',
      coalesce: null,
      endpoint_path: endpoint,
      endpoint_url: `${baseUrl}${endpoint}`,
      created_at: expect.stringMatching(/Z$/),
      updated_at: created.created_at,
    });
    expect((await api.call('GET', endpoint)).body).toEqual(created);
    expect((await api.call('GET', webhooks)).body).toEqual({
      items: [created],
      total: 1,
      limit: 50,
      offset: 0,
      next_cursor: null,
    });

    const other = await api.create('/api/v1/agents', { board_id: boardId, name: 'Other' });
    const body = { description: 'Updated', enabled: false, agent_id: other.id };
    const changed = await api.call('PATCH', endpoint, { body });
    expect(changed).toMatchObject({
      status: 200,
      body: { ...created, ...body, updated_at: expect.any(String) },
    });
    expect((await api.call('GET', endpoint)).body).toEqual(changed.body);

    expect(await api.call('DELETE', endpoint)).toMatchObject({ status: 200, body: { ok: true } });
    expect((await api.call('GET', endpoint)).status).toBe(404);
    expect((await api.call('PATCH', endpoint, { body })).status).toBe(404);
    expect((await api.call('DELETE', endpoint)).status).toBe(404);
  });

  it('record on deletion what happens to board memory', async () => {
    const decided = await Promise.all(
      ['', '?cleanup_memory=true', '?cleanup_memory=false'].map(async (query) => {
        const { id } = await api.create(webhooks, { description: 'x' });
        expect((await api.call('DELETE', `${webhooks}/${id}${query}`)).status).toBe(200);
        const deleted = await api.store.readEvent(streams.webhook(id), 1);
        return deleted !== 'gone' && parseEvent(deleted).data;
      }),
    );
    expect(decided).toMatchObject([
      { cleanupMemory: false },
      { cleanupMemory: true },
      { cleanupMemory: false },
    ]);
  });

  it('are all on the board when fifty are created at once', async () => {
    const made = await Promise.all(
      Array.from({ length: 50 }, () =>
        api.decided('POST', webhooks, { body: { description: 'one of many' } }),
      ),
    );
    expect(made.map(({ status }) => status)).toEqual(made.map(() => 201));
    const list = (await api.call('GET', `${webhooks}?limit=200`)).body;
    expect(list.total).toBe(50);
    expect(new Set(list.items.map((item: { id: string }) => item.id))).toEqual(
      new Set(made.map(({ body }) => body.id)),
    );
  });

  it('of another board are not found', async () => {
    const { id } = await api.create(webhooks, { description: 'x' });
    const other = (await api.create('/api/v1/boards', { name: 'Other' })).id;
    const foreign = `/api/v1/boards/${other}/webhooks/${id}`;
    const notFound = { status: 404, body: { code: 'webhook_not_found' } };
    expect(await api.call('GET', foreign)).toMatchObject(notFound);
    expect(await api.call('PATCH', foreign, { body: { enabled: false } })).toMatchObject(notFound);
    expect(await api.call('DELETE', foreign)).toMatchObject(notFound);
    expect(await api.call('GET', `${foreign}/payloads`)).toMatchObject(notFound);
    expect(await api.call('GET', `${webhooks}/no-id`)).toMatchObject(notFound);
    expect((await api.call('GET', `/api/v1/boards/${newRandomId()}/webhooks`)).body.code).toBe(
      'board_not_found',
    );
    expect(
      (await api.call('POST', `/api/v1/boards/${newRandomId()}/webhooks`, { body: { description: 'x' } }))
        .status,
    ).toBe(404);
  });
});

describe('a webhook', () => {
  const post = (body: object) => api.call('POST', webhooks, { body });

  it('tells only agents of its own board', async () => {
    const other = (await api.create('/api/v1/boards', { name: 'Other' })).id;
    const stranger = (await api.create('/api/v1/agents', { board_id: other, name: 'Stranger' })).id;
    const refused = { status: 422, body: { code: 'agent_not_on_board' } };
    expect(await post({ description: 'x', agent_id: stranger })).toMatchObject(refused);
    const { id } = await api.create(webhooks, { description: 'x', agent_id: agentId });
    expect(await api.call('PATCH', `${webhooks}/${id}`, { body: { agent_id: stranger } })).toMatchObject(
      refused,
    );
    await api.call('DELETE', `/api/v1/agents/${agentId}`);
    expect((await api.call('GET', `${webhooks}/${id}`)).body.agent_id).toBe(agentId);
    expect(
      (await api.call('PATCH', `${webhooks}/${id}`, { body: { agent_id: null } })).body.agent_id,
    ).toBeNull();
  });

  it('never shows its secret', async () => {
    const secret = 'whsec_never_shown_again';
    const created = await api.call('POST', webhooks, { body: { description: 'x', secret } });
    const path = `${webhooks}/${created.body.id}`;
    const changed = await api.call('PATCH', path, { body: { secret: `${secret}_2` } });
    const answers = [created, changed, await api.call('GET', path), await api.call('GET', webhooks)];
    for (const { text } of answers) {
      expect(text).toContain('"has_secret":true');
      expect(text).not.toContain(secret);
      expect(text).not.toMatch(/"secret"|ey[\w-]+\.[\w-]*\./);
    }
    for await (const event of api.store.readAll({})) expect(JSON.stringify(event.data)).not.toContain(secret);
    expect(api.logged()).not.toContain(secret);
    expect((await api.call('PATCH', path, { body: { secret: null } })).body.has_secret).toBe(false);
  });

  it('says where an expression is wrong, and what becomes of parked deliveries only when delivery resumes', async () => {
    const { errors } = (await post({ description: 'x', notify_when: 'body.a == 1 &&\n  bdy.b' })).body;
    expect(errors).toEqual([
      {
        field: 'notify_when',
        message:
          'at line 2, column 3: there is no variable bdy; there are body, headers, event_type, source_ip',
      },
    ]);
    const rules = {
      ...{ notify_when: 'body.merged', ignore_actors: ['ada'], actor: '/by', delivery: 'paused' },
      max_told_per_minute: 20,
    };
    const { body: created } = await post({ description: 'x', ...rules });
    expect(created).toMatchObject(rules);
    const path = `${webhooks}/${created.id}`;
    expect(await api.call('PATCH', path, { body: { on_resume: 'discard' } })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'on_resume', message: 'needs delivery: active' }] },
    });
    const resumed = await api.call('PATCH', path, { body: { delivery: 'active', on_resume: 'discard' } });
    expect(resumed.body).toMatchObject({ ...rules, delivery: 'active' });
    const stored = await Array.fromAsync(api.store.readStream(streams.webhook(created.id)));
    expect(stored.at(-1)?.data).toMatchObject({ delivery: 'active', onResume: 'discard' });
  });

  it('accepts the schemes that can be verified, and settings that fit together', async () => {
    const secret = 'a secret';
    for (const [body, code] of [
      [{ signature_scheme: 'md5', secret }, 'validation_failed'],
      [{ signature_scheme: 'github' }, 'secret_required'],
      [{ signature_scheme: 'token' }, 'secret_required'],
      [{ preset: 'slack' }, 'secret_required'],
      [{ preset: 'bitbucket' }, 'validation_failed'],
      [{ signature_scheme: 'standard-webhooks', secret: 'whsec_not base64' }, 'secret_invalid'],
      [{ allowed_ips: ['1.2.3.4/33'] }, 'validation_failed'],
      [{ allowed_ips: 'everybody' }, 'validation_failed'],
      [{ timestamp_tolerance_seconds: 0 }, 'validation_failed'],
      [{ dedupe: 'sometimes' }, 'dedupe_invalid'],
      [{ dedupe: 'header:Authorization' }, 'dedupe_invalid'],
      [{ dedupe: 'header:X-Hook-Secret' }, 'dedupe_invalid'],
      [{ dedupe: 'header:X-Proof', signature_header: 'X-Proof', secret }, 'dedupe_invalid'],
      [{ dedupe: 'body:no/pointer' }, 'dedupe_invalid'],
      [{ dedupe_differing: 'sometimes' }, 'validation_failed'],
      [{ dedupe_differing: null }, 'validation_failed'],
      [{ dedupe_window: 1.5 }, 'validation_failed'],
      [{ content_encodings: ['br'] }, 'validation_failed'],
      [{ content_encodings: ['x-gzip'] }, 'validation_failed'],
      [{ content_encodings: 'gzip' }, 'validation_failed'],
      [{ content_encodings: null }, 'validation_failed'],
      [{ receipt: 'sometimes' }, 'validation_failed'],
      [{ event_type: 'body:type' }, 'validation_failed'],
      [{ event_type: null }, 'validation_failed'],
      [{ event_type: 'header:authorization' }, 'event_type_invalid'],
      [{ event_type: 'header:X-Proof', signature_header: 'X-Proof', secret }, 'event_type_invalid'],
      [{ receipt: null }, 'validation_failed'],
      [{ notify_when: 'body.a ==' }, 'validation_failed'],
      [{ notify_when: '' }, 'validation_failed'],
      [{ ignore_actors: 'ada' }, 'validation_failed'],
      [{ ignore_actors: [''] }, 'validation_failed'],
      [{ actor: 'sender/login' }, 'validation_failed'],
      [{ delivery: 'off' }, 'validation_failed'],
      [{ max_told_per_minute: 0 }, 'validation_failed'],
      [{ max_told_per_minute: 601 }, 'validation_failed'],
      [{ max_told_per_minute: 1.5 }, 'validation_failed'],
      [{ retry_failed_runs: 4 }, 'validation_failed'],
      [{ retry_failed_runs: -1 }, 'validation_failed'],
      [{ retry_failed_runs: '1' }, 'validation_failed'],
      [{ retention: { max_age_days: 0 } }, 'validation_failed'],
      [{ retention: { max_age_days: 36_501 } }, 'validation_failed'],
      [{ retention: { max_payloads: 1.5 } }, 'validation_failed'],
      [{ retention: { max_payloads: '10' } }, 'validation_failed'],
      [{ retention: { max_bytes: 1 } }, 'validation_failed'],
      [{ retention: null }, 'validation_failed'],
      [{ coalesce: {} }, 'validation_failed'],
      [{ coalesce: 'all' }, 'validation_failed'],
      [{ coalesce: { window_seconds: 0 } }, 'validation_failed'],
      [{ coalesce: { window_seconds: 3_601 } }, 'validation_failed'],
      [{ coalesce: { window_seconds: 10, max_wait_seconds: 9 } }, 'validation_failed'],
      [{ coalesce: { window_seconds: 10, max_payloads: 1 } }, 'validation_failed'],
      [{ coalesce: { window_seconds: 10, max_payloads: 1_001 } }, 'validation_failed'],
      [{ coalesce: { window_seconds: 10, key: 'issue' } }, 'validation_failed'],
      [{ coalesce: { window_seconds: 10, key: '' } }, 'validation_failed'],
      [{ coalesce: { window_seconds: 10, key: '/a~2' } }, 'validation_failed'],
      [{ coalesce: { window_seconds: 10, wait: 1 } }, 'validation_failed'],
      [{ signature_scheme: 'none', secret }, 'secret_unused'],
      [{ signature_scheme: 'stripe', secret, signature_header: 'X-Signature' }, 'signature_header_not_used'],
      [{ signature_header: 'not a header' }, 'validation_failed'],
      [{ description: ' ' }, 'validation_failed'],
      [{ description: 'nul \u0000' }, 'validation_failed'],
      [{ enabled: 'yes' }, 'validation_failed'],
      [{ agent_id: 'me' }, 'validation_failed'],
      [{ colour: 'red' }, 'validation_failed'],
    ] as const) {
      expect(await post({ description: 'x', ...body })).toMatchObject({ status: 422, body: { code } });
    }
    const withHeader = { signature_scheme: 'slack', secret, signature_header: 'X-Signature' };
    expect((await post({ description: 'x', ...withHeader })).body.detail).toBe(
      'signature_header applies only to the schemes hmac and token; slack has its own header. Set it to null.',
    );
    expect((await post({ description: 'x', content_encodings: ['gzip', 'br', 'gzip'] })).body.errors).toEqual(
      [{ field: 'content_encodings.1', message: 'must be gzip or deflate' }],
    );
    expect((await post({ description: 'x', retention: 30 })).body.detail).toBe(
      'retention must be an object.',
    );
    for (const body of [
      { signature_scheme: 'github', secret },
      { signature_scheme: 'stripe', secret },
      { signature_scheme: 'none' },
      { dedupe: 'header:i-twilio-idempotency-token' },
      { dedupe: 'header:x-message-token' },
      { signature_header: 'X-Signature', secret },
      { signature_scheme: 'token', signature_header: 'X-Key', secret },
      { signature_scheme: 'standard-webhooks', secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
    ]) {
      expect((await post({ description: 'x', ...body })).status).toBe(201);
    }
    expect((await post({ description: 'x', signature_scheme: 'md5', secret })).body.detail).toContain(
      signatureSchemeSchema.options.join(', '),
    );
  });

  it('has a message whose template and fields are checked, and says where they are wrong', async () => {
    const template = '{{sender}}: {{/pull_request/title}}\n';
    const { id, message } = await api.create(webhooks, { description: 'x', message: { fields: ['/a'] } });
    expect(message).toEqual({ fields: ['/a'], template: null });
    const patch = (body: object) => api.call('PATCH', `${webhooks}/${id}`, { body });
    // Blanks at the ends are dropped, as they are in other texts.
    const both = { fields: ['/a'], template: template.trim() };
    expect((await patch({ message: { template } })).body.message).toEqual(both);
    expect((await api.call('GET', `${webhooks}/${id}`)).body.message).toEqual(both);
    expect((await patch({ message: { fields: ['/b', '/c/0'] } })).body.message.fields).toEqual([
      '/b',
      '/c/0',
    ]);
    for (const [wrong, field, said] of [
      [{ template: 'a {{b}}' }, 'message.template', 'at character 3, {{ must be followed by a JSON pointer'],
      [{ template: 'a {{' }, 'message.template', 'at character 3, {{ begins a placeholder that has no }}'],
      [{ template: 'x'.repeat(2_001) }, 'message.template', 'at most 2000 characters'],
      [{ template: 7 }, 'message.template', 'must be a string'],
      [{ fields: ['/ok', 'a'] }, 'message.fields.1', 'at character 1 it does not begin with a slash'],
      [{ fields: ['/a~2'] }, 'message.fields.0', 'at character 3 it has a ~'],
      [{ fields: Array.from({ length: 21 }, (_, n) => `/${n}`) }, 'message.fields', 'at most 20'],
      [{ text: 'x' }, 'message.text', 'is an unknown field'],
      ['x', 'message', 'must be an object'],
    ] as const) {
      const { status, body } = await patch({ message: wrong });
      expect([status, body.errors]).toEqual([422, [{ field, message: expect.stringContaining(said) }]]);
    }
    expect((await patch({ message: null })).body.message).toEqual({ fields: [], template: null });
  });

  it('tells payloads together if it says so, with defaults for what is not given', async () => {
    const { id, coalesce } = await api.create(webhooks, {
      description: 'x',
      coalesce: { key: '/issue/number', window_seconds: 10 },
    });
    const given = { key: '/issue/number', window_seconds: 10, max_wait_seconds: 100, max_payloads: 100 };
    expect(coalesce).toEqual(given);
    const path = `${webhooks}/${id}`;
    const patch = (body: object) => api.call('PATCH', path, { body });
    const { updated_at } = (await patch({ coalesce: { ...given, key: '/issue/number' } })).body;
    expect((await api.call('GET', path)).body).toMatchObject({ coalesce: given, updated_at });
    const every = { key: null, window_seconds: 600, max_wait_seconds: 3_600, max_payloads: 2 };
    const changed = await patch({ coalesce: { window_seconds: 600, max_payloads: 2 } });
    expect(changed).toMatchObject({ status: 200, body: { coalesce: every } });
    expect((await api.call('GET', path)).body.coalesce).toEqual(every);
    const history = (await api.call('GET', `${path}/history`)).body.items;
    expect(history).toHaveLength(2);
    expect((await patch({ coalesce: null })).body.coalesce).toBeNull();
    expect((await patch({ coalesce: { window_seconds: 10, max_wait_seconds: 9 } })).body.errors).toEqual([
      { field: 'coalesce.max_wait_seconds', message: 'must not be less than window_seconds' },
    ]);
  });

  it('tells payloads together by the value of an expression, and says where one is wrong', async () => {
    const withKey = (key: string) => post({ description: 'x', coalesce: { key, window_seconds: 10 } });
    const { body } = await withKey(' body.repository.full_name + "#" + string(body.number)\n');
    expect(body.coalesce.key).toBe('body.repository.full_name + "#" + string(body.number)');
    expect((await api.call('GET', `${webhooks}/${body.id}`)).body.coalesce).toEqual(body.coalesce);
    for (const [key, message] of [
      [
        'issue.number',
        'at line 1, column 1: there is no variable issue; there are body, headers, event_type, source_ip',
      ],
      ['body.a +\n  b', expect.stringMatching(/^at line 2, column 3: there is no variable b;/)],
      [`"${'x'.repeat(2_000)}"`, 'at line 1, column 2001: it has more than 2000 characters'],
      ['/a~2', 'must be a JSON pointer, for example /pull_request/number, or a CEL expression'],
    ])
      expect((await withKey(key as string)).body.errors).toEqual([{ field: 'coalesce.key', message }]);
  });

  it('keeps its settings consistent when they change', async () => {
    const { id } = await api.create(webhooks, { description: 'x', signature_header: 'X-Sig', secret: 's' });
    const patch = (body: object) => api.call('PATCH', `${webhooks}/${id}`, { body });
    expect((await patch({ signature_scheme: 'github' })).body.code).toBe('signature_header_not_used');
    const body = { signature_scheme: 'github', signature_header: null };
    expect(await patch(body)).toMatchObject({ status: 200, body });
    expect((await patch({ secret: null })).body.code).toBe('secret_required');
    expect((await patch({ signature_scheme: 'none' })).body.code).toBe('secret_unused');
    expect((await patch({ signature_scheme: 'none', secret: null })).status).toBe(200);
    const unused = (await patch({ secret: 's' })).body;
    expect(unused.code).toBe('secret_unused');
    expect(unused.detail).toContain('Choose another scheme, or set secret to null.');
    expect((await patch({})).body.errors).toEqual([
      { field: '', message: 'must have at least one field to change' },
    ]);
  });
});
