import { streams } from '@mission-control/contracts';
import { type OpenClawSimulator, startOpenClawSimulator, waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { githubDelivery } from '../senders/github.ts';
import { githubPush } from '../senders/samples.ts';
import { allPayloads } from '../system/all-payloads.spec-support.ts';
import { describeOnEventStores, type StartedEventStore } from '../system/event-stores.spec-support.ts';
import { type Scene, setScene, type Webhook } from '../system/scene.ts';
import { type Cluster, type Instance, startCluster } from './cluster.spec-support.ts';
import { type Seen, send } from './sender.spec-support.ts';

const isFull = process.env.TEST_SIZE === 'full';
const size = isFull ? { rounds: 3, perKill: 200, senders: 8 } : { rounds: 1, perKill: 30, senders: 4 };
/** Payloads of each webhook that is deleted while a steward is killed. */
const doomedPayloads = 5;
const patience = { timeout: 480_000 };

let eventStore: StartedEventStore;
let openclaw: OpenClawSimulator;
let cluster: Cluster;
let scene: Scene;
let deliveriesMade = 0;

const nothingSeen = (): Seen => ({ unavailable: 0, resets: 0, other: [] });
const pathOf = ({ id }: Webhook) => `/api/v1/boards/${scene.boardId}/webhooks/${id}`;

/** Sends deliveries, a few at a time. Calls `halfway` once half of them are accepted. Resolves to the ids of the payloads. */
const sendMany = async (
  webhook: Webhook,
  count: number,
  seen: Seen,
  halfway: () => Promise<void> = async () => {},
): Promise<string[]> => {
  const accepted: string[] = [];
  const url = `${cluster.proxy.url}${webhook.endpoint_path}`;
  let left = count;
  let disturbed: Promise<void> | null = null;
  const sender = async () => {
    while (left > 0) {
      left -= 1;
      deliveriesMade += 1;
      const payload = { ...githubPush(), number: deliveriesMade };
      accepted.push(await send(await githubDelivery(url, scene.secret, 'push', payload), seen));
      if (accepted.length >= count / 2) disturbed ??= halfway();
    }
  };
  await Promise.all(Array.from({ length: size.senders }, sender));
  await disturbed;
  return accepted;
};

/** The ids of the payloads that agents were told about, each as often as the session has it. */
const toldOf = (webhook: Webhook): string[] =>
  Object.values(openclaw.consumed())
    .flat()
    .filter(({ text }) => text.includes(webhook.id))
    .map(({ text }) => /^Payload ID: (\S+)$/m.exec(text)?.[1] ?? text);

/** The payloads in board memory that came by the webhook, each as often as it is there. */
const remembered = async (webhook: Webhook): Promise<string[]> => {
  const found: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: { tags: string[] }[]; next_cursor: string | null } = await cluster.admin.get(
      `/api/v1/boards/${scene.boardId}/memory?is_chat=false&limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    for (const { tags } of page.items)
      if (tags.includes(`webhook:${webhook.id}`))
        found.push(...tags.filter((tag) => tag.startsWith('payload:')).map((tag) => tag.slice(8)));
    cursor = page.next_cursor;
  }
  return found.sort();
};

describeOnEventStores('several machines', 'postgres', ({ start }) => {
  beforeAll(async () => {
    openclaw = await startOpenClawSimulator();
    eventStore = await start();
    cluster = await startCluster(eventStore);
    scene = await setScene(cluster.admin, openclaw, 'Several machines');
  });
  afterAll(async () => {
    await cluster?.end();
    await openclaw?.stop();
    await eventStore?.stop();
  });

  it('every instance is killed with -9 under load, in turn: each acknowledged payload is stored, shown and told once, and no sender sees an error', async ({
    onTestFailed,
  }) => {
    onTestFailed(() => {
      for (const { name, output } of cluster.instances)
        process.stderr.write(`--- ${name}\n${output.slice(-20_000)}\n`);
    });
    const webhook = await scene.webhook('github', 'Create a task for each commit');
    const accepted: string[] = [];
    const deleted: { webhook: Webhook; payloads: readonly string[] }[] = [];
    const total = nothingSeen();
    /** By service: milliseconds from a kill until the other instance had done everything. */
    const takeovers: Record<string, number> = {};

    const victims = Array.from({ length: size.rounds }, () => cluster.instances).flat();
    for (const victim of victims) {
      let killedAt = 0;
      const seen = nothingSeen();
      const before = victim.service === 'steward' ? await doomedWebhook() : null;
      if (before) deleted.push(before);
      accepted.push(
        ...(await sendMany(webhook, size.perKill, seen, async () => {
          if (before) expect((await cluster.admin.call('DELETE', pathOf(before.webhook))).status).toBe(200);
          killedAt = performance.now();
          await victim.kill();
        })),
      );
      expect(seen.other, `while ${victim.name} was killed`).toEqual([]);
      if (victim.service !== 'gateway') expect(seen.resets, `while ${victim.name} was killed`).toBe(0);
      total.resets += seen.resets;
      total.unavailable += seen.unavailable;
      await takenOver(victim, webhook, accepted.length, before?.webhook);
      const took = performance.now() - killedAt;
      takeovers[victim.service] = Math.max(takeovers[victim.service] ?? 0, took);
      victim.start();
      // Two of a kind are never down at once.
      await victim.ready();
    }

    expect(new Set(accepted).size).toBe(victims.length * size.perKill);
    const expected = accepted.toSorted();
    await waitFor(() => toldOf(webhook).length >= expected.length, patience);
    await waitFor(
      async () =>
        (await cluster.admin.get<{ total: number }>(`${pathOf(webhook)}/payloads?limit=1`)).total >=
        expected.length,
      patience,
    );
    expect((await allPayloads(cluster.admin, pathOf(webhook))).map(({ id }) => id).sort()).toEqual(expected);
    await waitFor(async () => (await remembered(webhook)).length >= expected.length, patience);
    expect(await remembered(webhook)).toEqual(expected);
    await settled(webhook);
    expect(toldOf(webhook).sort()).toEqual(expected);
    for (const { webhook: gone, payloads } of deleted) {
      await waitFor(async () => (await cluster.admin.call('GET', pathOf(gone))).status === 404, patience);
      await waitFor(async () => (await remembered(gone)).length >= payloads.length, patience);
      expect(await remembered(gone)).toEqual(payloads);
      expect(toldOf(gone).sort()).toEqual(payloads);
    }
    for (const count of cluster.proxy.counts) expect(count).toBeGreaterThan(0);
    process.stdout.write(
      `several machines: ${victims.length} kills, ${expected.length} deliveries from ${size.senders} senders; ` +
        `they saw ${total.resets} resets and ${total.unavailable} × 503 with Retry-After; the longest takeovers: ` +
        `${['relay', 'notifier', 'steward'].map((service) => `${service} ${((takeovers[service] ?? 0) / 1_000).toFixed(1)} s`).join(', ')}\n`,
    );
  }, 3_600_000);

  const isTombstoned = async (stream: string): Promise<boolean> =>
    (await Array.fromAsync(cluster.store.readStream(stream, { limit: 1 }))).length === 0;

  /** Waits until the other instance does the work of one that was killed, where there is another one to do it. */
  const takenOver = async (
    victim: Instance,
    webhook: Webhook,
    deliveries: number,
    doomed: Webhook | undefined,
  ): Promise<void> => {
    if (victim.service === 'relay' || victim.service === 'notifier')
      await waitFor(() => toldOf(webhook).length >= deliveries, patience);
    // The last thing that a steward does for a deleted webhook is to tombstone its payloads.
    if (doomed) await waitFor(() => isTombstoned(streams.payloads(doomed.id)), patience);
  };

  /** A webhook whose payloads have all been told, for a steward to clean up after. */
  const doomedWebhook = async (): Promise<{ webhook: Webhook; payloads: readonly string[] }> => {
    const webhook = await scene.webhook('github', 'Deleted later');
    const seen = nothingSeen();
    const payloads = (await sendMany(webhook, doomedPayloads, seen)).sort();
    expect(seen).toEqual(nothingSeen());
    await waitFor(() => toldOf(webhook).length >= payloads.length, patience);
    return { webhook, payloads };
  };

  /** Waits until every delivery has its outcome, so that nothing more is sent. */
  const settled = async (webhook: Webhook): Promise<void> => {
    const open = async (status: string) =>
      (await cluster.admin.get<{ total: number }>(`${pathOf(webhook)}/payloads?status=${status}&limit=1`))
        .total;
    await waitFor(async () => {
      const numbers = await Promise.all(['stored', 'delivering', 'sent', 'interrupted'].map(open));
      return numbers.every((number) => number === 0);
    }, patience);
  };
});
