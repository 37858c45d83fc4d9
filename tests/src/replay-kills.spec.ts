import { replayedDeliveryIdOf } from '@mission-control/contracts';
import { type OpenClawSimulator, startOpenClawSimulator, waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { githubDelivery } from './senders/github.ts';
import { postUntilAccepted } from './senders/post.ts';
import { githubPush } from './senders/samples.ts';
import { describeOnEventStores, type StartedEventStore } from './system/event-stores.spec-support.ts';
import { type Scene, setScene, type Webhook } from './system/scene.ts';
import { type RunningSystem, serviceNames, startSystem } from './system/standalone.ts';

const size = process.env.TEST_SIZE === 'full' ? 10_000 : 140;
const senders = 8;
const patience = { timeout: 1_800_000 };

interface Replay {
  readonly id: string;
  readonly state: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly under_way: number;
  readonly waiting: number;
}

let eventStore: StartedEventStore;
let system: RunningSystem;
let openclaw: OpenClawSimulator;
let scene: Scene;

/** Sends payloads to the webhook. Resolves to their ids. */
const send = async (webhook: Webhook): Promise<string[]> => {
  const payloadIds: string[] = [];
  let next = 0;
  const sender = async () => {
    while (next < size) {
      const body = { ...githubPush(), number: next++ };
      const delivery = await githubDelivery(
        `${system.url}${webhook.endpoint_path}`,
        scene.secret,
        'push',
        body,
      );
      payloadIds.push((await postUntilAccepted(delivery)).payloadId);
    }
  };
  await Promise.all(Array.from({ length: senders }, sender));
  return payloadIds;
};

/** The keys of the messages that the session has, by payload. A message that was sent again has another key, which begins alike. */
const keysByPayload = (): Map<string, string[]> => {
  const keys = new Map<string, string[]>();
  for (const { idempotencyKey, text } of Object.values(openclaw.sessions()).flat()) {
    const payloadId = /^Payload ID: (\S+)$/m.exec(text)?.[1] ?? '';
    keys.set(payloadId, [...(keys.get(payloadId) ?? []), idempotencyKey.slice(0, 36)]);
  }
  return keys;
};
const messages = () => Object.values(openclaw.sessions()).flat().length;

describeOnEventStores('a replay under fire', 'postgres', ({ start }) => {
  beforeAll(async () => {
    openclaw = await startOpenClawSimulator();
    eventStore = await start();
    system = await startSystem({ env: { ...eventStore.env, WEBHOOK_RATE_LIMIT: '0' } });
    scene = await setScene(system.admin, openclaw, 'Replays');
  });
  afterAll(async () => {
    await system?.stop();
    await openclaw?.stop();
    await eventStore?.stop();
  });

  it(`of ${size} payloads, with kill -9 of each service in turn, tells each once more, and its counts agree with the session`, async () => {
    const webhook = await scene.webhook('github', 'Create a task for each commit');
    const path = `/api/v1/boards/${scene.boardId}/webhooks/${webhook.id}`;
    const payloadIds = await send(webhook);
    expect(new Set(payloadIds).size).toBe(size);
    await waitFor(async () => {
      const count = async (status: string) =>
        (await system.admin.get<{ total: number }>(`${path}/payloads?status=${status}&limit=1`)).total;
      return (await count('told')) + (await count('handled')) === size;
    }, patience);
    expect(messages()).toBe(size);

    const asked = { reason: 'the agent has forgotten', rate: 200 };
    const { id } = await system.admin.post<Replay>(`${path}/replays`, asked);
    const every = Math.floor(size / (serviceNames.length + 1));
    for (const [n, name] of serviceNames.entries()) {
      await waitFor(() => messages() >= size + every * (n + 1), patience);
      await system.killService(name);
    }
    const replayPath = `/api/v1/boards/${scene.boardId}/replays/${id}`;
    const replay = await waitFor(async () => {
      const shown = await system.admin.get<Replay>(replayPath);
      return shown.state === 'completed' && shown;
    }, patience);

    const keys = keysByPayload();
    const toldAgain = payloadIds.filter((one) => keys.get(one)?.includes(replayedDeliveryIdOf(id, one)));
    expect(replay).toMatchObject({ total: size, done: toldAgain.length, failed: 0, skipped: 0 });
    expect(replay).toMatchObject({ waiting: 0, under_way: 0 });
    expect(payloadIds.filter((one) => keys.get(one)?.length !== 2)).toEqual([]);
    expect(toldAgain).toHaveLength(size);
    expect(messages()).toBe(2 * size);

    const { items } = await system.admin.get<{
      items: { what: string; replay_id?: string; reason?: string }[];
    }>(`${path}/payloads/${payloadIds[0]}/timeline`);
    const requests = items.filter(({ what }) => what === 'redelivery_requested');
    expect(requests).toMatchObject([{ replay_id: id, reason: asked.reason }]);
    process.stdout.write(`replay under fire: ${size} payloads, ${serviceNames.length} kills\n`);
  }, 3_600_000);
});
