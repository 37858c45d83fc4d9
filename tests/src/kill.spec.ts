import { createHash } from 'node:crypto';
import { type OpenClawSimulator, startOpenClawSimulator, waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { githubDelivery } from './senders/github.ts';
import { type Delivery, postUntilAccepted } from './senders/post.ts';
import { githubPush } from './senders/samples.ts';
import { describeOnEventStores, type StartedEventStore } from './system/event-stores.spec-support.ts';
import { type Scene, setScene, type Webhook } from './system/scene.ts';
import { type RunningSystem, serviceNames, startSystem } from './system/standalone.ts';

const deliveriesSent = process.env.TEST_SIZE === 'full' ? 200 : 100;
const senders = 4;

let eventStore: StartedEventStore;
let system: RunningSystem;
let openclaw: OpenClawSimulator;
let scene: Scene;

interface Sent {
  readonly payloadId: string;
  readonly sha256: string;
}

const deliveryOf = (webhook: Webhook, n: number): Promise<Delivery> =>
  githubDelivery(`${system.url}${webhook.endpoint_path}`, scene.secret, 'push', {
    ...githubPush(),
    number: n,
  });

/** Sends the deliveries `from` up to `to`, a few at a time, and reports how many have been accepted so far. */
const send = async (
  webhook: Webhook,
  [from, to]: [number, number],
  accepted: (count: number) => Promise<void> | void,
): Promise<Sent[]> => {
  const sent: Sent[] = [];
  let next = from;
  const sender = async () => {
    while (next < to) {
      const delivery = await deliveryOf(webhook, next++);
      const { payloadId } = await postUntilAccepted(delivery);
      sent.push({ payloadId, sha256: createHash('sha256').update(delivery.body).digest('hex') });
      await accepted(sent.length);
    }
  };
  await Promise.all(Array.from({ length: senders }, sender));
  return sent;
};

const messagesOf = (webhook: Webhook) =>
  Object.values(openclaw.sessions())
    .flat()
    .filter(({ text }) => text.includes(webhook.id));
const payloadIdIn = (text: string) => /^Payload ID: (\S+)$/m.exec(text)?.[1];

/** Expects that every 202 has a payload with the bytes sent, encrypted or not, a memory entry and a message, each once. */
const expectEachOnce = async (webhook: Webhook, sent: readonly Sent[], encrypted = false) => {
  const path = `/api/v1/boards/${scene.boardId}/webhooks/${webhook.id}/payloads`;
  const expected = sent.map(({ payloadId }) => payloadId).sort();
  expect(new Set(expected).size).toBe(sent.length);

  await waitFor(() => messagesOf(webhook).length >= sent.length, { timeout: 240_000 });
  await waitFor(
    async () => {
      const count = async (status: string) =>
        (await system.admin.get<{ total: number }>(`${path}?status=${status}&limit=1`)).total;
      // A run that was followed when JetStream lost its data has no known end.
      return (await count('told')) + (await count('handled')) === sent.length;
    },
    { timeout: 240_000 },
  );
  const payloads = await system.admin.get<{ items: { id: string; encrypted: boolean }[]; total: number }>(
    `${path}?limit=200`,
  );
  expect(payloads.total).toBe(sent.length);
  expect(payloads.items.map(({ id }) => id).sort()).toEqual(expected);
  expect(new Set(payloads.items.map((one) => one.encrypted))).toEqual(new Set([encrypted]));

  // Board memory is a separate projection and may be behind that of payloads.
  const remembered = await waitFor(
    async () => {
      const memory = await system.admin.get<{ items: { tags: string[] }[] }>(
        `/api/v1/boards/${scene.boardId}/memory?is_chat=false&limit=200`,
      );
      const ofWebhook = memory.items.filter(({ tags }) => tags.includes(`webhook:${webhook.id}`));
      return ofWebhook.length >= sent.length && ofWebhook;
    },
    { timeout: 240_000 },
  );
  expect(
    remembered.map(({ tags }) => tags.find((tag) => tag.startsWith('payload:'))?.slice(8)).sort(),
  ).toEqual(expected);

  expect(
    messagesOf(webhook)
      .map(({ text }) => payloadIdIn(text))
      .sort(),
  ).toEqual(expected);
  for (const { payloadId, sha256 } of sent) {
    const raw = await system.admin.bytes(`${path}/${payloadId}/raw`);
    expect(createHash('sha256').update(raw).digest('hex')).toBe(sha256);
  }
};

describeOnEventStores('the system under fire', 'eventstoredb', ({ start }) => {
  beforeAll(async () => {
    openclaw = await startOpenClawSimulator();
    eventStore = await start();
    system = await startSystem({ env: { ...eventStore.env, CONTENT_ENCRYPTION: 'per-webhook' } });
    scene = await setScene(system.admin, openclaw, 'Under fire');
  });
  afterAll(async () => {
    await system?.stop();
    await openclaw?.stop();
    await eventStore?.stop();
  });

  it(`kill -9 of each service, one after another, while ${deliveriesSent} deliveries with encrypted content arrive, neither loses nor repeats one`, async () => {
    const webhook = await scene.webhook('github', 'Create a task for each commit', { encrypt_content: true });
    const every = Math.floor(deliveriesSent / (serviceNames.length + 1));
    const killed: string[] = [];
    const sent = await send(webhook, [0, deliveriesSent], async (count) => {
      const name = serviceNames[Math.floor(count / every) - 1];
      if (count % every !== 0 || !name) return;
      killed.push(name);
      await system.killService(name);
    });
    expect(killed).toEqual(serviceNames);
    expect(sent).toHaveLength(deliveriesSent);
    await expectEachOnce(webhook, sent, true);
  }, 900_000);

  it(`the loss of all data of nats-server, while ${deliveriesSent / 2} of ${deliveriesSent} messages wait in it, neither loses nor repeats one`, async () => {
    const webhook = await scene.webhook('github', 'Create a task for each commit');
    const half = deliveriesSent / 2;
    await openclaw.fail({ mode: 'refuse_connections' });
    const first = await send(webhook, [0, half], () => {});
    expect(messagesOf(webhook)).toHaveLength(0);
    await system.loseNats();
    await openclaw.heal();
    const second = await send(webhook, [half, deliveriesSent], () => {});
    await expectEachOnce(webhook, [...first, ...second]);
  }, 900_000);
});
