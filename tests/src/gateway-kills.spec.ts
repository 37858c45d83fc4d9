import { createHash } from 'node:crypto';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { githubDelivery } from './senders/github.ts';
import { holdRequest } from './senders/held-request.spec-support.ts';
import { type Delivery, postUntilAccepted } from './senders/post.ts';
import { githubPush } from './senders/samples.ts';
import { allPayloads, type StoredPayload } from './system/all-payloads.spec-support.ts';
import { describeOnEventStores, type StartedEventStore } from './system/event-stores.spec-support.ts';
import { type RunningSystem, startSystem } from './system/standalone.ts';

const full = process.env.TEST_SIZE === 'full';
const kills = full ? 3 : 2;
/** The first wave is more than the gateway handles at once from one address. Later waves come just before each kill, so each meets load. */
const waves = [1_100, ...Array.from({ length: kills }, () => (full ? 300 : 150))];
const deliveriesSent = waves.reduce((sum, wave) => sum + wave, 0);
/** The next wave starts when at most this many deliveries of the earlier waves are left. */
const leftOver = 100;
const secret = 'It has to be long enough to be a secret';

let eventStore: StartedEventStore;
let system: RunningSystem;

describeOnEventStores('ingest under fire', 'postgres', ({ start }) => {
  beforeAll(async () => {
    eventStore = await start();
    system = await startSystem({
      env: { ...eventStore.env, WEBHOOK_RATE_LIMIT: '0', LOG_LEVEL: 'warn' },
    });
  });
  afterAll(async () => {
    await system?.stop();
    await eventStore?.stop();
  });

  it(`${deliveriesSent} deliveries, while the gateway is killed with -9 in mid-request and restarted ${kills} times: every 202 is stored with its digest, none twice`, async () => {
    const { admin } = system;
    const { id: boardId } = await admin.post<{ id: string }>('/api/v1/boards', { name: 'Under fire' });
    const { endpoint_path: path } = await admin.post<{ endpoint_path: string }>(
      `/api/v1/boards/${boardId}/webhooks`,
      { description: 'Take all', preset: 'github', secret },
    );
    const sent: StoredPayload[] = [];
    const newDelivery = (number: number) =>
      githubDelivery(`${system.url}${path}`, secret, 'push', { ...githubPush(), number });
    const sendUntilAccepted = async (delivery: Delivery) => {
      const { payloadId } = await postUntilAccepted(delivery, { patienceMs: 480_000, pauseMs: 2_000 });
      sent.push({ id: payloadId, sha256: createHash('sha256').update(delivery.body).digest('hex') });
    };
    const sending: Promise<void>[] = [];
    let made = 0;
    const sendWave = (size: number) => {
      for (let last = made + size; made < last; made += 1)
        sending.push(newDelivery(made).then(sendUntilAccepted));
    };

    const [first = 0, ...others] = waves;
    sendWave(first);
    for (const more of others) {
      const victim = await system.pidOf('gateway');
      await waitFor(() => sent.length >= made - leftOver, { timeout: 480_000 });
      const cutOff = await newDelivery(made++);
      sendWave(more - 1);
      // At least this request is in progress when the gateway dies, however fast the others are answered.
      const held = await holdRequest(cutOff);
      process.kill(victim, 'SIGKILL');
      await held.broken;
      sending.push(sendUntilAccepted(cutOff));
      await waitFor(async () => (await system.pidOf('gateway')) !== victim);
    }
    await Promise.all(sending);
    expect(sent).toHaveLength(deliveriesSent);

    const bySha256 = (one: StoredPayload, other: StoredPayload) => (one.sha256 < other.sha256 ? -1 : 1);
    await waitFor(
      async () => (await admin.get<{ total: number }>(`${path}/payloads?limit=1`)).total >= deliveriesSent,
      { timeout: 480_000 },
    );
    const stored = (await allPayloads(admin, path)).map(({ id, sha256 }) => ({ id, sha256 }));
    expect(stored.sort(bySha256)).toEqual(sent.sort(bySha256));
    expect(new Set(stored.map(({ id }) => id)).size).toBe(deliveriesSent);
  }, 1_200_000);
});
