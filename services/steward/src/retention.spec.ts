import { type EventData, newRandomId, streams } from '@mission-control/contracts';
import type { ScenePayload } from '@mission-control/test-scene';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStewardScene, type StewardScene } from './testing/steward-scene.ts';

/** Checks come one after the other; what a test awaits does not depend on when. */
const often = { WEBHOOK_RETENTION_CHECK_SECONDS: '1' };

describe('the retention of payloads', () => {
  let steward: StewardScene;
  beforeEach(async () => {
    steward = await openStewardScene();
    await steward.project();
  });
  afterEach(() => steward.close());

  type Webhook = Awaited<ReturnType<StewardScene['webhookOn']>>;

  const webhookWith = async (settings: Partial<EventData<'WebhookUpdated'>> = {}): Promise<Webhook> => {
    const webhook = await steward.webhookOn(await steward.scene.board());
    await steward.scene.append(streams.webhook(webhook.webhookId), {
      type: 'WebhookUpdated',
      data: { ...webhook, ...settings },
    });
    return webhook;
  };
  const arrivals = async (webhook: Webhook, number: number): Promise<ScenePayload[]> => {
    const all: ScenePayload[] = [];
    for (let n = 0; n < number; n += 1)
      all.push(await steward.scene.arrival(webhook, { payloadId: newRandomId() }));
    return all;
  };
  const revisions = async ({ webhookId }: Webhook) =>
    (await Array.fromAsync(steward.store.readStream(streams.payloads(webhookId)))).map((one) => one.revision);
  const expiries = async ({ webhookId }: Webhook) =>
    (await steward.scene.facts(streams.removals(webhookId))).flatMap((event) =>
      event.type === 'WebhookPayloadsExpired' ? [event.data] : [],
    );
  const truncatedTo = (webhook: Webhook, first: number) =>
    waitFor(async () => (await revisions(webhook))[0] === first);

  it('keeps the newest payloads, and removes the others with everything about them', async () => {
    const webhook = await webhookWith({ retentionMaxPayloads: 2 });
    const [first, second, third, fourth] = await arrivals(webhook, 4);
    if (!first || !second || !third || !fourth) throw new Error('Too few arrivals.');
    await steward.scene.arrival(webhook, { payloadId: first.payloadId });
    await steward.told(webhook, second);
    const { metrics } = await steward.start(often);
    await truncatedTo(webhook, 2);
    const shown = await metrics();
    expect(shown).toMatch(/^mission_control_retention_payloads_expired_total\S* 2( |$)/m);
    expect(shown).toMatch(
      /^mission_control_retention_deliveries_ended_total\{.*reason="expired_undelivered".*\} 1( |$)/m,
    );
    expect(shown).toMatch(/^mission_control_retention_oldest_age_seconds\S* \d/m);
    const { boardId, webhookId } = webhook;
    expect(await expiries(webhook)).toEqual([
      {
        ...{ boardId, webhookId, upToRevision: 1 },
        payloadIds: [first.payloadId, second.payloadId],
        undeliveredIds: [first.payloadId],
      },
    ]);
    await waitFor(async () => (await steward.payloadIds(webhook)).length === 2);
    expect(await steward.payloadIds(webhook)).toEqual([third.payloadId, fourth.payloadId]);
    for (const { payloadId } of [first, second])
      await expect(
        steward.scene.append(streams.delivery(payloadId), steward.redelivery(webhook, payloadId)),
      ).rejects.toThrow('stream_deleted');
  });

  it('removes what is older than the maximum age, with the default of the installation', async () => {
    const webhook = await webhookWith();
    const own = await webhookWith({ retentionMaxAgeDays: 100 });
    for (const one of [webhook, own]) {
      await steward.scene.arrival(one, { receivedAt: daysAgo(9) });
      await steward.scene.arrival(one, { receivedAt: daysAgo(1) });
    }
    await steward.start({ ...often, WEBHOOK_RETENTION_MAX_AGE_DAYS: '7' });
    await truncatedTo(webhook, 1);
    expect(await revisions(own)).toEqual([0, 1]);
    expect(await expiries(own)).toEqual([]);
  });

  it('keeps everything without a limit', async () => {
    const webhook = await webhookWith();
    await steward.scene.arrival(webhook, { receivedAt: daysAgo(9_000) });
    const other = await webhookWith({ retentionMaxPayloads: 1 });
    await arrivals(other, 2);
    await steward.start(often);
    await truncatedTo(other, 1);
    expect(await expiries(webhook)).toEqual([]);
  });

  it('ends deliveries that have not ended, before it removes their payload', async () => {
    const webhook = await webhookWith({ retentionMaxPayloads: 1 });
    const [untouched, parked, kept] = await arrivals(webhook, 3);
    if (!untouched || !parked || !kept) throw new Error('Too few arrivals.');
    await steward.park(webhook, parked, 'no_agent');
    await steward.start(often);
    await truncatedTo(webhook, 2);
    const places: string[] = [streams.steward, streams.replays, streams.merkle];
    const writes = steward.calls.filter(({ stream }) => !places.includes(stream));
    const calls = writes.map(({ what, stream, events }) => ({
      what,
      of: stream.replace(/-.*/, ''),
      facts: events.map(({ type, data }) => [type, (data as { reason?: string }).reason]),
      deliveries: events.flatMap(({ data }) => (data as { deliveryId?: string }).deliveryId ?? []),
    }));
    const ends = { what: 'append', of: 'delivery', facts: [['DeliveryFailed', 'expired_undelivered']] };
    expect(calls).toMatchObject([
      ...[ends, ends],
      { what: 'append', of: 'removals', facts: [['WebhookPayloadsExpired', undefined]] },
      { what: 'append', of: 'audit', facts: [['EventsHidden', undefined]] },
      ...[
        { what: 'tombstone', of: 'delivery' },
        { what: 'tombstone', of: 'delivery' },
      ],
      { what: 'setStreamMetadata', of: 'payloads' },
    ]);
    expect(new Set(calls.flatMap(({ deliveries }) => deliveries))).toEqual(
      new Set([untouched.id, parked.id]),
    );
  });

  it('goes on after a crash between the fact and the removal, without another fact', async () => {
    const webhook = await webhookWith();
    const [first] = await arrivals(webhook, 2);
    if (!first) throw new Error('Too few arrivals.');
    await steward.scene.append(streams.removals(webhook.webhookId), {
      type: 'WebhookPayloadsExpired',
      data: { ...webhook, upToRevision: 0, payloadIds: [first.payloadId] },
    });
    await steward.scene.append(
      streams.delivery(first.payloadId),
      steward.redelivery(webhook, first.payloadId),
    );
    await steward.start(often);
    await steward.start(often);
    await truncatedTo(webhook, 1);
    expect(await steward.scene.facts(streams.delivery(first.payloadId))).toEqual([]);
    expect(await expiries(webhook)).toHaveLength(1);
  });

  it('does not bring back more of the stream when an older fact is processed again', async () => {
    const webhook = await webhookWith();
    const all = await arrivals(webhook, 3);
    for (const [n, { payloadId }] of all.slice(0, 2).entries())
      await steward.scene.append(streams.removals(webhook.webhookId), {
        type: 'WebhookPayloadsExpired',
        data: { ...webhook, upToRevision: n, payloadIds: [payloadId] },
      });
    await steward.store.setStreamMetadata(streams.payloads(webhook.webhookId), { truncateBefore: 2 });
    await steward.start(often);
    await steward.barrier();
    expect(await revisions(webhook)).toEqual([2]);
  });

  it('waits for read models that are behind', async () => {
    const webhook = await webhookWith({ retentionMaxPayloads: 1 });
    await arrivals(webhook, 2);
    await steward.project('stop');
    const late = await steward.scene.arrival(webhook);
    await steward.start(often);
    await steward.barrier();
    expect(await expiries(webhook)).toEqual([]);
    await steward.project();
    await truncatedTo(webhook, 2);
    await waitFor(async () => (await steward.payloadIds(webhook)).length === 1);
    expect(await steward.payloadIds(webhook)).toEqual([late.payloadId]);
  });

  it('tombstones the deliveries of a payload that an admin deleted, and keeps no memory of removed payloads', async () => {
    const webhook = await webhookWith();
    const [deleted, expired, kept] = await arrivals(webhook, 3);
    if (!deleted || !expired || !kept) throw new Error('Too few arrivals.');
    await steward.park(webhook, deleted, 'no_agent');
    await steward.scene.append(streams.removals(webhook.webhookId), {
      type: 'WebhookPayloadDeleted',
      data: { ...webhook, payloadId: deleted.payloadId, undelivered: true },
    });
    await steward.scene.append(streams.removals(webhook.webhookId), {
      type: 'WebhookPayloadsExpired',
      data: { ...webhook, upToRevision: 0, payloadIds: [expired.payloadId] },
    });
    await steward.start(often);
    await truncatedTo(webhook, 1);
    await waitFor(async () => (await steward.scene.facts(streams.delivery(deleted.payloadId))).length === 0);
    await steward.scene.append(streams.webhook(webhook.webhookId), {
      type: 'WebhookDeleted',
      data: { ...webhook, cleanupMemory: false },
    });
    await waitFor(async () => (await steward.scene.facts(streams.removals(webhook.webhookId))).length === 0);
    const memory = await steward.scene.facts(streams.memory(webhook.boardId));
    expect(memory).toMatchObject([{ type: 'MemoryEntryKept', data: { payloadId: kept.payloadId } }]);
  });
});

const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
