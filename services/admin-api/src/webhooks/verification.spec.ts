import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { asEvent, newOrderedId, parseEvent, streams } from '@mission-control/contracts';
import { schemes, schemesWith } from '@mission-control/signatures';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { auditorToken, startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

/** Stands in for the gateway. */
const receiver = () => {
  const seen: { request: IncomingMessage; body: Buffer }[] = [];
  const says = { status: 410, body: '{"code":"webhook_disabled"}' };
  const server = createServer(async (request, response) => {
    const body = Buffer.concat((await Array.fromAsync(request)) as Buffer[]);
    seen.push({ request, body });
    response.writeHead(says.status).end(says.body);
  });
  return { server, seen, says };
};

let api: TestAdminApi;
let webhooks: string;
const { server, seen, says } = receiver();
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api = await startTestAdminApi({ BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await api.stop();
});
beforeEach(async () => {
  const { id } = await api.create('/api/v1/boards', { name: 'Board' });
  webhooks = `/api/v1/boards/${id}/webhooks`;
});
afterEach(() => void seen.splice(0));

describe('a preset', () => {
  it.each(schemesWith('preset'))('%s sets the scheme', async (preset) => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    expect(await api.create(webhooks, { description: 'x', preset, secret })).toMatchObject({
      signature_scheme: preset,
      signature_header: null,
      dedupe: 'scheme',
      dedupe_differing: 'same',
      has_secret: true,
    });
  });

  it('does not override explicit settings', async () => {
    const given = { dedupe: 'body:/id', dedupe_window: 60, allowed_ips: ['192.30.252.0/22'] };
    const body = { description: 'x', preset: 'github', secret: 's', ...given };
    expect(await api.create(webhooks, body)).toMatchObject({ signature_scheme: 'github', ...given });
  });
});

describe('differing bodies', () => {
  it.each([
    [{}, 'same'],
    [{ dedupe: 'scheme' }, 'same'],
    [{ dedupe: 'off' }, 'same'],
    [{ dedupe: 'header:x-id' }, 'separate'],
    [{ dedupe: 'body:/data/id' }, 'separate'],
    [{ dedupe: 'body:/data/id', dedupe_differing: 'same' }, 'same'],
    [{ dedupe: 'scheme', dedupe_differing: 'separate' }, 'separate'],
    [{ preset: 'stripe', secret: 's', dedupe: 'body:/data/object/id' }, 'separate'],
    [{ preset: 'stripe', secret: 's', dedupe_differing: 'separate' }, 'separate'],
  ])('of a webhook created with %j are %s', async (given, dedupe_differing) => {
    const created = await api.create(webhooks, { description: 'x', ...given });
    expect(created).toMatchObject({ dedupe_differing });
    expect((await api.call('GET', `${webhooks}/${created.id}`)).body).toEqual(created);
  });

  it('follow a change of dedupe, and no other change', async () => {
    const { id } = await api.create(webhooks, { description: 'x', secret: 's' });
    const patched = async (body: object) => {
      const answer = await api.call('PATCH', `${webhooks}/${id}`, { body });
      expect(answer.status).toBe(200);
      expect((await api.call('GET', `${webhooks}/${id}`)).body).toEqual(answer.body);
      return answer.body.dedupe_differing;
    };
    expect(await patched({ dedupe: 'body:/id' })).toBe('separate');
    expect(await patched({ dedupe_differing: 'same' })).toBe('same');
    expect(await patched({ description: 'y', dedupe: 'body:/id', dedupe_window: 60 })).toBe('same');
    expect(await patched({ signature_scheme: 'github' })).toBe('same');
    expect(await patched({ dedupe: 'header:x-id' })).toBe('separate');
    expect(await patched({ dedupe: 'body:/id', dedupe_differing: 'same' })).toBe('same');
    expect(await patched({ dedupe: 'scheme' })).toBe('same');
  });
});

describe('settings', () => {
  it('that an older release accepted stay through other changes', async () => {
    const { id: webhookId, board_id: boardId } = await api.create(webhooks, { description: 'x' });
    const dedupe = 'header:x-trello-webhook';
    const updated = asEvent(
      { type: 'WebhookUpdated', data: { webhookId, boardId, dedupe } },
      {
        occurredAt: new Date().toISOString(),
        actor: { kind: 'admin', id: 'root' },
        correlationId: newOrderedId(),
        causationId: null,
      },
    );
    expect(await api.store.append(streams.webhook(webhookId), 0, [updated])).toMatchObject({ ok: true });
    const patch = (body: object) => api.call('PATCH', `${webhooks}/${webhookId}`, { body });
    expect(await patch({ enabled: false })).toMatchObject({ status: 200, body: { enabled: false, dedupe } });
    expect(await patch({ dedupe })).toMatchObject({ status: 422, body: { code: 'dedupe_invalid' } });
    expect(await patch({ signature_header: 'x-sig' })).toMatchObject({ status: 422 });
  });

  it('are stored in their canonical form', async () => {
    const { id } = await api.create(webhooks, {
      description: 'x',
      allowed_ips: ['2001:DB8:0:0::/32', '::ffff:192.0.2.0/120', ' 10.0.0.1 '],
      dedupe: 'header:X-Request-ID',
      content_encodings: ['deflate', 'gzip', 'deflate'],
      event_type: ' header:X-Kind+body:/action ',
    });
    expect((await api.call('GET', `${webhooks}/${id}`)).body).toMatchObject({
      allowed_ips: ['2001:db8::/32', '192.0.2.0/24', '10.0.0.1'],
      dedupe: 'header:x-request-id',
      content_encodings: ['gzip', 'deflate'],
      event_type: 'header:x-kind+body:/action',
    });
    const wrong = await api.call('PATCH', `${webhooks}/${id}`, {
      body: { event_type: 'header:x-kind+body:action' },
    });
    expect(wrong.status).toBe(422);
    expect(wrong.body.detail).toContain('character 20');
    const fewer = {
      content_encodings: [],
      retry_failed_runs: 3,
      receipt: 'always',
      event_type: 'body:/type',
    };
    const changed = await api.call('PATCH', `${webhooks}/${id}`, { body: fewer });
    expect(changed).toMatchObject({ status: 200, body: fewer });
    expect((await api.call('GET', `${webhooks}/${id}`)).body).toMatchObject(fewer);
  });

  it('that contradict each other after a change are rejected', async () => {
    const { id } = await api.create(webhooks, {
      description: 'x',
      secret: 'not base64!',
      dedupe: 'header:x-sig',
    });
    const patch = (body: object) => api.call('PATCH', `${webhooks}/${id}`, { body });
    expect((await patch({ signature_scheme: 'standard-webhooks' })).body.code).toBe('secret_invalid');
    expect((await patch({ signature_header: 'X-Sig' })).body.code).toBe('dedupe_invalid');
    expect((await patch({ signature_header: 'X-Sig', dedupe: 'off' })).status).toBe(200);
  });
});

describe('a rotation', () => {
  it('keeps the old secret for the requested time, and says when that ends', async () => {
    const { id } = await api.create(webhooks, { description: 'x', secret: 'old' });
    const path = `${webhooks}/${id}`;
    const before = Date.now();
    const rotated = await api.call('POST', `${path}/secret/rotate`, {
      body: { secret: 'new', overlap_seconds: 3600 },
    });
    expect(rotated.status).toBe(200);
    const until = Date.parse(rotated.body.previous_secret_valid_until);
    expect(until).toBeGreaterThanOrEqual(before + 3_600_000);
    expect(until).toBeLessThanOrEqual(Date.now() + 3_600_000);
    expect((await api.call('GET', path)).body).toEqual(rotated.body);
    const event = await api.store.readEvent(streams.webhook(id), 1);
    expect(event !== 'gone' && parseEvent(event)).toMatchObject({
      type: 'WebhookSecretRotated',
      metadata: { actor: { kind: 'admin', id: 'root' } },
    });
    expect(rotated.text).not.toMatch(/"secret"|ey[\w-]+\.[\w-]*\./);

    const atOnce = await api.call('POST', `${path}/secret/rotate`, {
      body: { secret: 'n', overlap_seconds: 0 },
    });
    expect(atOnce.body.previous_secret_valid_until).toBeNull();
  });

  it.each([
    [{}, 422, 'validation_failed'],
    [{ secret: 'x', overlap_seconds: -1 }, 422, 'validation_failed'],
    [{ secret: 'x', overlap_seconds: 2_592_001 }, 422, 'validation_failed'],
    [{ secret: 'x' }, 409, 'no_secret_to_rotate'],
  ])('by %j of a webhook without a secret is rejected', async (body, status, code) => {
    const { id } = await api.create(webhooks, { description: 'x' });
    expect(await api.call('POST', `${webhooks}/${id}/secret/rotate`, { body })).toMatchObject({
      status,
      body: { code },
    });
  });

  it('is not open to auditors or to other boards', async () => {
    const { id } = await api.create(webhooks, { description: 'x', secret: 'old' });
    const body = { secret: 'new' };
    const headers = { authorization: `Bearer ${auditorToken}` };
    expect((await api.call('POST', `${webhooks}/${id}/secret/rotate`, { body, headers })).status).toBe(403);
    const other = (await api.create('/api/v1/boards', { name: 'Other' })).id;
    const foreign = `/api/v1/boards/${other}/webhooks/${id}`;
    expect((await api.call('POST', `${foreign}/secret/rotate`, { body })).status).toBe(404);
    expect((await api.call('POST', `${foreign}/test`)).status).toBe(404);
  });
});

describe('a test delivery', () => {
  it.each(Object.keys(schemes) as (keyof typeof schemes)[])(
    'with the scheme %s is signed as its sender would, and shows no secret',
    async (scheme) => {
      const secret = scheme === 'none' ? null : 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
      const { id, endpoint_url } = await api.create(webhooks, {
        description: 'x',
        signature_scheme: scheme,
        secret,
      });
      const answer = await api.call('POST', `${webhooks}/${id}/test`);
      expect(answer).toMatchObject({
        status: 200,
        body: {
          request: { url: endpoint_url, body: expect.stringContaining('test') },
          response: { status: 410, body: '{"code":"webhook_disabled"}' },
          payload: null,
        },
      });
      if (secret) expect(answer.text).not.toContain(secret);
      const [{ request, body } = { request: undefined, body: Buffer.alloc(0) }] = seen;
      const { proof } = schemes[scheme];
      if (!request || !proof || secret === null) return;
      const arrived = { headers: request.headers, body, receivedAt: Date.now() };
      const settings = { signatureHeader: null, toleranceSeconds: 300 };
      expect(proof.verify(arrived, proof.keyOf(secret), settings)).toBe('valid');
    },
  );

  it('is reported as received when it was accepted but is not in the read models in time', async () => {
    const { id, board_id } = await api.create(webhooks, { description: 'x' });
    const payloadId = newOrderedId();
    const before = { ...says };
    onTestFinished(() => void Object.assign(says, before));
    const accepted = { ok: true, board_id, webhook_id: id, payload_id: payloadId };
    Object.assign(says, { status: 202, body: JSON.stringify(accepted) });
    expect((await api.call('POST', `${webhooks}/${id}/test`)).body.payload).toEqual({
      id: payloadId,
      status: 'received',
      status_reason: null,
      status_detail: null,
      status_since: expect.stringMatching(/Z$/),
      timeline: [],
    });
  });

  it('says so when nothing answers at the public URL', async () => {
    const { id } = await api.create(webhooks, { description: 'x' });
    const { port } = server.address() as AddressInfo;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const answer = await api.call('POST', `${webhooks}/${id}/test`);
    expect(answer).toMatchObject({ status: 502, body: { code: 'endpoint_unreachable' } });
    expect(answer.body.detail).toContain('BASE_URL');
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  });
});
