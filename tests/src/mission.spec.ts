import { createHash } from 'node:crypto';
import { type OpenClawSimulator, startOpenClawSimulator, waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { githubDelivery } from './senders/github.ts';
import { hmacDelivery } from './senders/hmac.ts';
import { oddBodies } from './senders/odd-bodies.spec-support.ts';
import { postUntilAccepted } from './senders/post.ts';
import { githubPush, stripeSubscriptionCreated } from './senders/samples.ts';
import { stripeDelivery } from './senders/stripe.ts';
import { eventStores, type StartedEventStore } from './system/event-stores.spec-support.ts';
import { type Scene, setScene, type Webhook } from './system/scene.ts';
import { type RunningSystem, startSystem } from './system/standalone.ts';

let eventStore: StartedEventStore;
let system: RunningSystem;
let openclaw: OpenClawSimulator;
let scene: Scene;

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
const payloadsOf = (webhook: Webhook) => `${webhook.endpoint_path}/payloads`;
const handled = (webhook: Webhook, payloadId: string) =>
  waitFor(
    async () =>
      (await system.admin.get<{ status: string }>(`${payloadsOf(webhook)}/${payloadId}`)).status ===
      'handled',
  );

describe.each(eventStores)('the mission, step by step, on $name', ({ start }) => {
  beforeAll(async () => {
    openclaw = await startOpenClawSimulator();
    eventStore = await start();
    system = await startSystem({ env: eventStore.env });
    scene = await setScene(system.admin, openclaw, 'Customer Success');
  });
  afterAll(async () => {
    await system?.stop();
    await openclaw?.stop();
    await eventStore?.stop();
  });

  it('creates a webhook and returns the URL that senders post to', async () => {
    const created = await system.admin.call('POST', `/api/v1/boards/${scene.boardId}/webhooks`, {
      description: 'Process new customer signups from Stripe',
      enabled: true,
      agent_id: scene.agentId,
    });
    expect(created.status).toBe(201);
    const { id } = created.body as { id: string };
    const path = `/api/v1/boards/${scene.boardId}/webhooks/${id}`;
    expect(created.body).toMatchObject({
      id: uuid,
      board_id: scene.boardId,
      agent_id: scene.agentId,
      description: 'Process new customer signups from Stripe',
      enabled: true,
      endpoint_path: path,
      endpoint_url: expect.stringMatching(new RegExp(`^http://[^/]+${path}$`)),
      created_at: time,
      updated_at: time,
    });
    const list = await waitFor(async () => {
      const page = await system.admin.get<{ items: unknown[] }>(`/api/v1/boards/${scene.boardId}/webhooks`);
      return page.items.length > 0 && page;
    });
    expect(list).toMatchObject({ total: 1, limit: 50, offset: 0 });
    expect(list.items[0]).toMatchObject({ id, endpoint_path: path, description: expect.any(String) });
  });

  it('accepts an unsigned JSON payload, shows it, adds it to board memory and tells the agent', async () => {
    const webhook = await system.admin.post<Webhook>(`/api/v1/boards/${scene.boardId}/webhooks`, {
      description: 'GitHub push events',
      agent_id: scene.agentId,
    });
    const body =
      '{"ref":"refs/heads/main","commits":[{"id":"a3f4b2c","message":"Fix memory leak","n":1.10}]}';
    const response = await fetch(`${system.url}${webhook.endpoint_path}`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'push',
        'x-github-delivery': '12345-67890',
        'user-agent': 'GitHub-Hookshot/abc123',
      },
    });
    expect(response.status).toBe(202);
    const accepted = (await response.json()) as { payload_id: string };
    expect(accepted).toEqual({ ok: true, board_id: scene.boardId, webhook_id: webhook.id, payload_id: uuid });
    await handled(webhook, accepted.payload_id);

    const list = await system.admin.get<{ items: unknown[]; total: number }>(payloadsOf(webhook));
    expect(list).toMatchObject({ total: 1, limit: 50, offset: 0 });
    expect(list.items[0]).toMatchObject({
      id: accepted.payload_id,
      board_id: scene.boardId,
      webhook_id: webhook.id,
      payload: JSON.parse(body),
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'push',
        'x-github-delivery': '12345-67890',
        'user-agent': 'GitHub-Hookshot/abc123',
      },
      source_ip: '127.0.0.1',
      content_type: 'application/json',
      received_at: time,
    });
    const single = await system.admin.bytes(`${payloadsOf(webhook)}/${accepted.payload_id}`);
    expect(single.toString()).toContain('"n":1.10');

    const entry = await waitFor(async () => {
      const memory = await system.admin.get<{ items: { content: string; tags: string[] }[] }>(
        `/api/v1/boards/${scene.boardId}/memory?is_chat=false`,
      );
      return memory.items.find(({ tags }) => tags.includes(`payload:${accepted.payload_id}`));
    });
    expect(entry).toMatchObject({
      tags: ['webhook', `webhook:${webhook.id}`, `payload:${accepted.payload_id}`, 'event:push'],
      source: 'webhook',
      is_chat: false,
    });
    expect(entry.content).toMatch(
      /^WEBHOOK PAYLOAD RECEIVED\nWebhook ID: .*\nPayload ID: .*\nInstruction: GitHub push events\n/,
    );

    const message = await openclaw.waitForMessage(({ text }) => text.includes(accepted.payload_id));
    expect(message.sessionKey).toBe(scene.sessionKey);
    expect(message.text).toContain('WEBHOOK EVENT RECEIVED\nBoard: Customer Success\n');
  });

  it('lets the agent read its board’s memory and the whole payload with its own token, and denies it other boards', async () => {
    const webhook = await scene.webhook('hmac', 'Large ones');
    const body = JSON.stringify({ text: 'x'.repeat(20_000) });
    const { createHmac } = await import('node:crypto');
    const { payloadId } = await postUntilAccepted({
      url: `${system.url}${webhook.endpoint_path}`,
      body,
      headers: { 'x-webhook-signature': createHmac('sha256', scene.secret).update(body).digest('hex') },
    });
    const message = await openclaw.waitForMessage(({ text }) => text.includes(payloadId));
    const link = /^GET (\S+\/payloads\/\S+)$/m.exec(message.text)?.[1] ?? '';
    const asAgent = (path: string) =>
      fetch(`${system.url}${path}`, { headers: { 'x-agent-token': scene.agentToken } });
    const whole = await waitFor(async () => {
      const answer = await asAgent(new URL(link).pathname);
      return answer.status === 200 && answer;
    });
    expect(((await whole.json()) as { payload: unknown }).payload).toEqual(JSON.parse(body));
    expect((await asAgent(`/api/v1/agent/boards/${scene.boardId}/memory?is_chat=false`)).status).toBe(200);
    const other = await setScene(system.admin, openclaw, 'Another board');
    expect((await asAgent(`/api/v1/agent/boards/${other.boardId}/memory`)).status).toBe(404);
  });

  it('verifies GitHub and Stripe deliveries signed by the vendors’ libraries, and keeps their bytes', async () => {
    const github = await scene.webhook('github', 'Create a task for each commit');
    const stripe = await scene.webhook('stripe', 'Onboard new customers');
    const now = Math.floor(Date.now() / 1000);
    const deliveries = [
      {
        webhook: github,
        delivery: await githubDelivery(
          `${system.url}${github.endpoint_path}`,
          scene.secret,
          'push',
          githubPush(),
        ),
      },
      {
        webhook: stripe,
        delivery: stripeDelivery(
          `${system.url}${stripe.endpoint_path}`,
          scene.secret,
          stripeSubscriptionCreated('evt_1', now),
        ),
      },
    ];
    for (const { webhook, delivery } of deliveries) {
      const { payloadId } = await postUntilAccepted(delivery);
      await handled(webhook, payloadId);
      const again = await postUntilAccepted(delivery);
      expect(again.payloadId).toBe(payloadId);
      const raw = await system.admin.bytes(`${payloadsOf(webhook)}/${payloadId}/raw`);
      expect(raw.toString()).toBe(delivery.body);
      await waitFor(async () => {
        const payload = await system.admin.get<Record<string, unknown>>(
          `${payloadsOf(webhook)}/${payloadId}`,
        );
        return (
          payload.arrivals === 2 &&
          payload.sha256 === createHash('sha256').update(delivery.body).digest('hex')
        );
      });
      const tampered = await fetch(delivery.url, {
        method: 'POST',
        headers: delivery.headers,
        body: `${delivery.body} `,
      });
      expect(tampered.status).toBe(403);
      expect(await tampered.json()).toMatchObject({ detail: 'Invalid webhook signature.' });
      const messages = Object.values(openclaw.sessions())
        .flat()
        .filter(({ text }) => text.includes(payloadId));
      expect(messages).toHaveLength(1);
    }
  });

  it('accepts any bytes, shows and lists them as far as possible, and returns them unchanged', async () => {
    const webhook = await system.admin.post<Webhook>(`/api/v1/boards/${scene.boardId}/webhooks`, {
      description: 'Anything',
    });
    const sent = await Promise.all(
      oddBodies.map(async (odd) => {
        const response = await fetch(`${system.url}${webhook.endpoint_path}`, {
          method: 'POST',
          body: new Uint8Array(odd.bytes),
          headers: { 'content-type': 'application/json' },
        });
        const { payload_id: id } = (await response.json()) as { payload_id: string };
        return { ...odd, status: response.status, id };
      }),
    );
    expect(sent.filter(({ status }) => status !== 202)).toEqual([]);
    const list = async () => (await system.admin.bytes(`${payloadsOf(webhook)}?limit=200`)).toString();
    await waitFor(async () => (await list()).includes(`"total":${sent.length}`));
    const listed = await list();
    for (const { name, id, bytes, encoding, shown } of sent) {
      const single = (await system.admin.bytes(`${payloadsOf(webhook)}/${id}`)).toString();
      expect(single, name).toContain(`"payload":${shown},`);
      expect(single, name).toContain(`"payload_encoding":"${encoding}"`);
      expect(listed, name).toContain(`"payload":${shown},`);
      expect(await system.admin.bytes(`${payloadsOf(webhook)}/${id}/raw`), name).toEqual(bytes);
    }
  });

  it.each([
    ['separate', undefined],
    ['same', 'same'],
  ])(
    'keeps each body readable if one delivery name arrives with two bodies: %s',
    async (expected, dedupe_differing) => {
      const webhook = await system.admin.post<Webhook & { dedupe_differing: string }>(
        `/api/v1/boards/${scene.boardId}/webhooks`,
        { description: 'Cards', secret: scene.secret, dedupe: 'body:/data/id', dedupe_differing },
      );
      expect(webhook.dedupe_differing).toBe(expected);
      const url = `${system.url}${webhook.endpoint_path}`;
      const bodies = ['Doing', 'Done'].map((state) => JSON.stringify({ data: { id: 7, state } }));
      const ids: string[] = [];
      for (const body of bodies) {
        const delivery = hmacDelivery(url, scene.secret, 'application/json', body);
        ids.push((await postUntilAccepted(delivery)).payloadId);
      }
      expect(new Set(ids).size).toBe(expected === 'same' ? 1 : 2);
      for (const id of new Set(ids)) {
        await handled(webhook, id);
        const times = ids.filter((one) => one === id).length;
        await waitFor(
          async () =>
            (await system.admin.get<{ arrivals: number }>(`${payloadsOf(webhook)}/${id}`)).arrivals === times,
        );
      }
      for (const [n, id] of ids.entries()) {
        const arrival = expected === 'same' ? n + 1 : 1;
        const raw_path = `${payloadsOf(webhook)}/${id}/arrivals/${arrival}/raw`;
        expect((await system.admin.bytes(raw_path)).toString()).toBe(bodies[n]);
        expect(await system.admin.get(`${payloadsOf(webhook)}/${id}/timeline`)).toMatchObject({
          items: expect.arrayContaining([
            expect.objectContaining({ arrival, raw_path, content_differs: arrival > 1 }),
          ]),
        });
      }
    },
  );

  it('disables, redirects and enables a webhook', async () => {
    const webhook = await system.admin.post<Webhook>(`/api/v1/boards/${scene.boardId}/webhooks`, {
      description: 'Pause me',
    });
    const path = `/api/v1/boards/${scene.boardId}/webhooks/${webhook.id}`;
    const changed = await system.admin.patch(path, {
      description: 'Updated',
      enabled: false,
      agent_id: scene.agentId,
    });
    expect(changed).toMatchObject({ description: 'Updated', enabled: false, agent_id: scene.agentId });
    const post = () => fetch(`${system.url}${webhook.endpoint_path}`, { method: 'POST', body: '{}' });
    await waitFor(async () => (await post()).status === 410);
    expect(await (await post()).json()).toMatchObject({ detail: 'Webhook is disabled.' });
    await system.admin.patch(path, { enabled: true });
    expect((await post()).status).toBe(202);
  });

  it('deletes a webhook with its payloads, and keeps its board memory', async () => {
    const webhook = await system.admin.post<Webhook>(`/api/v1/boards/${scene.boardId}/webhooks`, {
      description: 'Short-lived',
    });
    const { payloadId } = await postUntilAccepted({
      url: `${system.url}${webhook.endpoint_path}`,
      body: '{}',
      headers: {},
    });
    await handled(webhook, payloadId);
    const path = `/api/v1/boards/${scene.boardId}/webhooks/${webhook.id}`;
    expect(await system.admin.call('DELETE', path)).toMatchObject({ status: 200, body: { ok: true } });
    await waitFor(async () => (await system.admin.call('GET', path)).status === 404);
    await waitFor(
      async () => (await system.admin.call('GET', `${path}/payloads/${payloadId}`)).status === 404,
    );
    expect(
      (await fetch(`${system.url}${webhook.endpoint_path}`, { method: 'POST', body: '{}' })).status,
    ).toBe(404);
    await waitFor(async () => {
      const memory = await system.admin.get<{ items: { tags: string[] }[] }>(
        `/api/v1/boards/${scene.boardId}/memory?limit=200`,
      );
      return memory.items.some(({ tags }) => tags.includes(`payload:${payloadId}`));
    });
    const board = await system.admin.get<{ items: { id: string }[] }>(
      `/api/v1/boards/${scene.boardId}/webhooks?limit=200`,
    );
    expect(board.items.some(({ id }) => id === webhook.id)).toBe(false);
  });
});
