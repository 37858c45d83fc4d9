import {
  type EventData,
  openBody,
  parseEvent,
  streams,
  type WebhookPayloadReceived,
} from '@mission-control/contracts';
import type { RunningService } from '@mission-control/runtime';
import type { ScenePayload } from '@mission-control/test-scene';
import { waitFor } from '@mission-control/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStewardScene, type StewardScene } from './testing/steward-scene.ts';

describe('the erasure of content', () => {
  let steward: StewardScene;
  let webhook: { boardId: string; webhookId: string };
  let running: RunningService[] = [];
  beforeAll(async () => {
    steward = await openStewardScene();
  });
  afterAll(() => steward.close());
  beforeEach(async () => {
    webhook = await steward.webhookOn(await steward.scene.board());
  });
  afterEach(async () => {
    for (const one of running) await one.stop();
    running = [];
  });

  const start = async (env?: Record<string, string>): Promise<RunningService> => {
    const one = await steward.start(env);
    running.push(one);
    return one;
  };

  const erase = (payloadId: string, ...arrivals: ScenePayload[]) =>
    steward.scene.append(streams.removals(webhook.webhookId), {
      type: 'WebhookPayloadErased',
      data: {
        ...{ ...webhook, payloadId, reason: 'asked to', undelivered: true },
        revisions: arrivals.map(({ revision }) => revision),
      },
    });
  const completions = async () =>
    (await steward.scene.facts(streams.removals(webhook.webhookId)))
      .filter(({ type }) => type === 'WebhookPayloadErasureCompleted')
      .map(({ data }) => data as EventData<'WebhookPayloadErasureCompleted'>);
  const completed = (number: number) => waitFor(async () => (await completions()).length === number);
  /** What a process that has read no key before reads: the body of each arrival; null: erased. */
  const bodies = async (): Promise<(string | null)[]> => {
    const { store, keys } = await steward.readable();
    // Forgets what it has derived.
    await keys.destroyAll('00000000-0000-4000-8000-000000000000');
    const events = await Array.fromAsync(store.readStream(streams.payloads(webhook.webhookId)));
    return events.map((event) => {
      const { body } = parseEvent(event).data as WebhookPayloadReceived;
      return body.enc === 'erased' ? null : openBody(body).toString();
    });
  };

  it('destroys the keys of the arrivals that it names, and no others, then says so once', async () => {
    const first = await steward.encryptedArrival(webhook, { body: 'first' });
    await steward.encryptedArrival(webhook, { body: 'another payload' });
    const { payloadId } = first;
    const second = await steward.encryptedArrival(webhook, { payloadId, body: 'second' });
    const clear = await steward.scene.arrival(webhook, { payloadId, body: 'in the clear' });
    await start();
    const { id: erasureId } = await erase(payloadId, first, second, clear);
    await completed(1);
    expect(await completions()).toEqual([
      { ...webhook, payloadId, erasureId, erased: 2, unencrypted: [clear.revision] },
    ]);
    await steward.encryptedArrival(webhook, { payloadId, body: 'later' });
    expect(await bodies()).toEqual([null, 'another payload', null, 'in the clear', 'later']);

    // Another steward finds nothing to do, although it begins with the first fact.
    const other = await start();
    const next = await steward.encryptedArrival(webhook, { body: 'next' });
    await erase(next.payloadId, next);
    await waitFor(async () => (await completions()).some((one) => one.payloadId === next.payloadId));
    await other.stop();
    expect((await completions()).filter((one) => one.erasureId === erasureId)).toHaveLength(1);
  });

  it('goes on after a crash between the fact, the keys and the completion', async () => {
    const arrivals = [];
    for (const body of ['one', 'two', 'three'])
      arrivals.push(await steward.encryptedArrival(webhook, { body }));
    for (const arrival of arrivals) await erase(arrival.payloadId, arrival);
    const { keys, asStored } = await steward.readable();
    const { data } = (await asStored.readEvent(streams.payloads(webhook.webhookId), 0)) as { data: unknown };
    const { body } = data as { body: { key: string; place: string } };
    await keys.destroyLeaf(body.key, Buffer.from(body.place, 'hex'));
    await start();
    await completed(3);
    expect((await completions()).map(({ erased }) => erased)).toEqual([1, 1, 1]);
    expect(await bodies()).toEqual([null, null, null]);
  });

  it('destroys no key before the fact, and so every arrival before it, is sealed', async () => {
    const arrival = await steward.encryptedArrival(webhook, { body: 'one' });
    await erase(arrival.payloadId, arrival);
    await start();
    await completed(1);
    const { store } = steward;
    const [arrivals, removals] = [streams.payloads(webhook.webhookId), streams.removals(webhook.webhookId)];
    const [, completion] = await Array.fromAsync(store.readStream(removals));
    const batches = (await Array.fromAsync(store.readStream(streams.merkle))).filter(
      ({ type, position }) => type === 'LeavesSealed' && position < (completion?.position ?? 0n),
    );
    const names = batches.flatMap(({ data }) => (data as EventData<'LeavesSealed'>).streams);
    expect(names).toEqual(expect.arrayContaining([arrivals, removals]));
  });

  it('of a payload erases what arrives for it later', async () => {
    const { payloadId, ...first } = await steward.encryptedArrival(webhook, { body: 'first' });
    await start({ WEBHOOK_RETENTION_CHECK_SECONDS: '1' });
    await steward.project();
    await erase(payloadId, { payloadId, ...first });
    await completed(1);
    const later = await steward.encryptedArrival(webhook, { payloadId, body: 'later' });
    await steward.encryptedArrival(webhook, { body: 'another payload' });
    await completed(2);
    expect((await completions())[1]).toMatchObject({ payloadId, erased: 1 });
    const [, , again] = await steward.scene.facts(streams.removals(webhook.webhookId));
    expect(again).toMatchObject({ type: 'WebhookPayloadErased', data: { revisions: [later.revision] } });
    expect(await bodies()).toEqual([null, null, 'another payload']);
    await steward.project('stop');
  });

  it('is not undone by a restored table of content keys: its keys are destroyed again at the next start', async () => {
    const erased = await steward.encryptedArrival(webhook, { body: 'erased' });
    await steward.encryptedArrival(webhook, { body: 'kept' });
    const restore = await steward.backUpKeys();
    const first = await start();
    await erase(erased.payloadId, erased);
    await completed(1);
    await first.stop();
    await restore();
    expect(await bodies()).toEqual(['erased', 'kept']);
    await start();
    await waitFor(async () => (await bodies())[0] === null);
    expect(await bodies()).toEqual([null, 'kept']);
    expect(await completions()).toHaveLength(1);
  });

  it('of a deleted webhook destroys all its keys, after its board memory was kept, and again if they are restored', async () => {
    const erased = await steward.encryptedArrival(webhook, { body: 'erased' });
    await steward.encryptedArrival(webhook, { body: 'kept' });
    const restore = await steward.backUpKeys();
    const first = await start();
    await erase(erased.payloadId, erased);
    await completed(1);
    const { asStored, keys } = await steward.readable();
    const kept = (await asStored.readEvent(streams.payloads(webhook.webhookId), 1)) as { data: unknown };
    const { body } = kept.data as { body: { key: string; place: string } };
    const leaf = () => keys.leaf(body.key, Buffer.from(body.place, 'hex'));
    await steward.scene.append(streams.webhook(webhook.webhookId), {
      type: 'WebhookDeleted',
      data: { ...webhook, cleanupMemory: false },
    });
    const isGone = async () => {
      const board = await steward.boardOf(webhook.boardId);
      return board.status === 'open' && !board.webhooks.has(webhook.webhookId);
    };
    await waitFor(isGone);
    expect(await bodies()).toEqual([]);
    expect(await leaf()).toBe('erased');
    const memory = await steward.scene.facts(streams.memory(webhook.boardId));
    expect(memory.map(({ data }) => (data as { content: string }).content)).toEqual([
      expect.stringContaining('kept'),
    ]);
    await first.stop();
    await restore();
    await bodies();
    expect(await leaf()).not.toBe('erased');
    await start();
    await waitFor(async () => {
      await bodies();
      return (await leaf()) === 'erased';
    });
  });
});
