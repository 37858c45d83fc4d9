import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isEvent, newRandomId, streams } from '@mission-control/contracts';
import { type EventStore, EventStoreUnavailable, lastEvent } from '@mission-control/event-store';
import { claimLog } from '@mission-control/installation';
import { publicSigningKeys } from '@mission-control/keyring';
import { isSignedBy, originOf, parseCheckpoint } from '@mission-control/merkle';
import { createLog } from '@mission-control/runtime';
import { guardFolder, waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Sealer } from './sealing/sealer.ts';
import { leavesOfLog, sealedLeaves } from './testing/sealed-leaves.ts';
import { openStewardScene, type StewardScene } from './testing/steward-scene.ts';

let steward: StewardScene;
let installationId: string;
beforeEach(async () => {
  steward = await openStewardScene();
  installationId = newRandomId();
  await claimLog(steward.store, installationId, 'steward');
});
afterEach(() => steward.close());

/** Seals after a second, and signs as often. */
const often = { AUDIT_CHECKPOINT_SECONDS: '1' };
const noMetrics = { sealed: () => {}, anchorFailed: () => {}, failed: () => {}, caughtUp: () => {} };
const newBoard = async () => `${streams.board(await steward.scene.board())}@0`;
/** Resolves to the leaves when the event is one of them. */
const sealed = (name: string) =>
  waitFor(async () => {
    const leaves = await sealedLeaves(steward.store);
    return leaves.some(([leaf]) => leaf === name) && leaves;
  });
const signedCheckpoints = async () =>
  (await steward.scene.facts(streams.merkle)).filter((event) => isEvent(event, 'CheckpointSigned'));

describe('sealing', () => {
  it('begins with the history, and makes each event a leaf in the order of the log', async () => {
    const webhook = await steward.webhookOn(await steward.scene.board());
    for (let n = 0; n < 20; n++) await steward.scene.arrival(webhook);
    await steward.start(often);
    const leaves = await sealed(await newBoard());
    expect(leaves).toEqual((await leavesOfLog(steward.store)).slice(0, leaves.length));
    expect(leaves.length).toBeGreaterThan(24);
  });

  it('appends nothing while nothing happens but sealing', async () => {
    await steward.start(often);
    await sealed(await newBoard());
    await waitFor(async () => (await signedCheckpoints()).length === 1);
    const before = (await lastEvent(steward.store, streams.merkle))?.revision ?? 0;
    const [first, second] = [await newBoard(), await newBoard()];
    const leaves = (await sealed(second)).map(([name]) => name);
    // Whatever had been appended in between would be a leaf before these two.
    expect(leaves.slice(leaves.indexOf(first) - 1, leaves.indexOf(first))).toEqual([`merkle@${before}`]);
  });

  it('goes on exactly where it was, whatever was or was not appended when it failed', async () => {
    const faults = ['before', 'after', 'none', 'after', 'after', 'before', 'none', 'before', 'after'];
    const faulty = new Proxy(steward.store, {
      get: (store, name) => {
        const value: unknown = Reflect.get(store, name, store);
        if (typeof value !== 'function') return value;
        if (name !== 'append') return value.bind(store);
        return async (...args: Parameters<EventStore['append']>) => {
          const fault = args[0] === streams.merkle ? faults.shift() : 'none';
          if (fault === 'before') throw new EventStoreUnavailable('not sent', false);
          const result = await store.append(...args);
          if (fault === 'after') throw new EventStoreUnavailable('no answer', true);
          return result;
        };
      },
    });
    const options = {
      ...{ store: faulty, log: createLog('steward', { level: 'fatal', format: 'json' }) },
      metrics: { ...noMetrics, watch: () => {} },
      ...{ sealAfterMs: 0, signEveryMs: 0, patienceMs: 10, keep: () => {} },
      check: async () => {},
      sign: async (size: number) => ({ note: `${size}`, keyId: 'none' }),
    };
    const stopping = new AbortController();
    let failures = 0;
    const running = (async () => {
      while (!stopping.signal.aborted)
        await Sealer.run(options, stopping.signal).catch((error: unknown) => {
          expect(error).toBeInstanceOf(EventStoreUnavailable);
          failures++;
        });
    })();
    for (let n = 0; n < 10; n++) await sealed(await newBoard());
    await waitFor(() => faults.length === 0);
    const leaves = await sealed(await newBoard());
    stopping.abort();
    await running;
    expect(failures).toBe(7);
    expect(leaves).toEqual((await leavesOfLog(steward.store)).slice(0, leaves.length));
  });

  it('reads nothing before it is due, except when others wait for an event: then that and everything before it', async () => {
    const waiting: (() => number | null)[] = [];
    let reads = 0;
    const counted = new Proxy(steward.store, {
      get: (store, name) => {
        const value: unknown = Reflect.get(store, name, store);
        if (name === 'readAll') reads++;
        return typeof value === 'function' ? value.bind(store) : value;
      },
    });
    const options = {
      ...{ store: counted, log: createLog('steward', { level: 'fatal', format: 'json' }) },
      metrics: { ...noMetrics, watch: (next: () => number | null) => waiting.push(next) },
      ...{ sealAfterMs: 3_600_000, signEveryMs: 3_600_000, patienceMs: 10, keep: () => {} },
      check: async () => {},
      sign: async (size: number) => ({ note: `${size}`, keyId: 'none' }),
    };
    const history = await newBoard();
    const stopping = new AbortController();
    const running = Sealer.run(options, stopping.signal).catch(() => {});
    await sealed(history);
    const later = await newBoard();
    await waitFor(() => waiting[0]?.());
    expect(reads).toBe(0);
    expect((await sealedLeaves(steward.store)).map(([name]) => name)).not.toContain(later);
    const data = { causeId: newRandomId(), streams: [] };
    await steward.scene.append(streams.audit, { type: 'EventsHidden', data });
    const leaves = await sealed(`${streams.audit}@0`);
    stopping.abort();
    await running;
    expect(leaves.map(([name]) => name)).toContain(later);
    expect(leaves).toEqual((await leavesOfLog(steward.store)).slice(0, leaves.length));
  });

  it('by two stewards at once makes each event one leaf', async () => {
    await Promise.all([steward.start(often), steward.start(often)]);
    for (let n = 0; n < 5; n++) {
      const leaves = await sealed(await newBoard());
      expect(leaves).toEqual((await leavesOfLog(steward.store)).slice(0, leaves.length));
    }
  });

  it('states how many events were hidden before it began', async () => {
    const stream = streams.delivery(newRandomId());
    const data = { gatewayId: newRandomId(), serverVersion: null, bootId: null };
    for (let n = 0; n < 3; n++)
      await steward.scene.append(stream, { type: 'OpenclawGatewayAvailable', data });
    await steward.store.setStreamMetadata(stream, { truncateBefore: 2 });
    await steward.start(often);
    const leaves = (await sealed(await newBoard())).map(([name]) => name);
    expect(leaves.filter((name) => name.startsWith(stream))).toEqual([`${stream}@2`]);
    const batches = (await steward.scene.facts(streams.merkle)).filter((one) => isEvent(one, 'LeavesSealed'));
    expect(batches.map(({ data }) => data.alreadyHidden ?? 0).reduce((sum, one) => sum + one)).toBe(2);
  });

  it('continues before leaves whose events are hidden since, and counts them as leaves', async () => {
    const first = await steward.start(often);
    const stream = streams.delivery(newRandomId());
    const data = { gatewayId: newRandomId(), serverVersion: null, bootId: null };
    await steward.scene.append(stream, { type: 'OpenclawGatewayAvailable', data });
    await sealed(`${stream}@0`);
    await first.stop();
    await steward.store.tombstone(stream);
    await steward.start(often);
    const leaves = (await sealed(await newBoard())).map(([name]) => name);
    expect(leaves.filter((name) => name === `${stream}@0`)).toHaveLength(1);
    const facts = await steward.scene.facts(streams.merkle);
    expect(facts.filter(({ data }) => 'alreadyHidden' in data)).toEqual([]);
  });
});

describe('a signed checkpoint', () => {
  it('is signed by the installation, over the root of the leaves before it', async () => {
    await steward.start(often);
    await sealed(await newBoard());
    const event = await waitFor(async () => (await signedCheckpoints())[0]);
    const { note, size, root, keyId } = event.data;
    const [key] = await publicSigningKeys(steward.store);
    const head = parseCheckpoint(note);
    expect(head).toMatchObject({ origin: originOf(installationId), size, root: Buffer.from(root, 'base64') });
    expect(key?.keyId).toBe(keyId);
    expect(key && isSignedBy(head.note, { name: head.origin, publicKey: key.publicKey })).toBe(true);
    const sealedRoots = (await steward.scene.facts(streams.merkle)).flatMap((one) =>
      isEvent(one, 'LeavesSealed') ? [one.data.root] : [],
    );
    expect(sealedRoots).toContain(root);
  });

  it('is kept outside the event store, and never replaced by one of a shorter log', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'anchor-'));
    const guard = guardFolder(folder);
    const file = join(folder, 'checkpoints', 'latest.txt');
    const posted: string[] = [];
    const receiver = createServer((request, response) => {
      void Array.fromAsync(request).then((chunks) => {
        posted.push(Buffer.concat(chunks).toString());
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    try {
      const env = { ...often, AUDIT_ANCHOR_FILE: file, AUDIT_ANCHOR_URL: url };
      const first = await steward.start(env);
      await sealed(await newBoard());
      const kept = await waitFor(() => readFile(file, 'utf8').catch(() => null));
      expect(posted[0]).toBe(kept);
      await first.stop();
      const longer = kept.replace(/\n\d+\n/, '\n1000000\n');
      await writeFile(file, longer);
      const second = await steward.start(env);
      await sealed(await newBoard());
      await waitFor(async () =>
        /mission_control_audit_anchor_failures_total\{where="file"\} [1-9]/.test(await second.metrics()),
      );
      expect(await readFile(file, 'utf8')).toBe(longer);
    } finally {
      receiver.close();
      await guard.release();
    }
  });
});

it('hides nothing before it is sealed, with the fact that explains it', async () => {
  const webhook = await steward.webhookOn(await steward.scene.board());
  const payload = await steward.scene.arrival(webhook);
  await steward.told(webhook, payload);
  await steward.scene.append(streams.webhook(webhook.webhookId), {
    type: 'WebhookDeleted',
    data: { ...webhook, cleanupMemory: true },
  });
  await steward.start({ AUDIT_CHECKPOINT_SECONDS: '3600' });
  await waitFor(async () => {
    const board = await steward.boardOf(webhook.boardId);
    return board.status === 'open' && !board.webhooks.has(webhook.webhookId);
  });
  const stream = streams.delivery(payload.payloadId);
  const hidden = (await steward.scene.facts(streams.audit)).filter((one) => isEvent(one, 'EventsHidden'));
  expect(hidden).toMatchObject([{ data: { streams: expect.arrayContaining([[stream, null]]) } }]);
  const sealing = steward.calls.findLastIndex(
    ({ what, stream: of, events }) =>
      what === 'append' &&
      of === streams.merkle &&
      events.some((event) => JSON.stringify(event.data).includes(stream)),
  );
  const tombstone = steward.calls.findIndex(({ what, stream: of }) => what === 'tombstone' && of === stream);
  expect(sealing).toBeGreaterThan(-1);
  expect(tombstone).toBeGreaterThan(sealing);
  const leaves = (await sealedLeaves(steward.store)).map(([name]) => name);
  expect(leaves).toEqual(expect.arrayContaining([`${stream}@0`, `${streams.payloads(webhook.webhookId)}@0`]));
  expect(await lastEvent(steward.store, stream)).toBeUndefined();
});
