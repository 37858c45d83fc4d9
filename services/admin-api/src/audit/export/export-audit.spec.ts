import { createPrivateKey } from 'node:crypto';
import { type Branch, Branches } from '@mission-control/content-keys';
import { asEvent, newRandomId, secretContexts, streams } from '@mission-control/contracts';
import { type Keyring, openKeyring, openSigner } from '@mission-control/keyring';
import { leafHashOf } from '@mission-control/merkle';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive } from '../../testing/arrivals.ts';
import {
  adminToken,
  auditorToken,
  startTestAdminApi,
  type TestAdminApi,
} from '../../testing/test-admin-api.ts';

const secrets = {
  ...{ webhook: 'a-secret-of-a-webhook-0123456789', rotated: 'the-next-secret-of-a-webhook-0123456789' },
  ...{ gateway: 'a-token-of-an-openclaw-gateway-0123456789', replaced: 'its-next-token-0123456789' },
};
const content = 'only the agent may read this';
const context = {
  ...{ occurredAt: new Date().toISOString(), actor: { kind: 'service', id: 'test' } as const },
  ...{ correlationId: 'test', causationId: null },
};
const key = Buffer.from(Array.from({ length: 32 }, (_, n) => 250 - n));

let api: TestAdminApi;
let agentToken: string;
let firstAgentToken: string;
let keyring: Keyring;
beforeAll(async () => {
  api = await startTestAdminApi({ ENCRYPTION_KEY: [key], CONTENT_ENCRYPTION: 'on' });
  const { webhook: secret, rotated, gateway: token, replaced } = secrets;
  const gateway = await api.create('/api/v1/gateways', { name: 'Main', url: 'ws://127.0.0.1:9', token });
  await api.call('PATCH', `/api/v1/gateways/${gateway.id}`, { body: { token: replaced } });
  const board = await api.create('/api/v1/boards', { name: 'B', slug: 'b', gateway_id: gateway.id });
  const agent = await api.create('/api/v1/agents', { board_id: board.id, name: 'Ada', is_board_lead: true });
  firstAgentToken = agent.token;
  agentToken = (await api.create(`/api/v1/agents/${agent.id}/token`, {})).token;
  const webhooks = `/api/v1/boards/${board.id}/webhooks`;
  const webhook = await api.create(webhooks, { description: 'Do it.', secret });
  const rotation = { secret: rotated, overlap_seconds: 600 };
  await api.call('POST', `${webhooks}/${webhook.id}/secret/rotate`, { body: rotation });
  const branch = (await new Branches(api.readable.keys, { max: 1 }).of(webhook.id)) as Branch;
  await arrive(api.store, { boardId: board.id, webhookId: webhook.id, body: content, branch });
  keyring = await openKeyring(api.store, [key], context);
  await keyring.deviceKey();
  await openSigner(api.store, keyring, context);
});
afterAll(() => api.stop());

const asAuditor = { authorization: `Bearer ${auditorToken}` };
const exported = async (query = '') => {
  const answer = await api.call('GET', `/api/v1/audit/export${query}`, { headers: asAuditor });
  const lines = answer.text.split('\n');
  expect(lines.pop()).toBe('');
  return { ...answer, events: lines.map((line) => JSON.parse(line)) };
};

/** Those that were set, that were replaced, and that the installation has made for itself. */
const everySecret = async (): Promise<string[]> => {
  const signingKey = await api.store.readEvent(streams.signingKeys, 0);
  if (signingKey === 'gone') throw new Error('There is no signing key.');
  const { keyId, privateKey } = signingKey.data as { keyId: string; privateKey: string };
  const pem = [
    await keyring.deviceKey(),
    await keyring.decrypt(secretContexts.signingKey(keyId), privateKey),
  ];
  return [
    ...Object.values(secrets),
    ...[firstAgentToken, agentToken, adminToken, auditorToken, content, 'very secret'],
    ...[key.toString('base64'), key.toString('latin1')],
    // The last 32 bytes of such a key are the secret.
    ...pem.map((text) => createPrivateKey(text).export({ format: 'jwk' }).d as string),
    ...pem.map((text) =>
      createPrivateKey(text).export({ format: 'der', type: 'pkcs8' }).toString('latin1').slice(-32),
    ),
  ];
};

/** A text as JSON has it, as hexadecimal digits, and as base64 has it within anything. */
const formsOf = (secret: string): string[] => {
  const bytes = Buffer.from(secret, [...secret].some((one) => one > '\x7f') ? 'latin1' : 'utf8');
  const within = [0, 1, 2].map((skip) =>
    bytes.subarray(skip, skip + Math.floor((bytes.length - skip) / 3) * 3),
  );
  return [
    ...[secret, JSON.stringify(secret).slice(1, -1), bytes.toString('hex')],
    ...within.flatMap((part) => [part.toString('base64'), part.toString('base64url')]),
  ];
};

describe('an export of the events', () => {
  it('has each of them in the order of the log, as CloudEvents from which its leaf follows', async () => {
    const { status, headers, events } = await exported();
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    const recorded = await Array.fromAsync(api.store.readAll());
    expect(events.map(({ id }) => id)).toEqual(recorded.map(({ id }) => id));
    const incarnation = (await api.store.head())?.incarnation;
    for (const [n, event] of recorded.entries()) {
      const { specversion, source, subject, type, time, revision, position, metadata, data } = events[n];
      expect({ specversion, type, position }).toEqual({
        specversion: '1.0',
        type: event.type,
        position: `${incarnation}:${event.position}`,
      });
      expect(source).toMatch(/^mission-control-webhooks\//);
      expect(time).toBe(JSON.parse(metadata).occurredAt);
      const leaf = {
        stream: subject,
        revision,
        id: events[n].id,
        type,
        data,
        metadata: JSON.parse(metadata),
      };
      expect(leafHashOf(leaf)).toEqual(leafHashOf(event));
    }
    expect(headers.get('x-audit-until')).toBe(events.at(-1).position);
  });

  it('continues after a position, up to another', async () => {
    const { events } = await exported();
    const [after, until] = [events[2].position, events[5].position];
    const part = await exported(`?after=${after}&until=${until}`);
    expect(part.events.map(({ id }) => id)).toEqual(events.slice(3, 6).map(({ id }) => id));
    expect(part.headers.get('x-audit-until')).toBe(until);
    expect((await exported(`?after=${(await exported()).events.at(-1).position}`)).events).toHaveLength(1);
    for (const wrong of ['7', 'x:', ':7', 'x:y'])
      expect((await api.call('GET', `/api/v1/audit/export?after=${wrong}`)).status).toBe(422);
    const other = await api.call('GET', '/api/v1/audit/export?after=other:7');
    expect(other).toMatchObject({ status: 422, body: { code: 'position_in_another_log' } });
  });

  it('is recorded, with who asked for which range', async () => {
    const { events } = await exported();
    const { headers } = await exported(`?after=${events[3].position}`);
    const last = (await exported()).events.findLast(
      ({ data }) => data.after !== undefined && data.after !== null,
    );
    expect(last).toMatchObject({
      type: 'AuditExportRequested',
      subject: streams.audit,
      data: { after: events[3].position.split(':')[1], until: null },
    });
    expect(JSON.parse(last.metadata)).toMatchObject({
      actor: { kind: 'admin', id: 'jane' },
      correlationId: headers.get('x-request-id'),
    });
  });

  it('contains no secret, however it is written', async () => {
    const { text } = await exported();
    for (const type of ['WebhookSecretRotated', 'AgentTokenIssued', 'DeviceKeyCreated', 'SigningKeyCreated'])
      expect(text).toContain(`"type":"${type}"`);
    for (const secret of await everySecret())
      for (const form of formsOf(secret))
        expect([secret, form, text.includes(form)]).toEqual([secret, form, false]);
    // What is searched for is found where it is.
    const token = Buffer.from(`xy ${agentToken} z`);
    for (const encoding of ['utf8', 'hex', 'base64', 'base64url'] as const)
      expect(formsOf(agentToken).some((form) => token.toString(encoding).includes(form))).toBe(true);
  });

  it('is refused without a token', async () => {
    const answer = await api.call('GET', '/api/v1/audit/export', { headers: { authorization: '' } });
    expect(answer.status).toBe(401);
  });

  it('of much more than a connection holds arrives complete, and ends where the log ended when it was asked for', async () => {
    const boardId = newRandomId();
    const context = {
      ...{ occurredAt: new Date().toISOString(), actor: { kind: 'admin', id: 'test' } as const },
      ...{ correlationId: 'large', causationId: null },
    };
    const add = (content: string) => {
      const entry = { entryId: newRandomId(), boardId, content, tags: [], isChat: false, source: null };
      const data = { ...entry, author: { kind: 'admin', id: 'test' } as const };
      const event = asEvent({ type: 'MemoryEntryAdded', data }, context);
      return api.store.append(streams.memory(boardId), 'any', [event]);
    };
    const sizes = { entries: 60, characters: 200_000 };
    for (let n = 0; n < sizes.entries; n++) await add('x'.repeat(sizes.characters));
    const response = await fetch(`${api.url}/api/v1/audit/export`, { headers: asAuditor });
    // Nobody has read anything of it yet.
    await add('too late');
    const lines = (await response.text()).trimEnd().split('\n');
    expect(lines.filter((line) => line.length > sizes.characters)).toHaveLength(sizes.entries);
    expect(JSON.parse(lines.at(-1) ?? '').position).toBe(response.headers.get('x-audit-until'));
    expect(lines.at(-1)).toContain('AuditExportRequested');
  });
});
