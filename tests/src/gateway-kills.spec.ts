import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { githubDelivery } from './senders/github.ts';
import { postUntilAccepted } from './senders/post.ts';
import { githubPush } from './senders/samples.ts';
import type { AdminClient } from './system/admin-client.ts';
import { eventStores, type StartedEventStore } from './system/event-stores.ts';
import { answersOk } from './system/service-process.ts';
import { type RunningSystem, startSystem } from './system/standalone.ts';

/** Stated: 2,000. */
const deliveriesSent = process.env.TEST_SIZE === 'full' ? 2_000 : 1_000;
const kills = 3;
const secret = 'It has to be long enough to be a secret';

let eventStore: StartedEventStore;
let system: RunningSystem;

interface StoredPayload {
  readonly id: string;
  readonly sha256: string;
}

const allPayloads = async (admin: AdminClient, path: string): Promise<StoredPayload[]> => {
  const found: StoredPayload[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: StoredPayload[]; next_cursor: string | null } = await admin.get(
      `${path}/payloads?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    found.push(...page.items);
    cursor = page.next_cursor;
  }
  return found;
};

describe.each(eventStores)('ingest under fire, on $name', ({ start }) => {
  beforeAll(async () => {
    eventStore = await start();
    system = await startSystem({
      env: { EVENTSTORE_URL: eventStore.url, WEBHOOK_RATE_LIMIT: '0', LOG_LEVEL: 'warn' },
    });
  }, 120_000);
  afterAll(async () => {
    await system?.stop();
    await eventStore?.stop();
  }, 60_000);

  it(`${deliveriesSent} deliveries at once, the gateway killed -9 and restarted ${kills} times: every 202 is stored with its digest, none twice`, async () => {
    const { admin } = system;
    const { id: boardId } = await admin.post<{ id: string }>('/api/v1/boards', { name: 'Under fire' });
    const { endpoint_path: path } = await admin.post<{ endpoint_path: string }>(
      `/api/v1/boards/${boardId}/webhooks`,
      { description: 'Take all', preset: 'github', secret },
    );
    const reached = new EventEmitter();
    let accepted = 0;
    const killAll = async () => {
      for (let kill = 1; kill <= kills; kill += 1) {
        const enough = Math.floor((kill * deliveriesSent) / (kills + 2));
        while (accepted < enough) await once(reached, 'accepted');
        await system.killService('gateway');
        await answersOk(`${system.url}/readyz`, 60_000);
      }
    };
    const killing = killAll();
    const refusals: string[] = [];
    const sent = await Promise.all(
      Array.from({ length: deliveriesSent }, async (_, number) => {
        const delivery = await githubDelivery(`${system.url}${path}`, secret, 'push', {
          ...githubPush(),
          number,
        });
        const taken = await postUntilAccepted(delivery, 240_000);
        accepted += 1;
        reached.emit('accepted');
        refusals.push(...taken.refusals);
        return { id: taken.payloadId, sha256: createHash('sha256').update(delivery.body).digest('hex') };
      }),
    );
    await killing;
    // Some were cut off, and have sent again.
    expect(refusals).toContain('broken');

    const bySha256 = (one: StoredPayload, other: StoredPayload) => (one.sha256 < other.sha256 ? -1 : 1);
    await waitFor(
      async () => (await admin.get<{ total: number }>(`${path}/payloads?limit=1`)).total >= deliveriesSent,
      { timeout: 60_000 },
    );
    const stored = (await allPayloads(admin, path)).map(({ id, sha256 }) => ({ id, sha256 }));
    expect(stored.sort(bySha256)).toEqual(sent.sort(bySha256));
    expect(new Set(stored.map(({ id }) => id)).size).toBe(deliveriesSent);
  }, 300_000);
});
