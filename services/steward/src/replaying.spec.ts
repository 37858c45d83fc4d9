import { type Fact, newOrderedId, replayedDeliveryIdOf, streams } from '@mission-control/contracts';
import { isTombstoned } from '@mission-control/event-store';
import type { ScenePayload } from '@mission-control/test-scene';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mostUnderWay } from './replaying/replays-session.ts';
import { ReplayScene } from './testing/replay-scene.ts';
import { openStewardScene, type StewardScene } from './testing/steward-scene.ts';

describe('a replay', () => {
  let steward: StewardScene;
  let webhook: { boardId: string; webhookId: string };
  beforeEach(async () => {
    steward = await openStewardScene();
    webhook = await steward.webhookOn(await steward.scene.board());
  });
  afterEach(() => steward.close());

  const payloads = (count: number): Promise<ScenePayload[]> =>
    Promise.all(Array.from({ length: count }, () => ReplayScene.payload(steward, webhook)));
  const replay = () => new ReplayScene(steward, webhook);
  /** Tells everything that is requested, until the replay is over. */
  const answering = async (one: ReplayScene, all: readonly ScenePayload[], status = 'completed') => {
    const told = new Set<string>();
    await waitFor(
      async () => {
        for (const payloadId of await one.requested()) {
          const payload = all.find((each) => each.payloadId === payloadId);
          if (!payload || told.has(payloadId)) continue;
          told.add(payloadId);
          await one.tell(payload);
        }
        return (await one.state()).status === status;
      },
      { timeout: 120_000 },
    );
    return one.state();
  };

  it('requests a delivery of each item, in order, and is completed when each has its outcome', async () => {
    const all = await payloads(25);
    const one = replay();
    await one.request(all, { itemsPerEvent: 10 });
    await steward.start();
    expect(await answering(one, all)).toMatchObject({
      handled: 25,
      underWay: [],
      done: 25,
      failed: 0,
      skipped: 0,
    });
    expect(await one.requested()).toEqual(all.map(({ payloadId }) => payloadId));
    const [request] = await steward.requestsFor(all[0] as ScenePayload);
    const [requested] = await steward.scene.facts(streams.replay(one.replayId));
    expect(request).toMatchObject({
      id: replayedDeliveryIdOf(one.replayId, all[0]?.payloadId ?? ''),
      data: { reason: 'after the outage', replayId: one.replayId, arrivalRevision: all[0]?.revision },
      metadata: {
        actor: { kind: 'service', id: 'steward' },
        causationId: requested?.id,
        correlationId: requested?.metadata.correlationId,
      },
    });
  });

  it('has no more under way than live deliveries can wait for', async () => {
    const all = await payloads(mostUnderWay + 5);
    const one = replay();
    const another = replay();
    await one.request(all.slice(0, mostUnderWay));
    await another.request(all.slice(mostUnderWay));
    await steward.start();
    const inAll = async () => [...(await one.requested()), ...(await another.requested())];
    await waitFor(async () => (await inAll()).length >= mostUnderWay);
    await steward.barrier();
    expect(await inAll()).toHaveLength(mostUnderWay);
    const [first] = await one.requested();
    await one.tell(all.find(({ payloadId }) => payloadId === first) as ScenePayload);
    await waitFor(async () => (await inAll()).length > mostUnderWay);
    await Promise.all([answering(one, all), answering(another, all)]);
  });

  it('lists what fails, and what cannot be sent, with the reason', async () => {
    const [failing, told] = (await payloads(2)) as [ScenePayload, ScenePayload];
    const waiting = await steward.scene.arrival(webhook);
    const unknown = newOrderedId();
    const one = replay();
    await one.request([failing, waiting, told], {}, [unknown]);
    await steward.start();
    await one.requestedFor(failing);
    await one.fail(failing, 'gateway_refused');
    await one.requestedFor(told);
    await one.tell(told);
    expect(await one.until('completed')).toMatchObject({ done: 1, failed: 1, skipped: 2 });
    const of = ({ payloadId }: ScenePayload) => ({ payloadId, webhookId: webhook.webhookId });
    const listed = await one.unsuccessful();
    expect(listed.sort((a, b) => a.item - b.item)).toEqual([
      { ...of(failing), item: 0, outcome: 'failed', reason: 'gateway_refused' },
      { ...of(waiting), item: 1, outcome: 'skipped', reason: 'still_delivering' },
      { payloadId: unknown, webhookId: null, item: 3, outcome: 'skipped', reason: 'payload_not_found' },
    ]);
  });

  it('skips payloads that are gone', async () => {
    const [truncated, kept] = (await payloads(2)) as [ScenePayload, ScenePayload];
    const earlier = truncated.revision < kept.revision ? truncated : kept;
    const later = earlier === truncated ? kept : truncated;
    await steward.store.setStreamMetadata(streams.payloads(webhook.webhookId), {
      truncateBefore: later.revision,
    });
    const one = replay();
    await one.request([earlier, later]);
    await steward.start();
    await one.requestedFor(later);
    await one.tell(later);
    expect(await one.until('completed')).toMatchObject({ done: 1, skipped: 1 });
    expect(await one.unsuccessful()).toMatchObject([
      { payloadId: earlier.payloadId, reason: 'payload_gone' },
    ]);
  });

  const removed = async (fact: Fact<'WebhookPayloadDeleted' | 'WebhookPayloadsExpired'>) => {
    await steward.scene.append(streams.removals(webhook.webhookId), fact);
  };
  const deleted = ({ payloadId }: ScenePayload) =>
    removed({ type: 'WebhookPayloadDeleted', data: { ...webhook, payloadId, undelivered: false } });
  const goneFor = ({ payloadId }: ScenePayload) =>
    waitFor(() => isTombstoned(steward.store, streams.delivery(payloadId)));

  it('skips payloads that were deleted or have expired, before or after their ids were listed', async () => {
    const expired = await ReplayScene.payload(steward, webhook);
    const gone = await ReplayScene.payload(steward, webhook);
    const kept = await ReplayScene.payload(steward, webhook);
    const [before, after] = [replay(), replay()];
    await before.request([expired, gone, kept]);
    await before.control('ReplayPaused');
    const expiry = { ...webhook, upToRevision: expired.revision, payloadIds: [expired.payloadId] };
    await removed({ type: 'WebhookPayloadsExpired', data: expiry });
    await deleted(gone);
    await steward.start();
    await goneFor(expired);
    await goneFor(gone);
    await before.control('ReplayResumed');
    await before.requestedFor(kept);
    await before.tell(kept);
    expect(await before.until('completed')).toMatchObject({ done: 1, failed: 0, skipped: 2 });
    const [first, second] = [expired.payloadId, gone.payloadId];
    expect(await before.unsuccessful()).toMatchObject([
      { payloadId: first, outcome: 'skipped', reason: 'payload_gone' },
      { payloadId: second, outcome: 'skipped', reason: 'payload_gone' },
    ]);

    const unknown = newOrderedId();
    await after.request([], {}, [first, second, unknown]);
    expect(await after.until('completed')).toMatchObject({ done: 0, failed: 0, skipped: 3 });
    expect(await after.unsuccessful()).toMatchObject([
      { payloadId: first, reason: 'payload_gone' },
      { payloadId: second, reason: 'payload_gone' },
      { payloadId: unknown, reason: 'payload_not_found' },
    ]);
  });

  it('skips what is deleted before its turn comes, and counts as failed what is deleted after it', async () => {
    const all = await payloads(mostUnderWay + 1);
    const [early, late] = [all[0], all.at(-1)] as [ScenePayload, ScenePayload];
    const one = replay();
    await one.request(all);
    await steward.start();
    await waitFor(async () => (await one.requested()).length === mostUnderWay);
    await deleted(late);
    await goneFor(late);
    await deleted(early);
    await goneFor(early);
    for (const payload of all.slice(1, -1)) await one.tell(payload);
    expect(await one.until('completed')).toMatchObject({ done: mostUnderWay - 1, failed: 1, skipped: 1 });
    const [failed, skipped] = (await one.unsuccessful()).sort((a, b) => a.item - b.item);
    expect(failed).toMatchObject({ payloadId: early.payloadId, outcome: 'failed' });
    // Its end and the removal of its stream follow each other at once.
    expect(['payload_deleted', 'payload_gone']).toContain(failed?.reason);
    expect(skipped).toMatchObject({
      payloadId: late.payloadId,
      outcome: 'skipped',
      reason: 'payload_gone',
    });
    expect(await one.requested()).not.toContain(late.payloadId);
  });

  it('requests nothing while it is paused, and goes on when it is resumed', async () => {
    const all = await payloads(mostUnderWay + 2);
    const one = replay();
    await one.request(all);
    await steward.start();
    await waitFor(async () => (await one.requested()).length === mostUnderWay);
    await one.controlled('ReplayPaused');
    for (const payloadId of await one.requested())
      await one.tell(all.find((each) => each.payloadId === payloadId) as ScenePayload);
    await waitFor(async () => (await one.state()).done === mostUnderWay);
    await steward.barrier();
    expect(await one.requested()).toHaveLength(mostUnderWay);
    await one.control('ReplayResumed');
    expect(await answering(one, all)).toMatchObject({ done: all.length });
  });

  it('requests nothing more after it is cancelled, and records the outcomes of what was under way', async () => {
    const all = await payloads(mostUnderWay + 2);
    const one = replay();
    await one.request(all);
    await steward.start();
    await waitFor(async () => (await one.requested()).length === mostUnderWay);
    await one.controlled('ReplayCancelled');
    for (const payloadId of await one.requested())
      await one.tell(all.find((each) => each.payloadId === payloadId) as ScenePayload);
    await waitFor(async () => (await one.state()).done === mostUnderWay);
    expect(await one.state()).toMatchObject({ status: 'cancelled', handled: mostUnderWay, underWay: [] });
    expect(await one.requested()).toHaveLength(mostUnderWay);
  });

  it('goes on after a restart, and requests nothing twice', async () => {
    const all = await payloads(mostUnderWay + 5);
    const one = replay();
    await one.request(all, { rate: 50 });
    const first = await steward.start();
    await waitFor(async () => (await one.requested()).length >= 3);
    await first.stop();
    const before = await one.requested();
    const [early] = all as [ScenePayload];
    await one.tell(early);
    await steward.start();
    expect(await answering(one, all)).toMatchObject({ done: all.length, failed: 0, skipped: 0 });
    const requested = await one.requested();
    expect(requested).toEqual(all.map(({ payloadId }) => payloadId));
    expect(requested.slice(0, before.length)).toEqual(before);
  });

  it('counts items as failed whose payloads were deleted while they were under way', async () => {
    const [payload] = (await payloads(1)) as [ScenePayload];
    const one = replay();
    await one.request([payload]);
    const first = await steward.start();
    await waitFor(async () => (await one.state()).underWay.length === 1);
    await steward.store.tombstone(streams.delivery(payload.payloadId));
    await first.stop();
    await steward.start();
    expect(await one.until('completed')).toMatchObject({ done: 0, failed: 1 });
    expect(await one.unsuccessful()).toMatchObject([{ outcome: 'failed', reason: 'payload_gone' }]);
  });

  it('is not a reason to retry a failed run less often', async () => {
    const [payload] = (await payloads(1)) as [ScenePayload];
    await steward.scene.append(streams.webhook(webhook.webhookId), {
      type: 'WebhookUpdated',
      data: { ...webhook, retryFailedRuns: 1 },
    });
    const one = replay();
    await one.request([payload], { reason: 'run_failed' });
    await steward.start();
    await one.requestedFor(payload);
    await one.tell(payload);
    await steward.scene.append(streams.delivery(payload.payloadId), {
      type: 'AgentRunEnded',
      data: {
        ...{ ...webhook, payloadId: payload.payloadId, deliveryId: one.deliveryIdOf(payload) },
        ...{ runId: null, outcome: 'error', code: null, detail: null },
      },
    });
    await waitFor(async () => (await steward.requestsFor(payload)).length === 2);
    expect(await one.until('completed')).toMatchObject({ done: 1 });
  });

  it('is worked on by one of two stewards, and requests nothing twice', async () => {
    const all = await payloads(30);
    const one = replay();
    await steward.start();
    await steward.start();
    await one.request(all);
    expect(await answering(one, all)).toMatchObject({ done: all.length });
    expect(await one.requested()).toEqual(all.map(({ payloadId }) => payloadId));
  });
});
