import { createHash } from 'node:crypto';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { githubDelivery } from './senders/github.ts';
import { postUntilAccepted } from './senders/post.ts';
import { githubPush } from './senders/samples.ts';
import type { AdminClient } from './system/admin-client.ts';
import { eventStores, type StartedEventStore } from './system/event-stores.ts';
import { answersOk } from './system/service-process.ts';
import { type RunningSystem, startSystem } from './system/standalone.ts';

const deliveriesSent = 2_000;
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
    let accepted = 0;
    let killed = 0;
    let restarting = Promise.resolve();
    /** Known beforehand, so that the kill comes in the very moment; null while it is being restarted. */
    let victim: number | null = await system.pidOf('gateway');
    const restart = async (dead: number) => {
      await waitFor(async () => (await system.pidOf('gateway')) !== dead, { timeout: 60_000 });
      victim = await system.pidOf('gateway');
    };
    const onAccepted = () => {
      accepted += 1;
      const isTime = accepted >= ((killed + 1) * deliveriesSent) / (kills + 2);
      if (victim === null || killed === kills || !isTime) return;
      process.kill(victim, 'SIGKILL');
      killed += 1;
      restarting = restart(victim);
      victim = null;
    };
    const refusals: string[] = [];
    const sent = await Promise.all(
      Array.from({ length: deliveriesSent }, async (_, number) => {
        const delivery = await githubDelivery(`${system.url}${path}`, secret, 'push', {
          ...githubPush(),
          number,
        });
        const taken = await postUntilAccepted(delivery, { patienceMs: 240_000, pauseMs: 2_000 });
        onAccepted();
        refusals.push(...taken.refusals);
        return { id: taken.payloadId, sha256: createHash('sha256').update(delivery.body).digest('hex') };
      }),
    );
    await restarting;
    await answersOk(`${system.url}/readyz`, 60_000);
    expect(killed).toBe(kills);
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
