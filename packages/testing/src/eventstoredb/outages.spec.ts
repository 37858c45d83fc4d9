import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../wait-for.ts';
import {
  clientOf,
  event,
  events,
  fakeAndClient,
  logged,
  revisions,
  Told,
} from './bare-client.spec-support.ts';
import { startEventStoreDbFake } from './start.ts';

const appendsAgain = (client: EventStoreDBClient): Promise<unknown> =>
  waitFor(() => client.appendToStream('after', events(1)));

test('a restart cuts subscriptions and keeps the log', async () => {
  const { fake, client } = await fakeAndClient();
  await client.appendToStream('a-1', events(2));
  const told = Told.of(client.subscribeToAll());
  await told.has('caughtUp');
  await fake.restart();
  await waitFor(() => told.error);
  expect(told.error).toMatchObject({ type: 'unavailable' });
  await appendsAgain(client);
  expect(await revisions(client, 'a-1')).toEqual([0, 1]);
  expect((await client.appendToStream('a-1', events(1), { expectedRevision: 1n })).success).toBe(true);
});

test('clients can reconnect immediately after connections are cut', async () => {
  const { fake, client } = await fakeAndClient();
  await client.appendToStream('a-1', events(1));
  const told = Told.of(client.subscribeToAll());
  await told.has('caughtUp');
  fake.cutConnections();
  await waitFor(() => told.error);
  await appendsAgain(client);
});

test('after kill, the address refuses connections until restart', async () => {
  const { fake, client } = await fakeAndClient();
  await client.appendToStream('a-1', events(1));
  await fake.kill();
  for (let attempt = 0; attempt < 2; attempt += 1)
    await expect(client.appendToStream('a-1', events(1))).rejects.toMatchObject({ code: 14 });
  await fake.restart();
  await appendsAgain(client);
  expect(await revisions(client, 'a-1')).toEqual([0]);
});

test('a stalled server reports a timeout after a while, but still does the write once it can', async () => {
  const { fake, client } = await fakeAndClient();
  await client.appendToStream('a-1', events(1));
  fake.stall();
  const credentials = { username: 'admin', password: 'changeit' };
  const outcomes = await Promise.allSettled([
    client.appendToStream('a-1', events(1)),
    client.appendToStream('a-1', events(1), { credentials }),
    client.tombstoneStream('a-2'),
    // The client enforces its own deadline, which is shorter than the server's, unless appends share a call.
    client.appendToStream('a-1', events(1), { credentials, deadline: 1_500 }),
    client.appendToStream('a-1', events(1), { deadline: 1_500 }),
  ]);
  expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.type)).toEqual([
    'deadline-exceeded',
    'timeout',
    'timeout',
    'deadline-exceeded',
    'deadline-exceeded',
  ]);
  fake.resume();
  expect(await revisions(client, 'a-1')).toEqual([0, 1, 2, 3, 4]);
  await expect(revisions(client, 'a-2')).rejects.toMatchObject({ type: 'stream-deleted' });
});

test('a stalled server sends no read results, and drops pending writes when it ends', async () => {
  const { fake, client } = await fakeAndClient();
  await client.appendToStream('a-1', events(1));
  fake.stall();
  let isRead = false;
  const read = revisions(client, 'a-1').finally(() => {
    isRead = true;
  });
  await expect(client.appendToStream('a-1', events(1))).rejects.toMatchObject({ type: 'deadline-exceeded' });
  expect(isRead).toBe(false);
  fake.resume();
  expect(await read).toEqual([0, 1]);
  fake.stall();
  await expect(client.appendToStream('a-1', events(1))).rejects.toMatchObject({ type: 'deadline-exceeded' });
  await fake.restart();
  expect(await waitFor(() => revisions(client, 'a-1'))).toEqual([0, 1]);
});

test('an append whose deadline has already passed is rejected', async () => {
  const { client } = await fakeAndClient();
  await expect(client.appendToStream('a-1', events(1), { deadline: -1 })).rejects.toMatchObject({
    type: 'deadline-exceeded',
  });
  await expect(revisions(client, 'a-1')).rejects.toMatchObject({ type: 'stream-not-found' });
});

test('a truncated log reuses its revisions and positions for other events', async () => {
  const { fake, client } = await fakeAndClient();
  await client.appendToStream('a-1', events(3));
  const last = await client.appendToStream('a-1', events(1));
  await client.setStreamMetadata('a-1', { maxCount: 2 });
  await fake.truncateLog(last.position?.commit ?? 0n);
  await waitFor(() => revisions(client, 'a-1'));
  expect(await revisions(client, 'a-1')).toEqual([0, 1, 2]);
  const again = await client.appendToStream('a-1', events(20), { expectedRevision: 2n });
  expect(again.position?.commit).toBeGreaterThan(last.position?.commit ?? 0n);
  expect(await revisions(client, 'a-1')).toHaveLength(23);
});

test('a replaced log has other events at the same positions', async () => {
  const { fake, client } = await fakeAndClient();
  const first = await client.appendToStream('a-1', event('Noted'));
  await fake.replaceLog();
  await waitFor(async () => (await logged(client)).length === 0);
  const second = await client.appendToStream('a-1', event('Noted'));
  expect(second).toEqual(first);
});

test('a log in a file survives the server', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-eventstoredb-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'log');
  const id = randomUUID();
  const before = await fakeAndClient({ file });
  await before.client.appendToStream('a-1', [event('Noted', { text: 'ü' }, id), event()]);
  await before.client.tombstoneStream('b-1');
  const standing = await logged(before.client);
  await before.fake.kill();
  const { fake, client } = await fakeAndClient({ file });
  expect(await logged(client)).toEqual(standing);
  for await (const { event } of client.readStream('a-1', { maxCount: 1 })) {
    expect(event).toMatchObject({ id, data: { text: 'ü' } });
  }
  await expect(client.appendToStream('b-1', events(1))).rejects.toMatchObject({ type: 'stream-deleted' });
  fake.scavenge();
  await client.appendToStream('a-1', events(1), { expectedRevision: 1n });
});

test('clients with missing or wrong credentials are rejected, and only admins can read $all', async () => {
  const credentials = { username: 'mission', password: 'p@ss/wörd' };
  const { fake, client } = await fakeAndClient({ credentials });
  await client.appendToStream('a-1', events(1));
  expect(await logged(client)).toEqual(['a-1@0 Noted']);
  const denied = { type: 'access-denied' };
  const nobody = clientOf(fake.url.replace(/\/\/.*@/, '//'));
  const wrong = clientOf(fake.url.replace(/\/\/.*@/, '//mission:wrong@'));
  for (const refused of [nobody, wrong]) {
    await expect(refused.appendToStream('a-1', events(1))).rejects.toMatchObject(denied);
    await expect(revisions(refused, 'a-1')).rejects.toMatchObject(denied);
    await expect(logged(refused)).rejects.toMatchObject(denied);
    await expect(refused.tombstoneStream('a-1')).rejects.toMatchObject(denied);
    const told = Told.of(refused.subscribeToAll());
    await waitFor(() => told.error);
    expect(told.error).toMatchObject(denied);
  }
  await expect(nobody.appendToStream('a-1', events(1), { credentials })).resolves.toMatchObject({
    nextExpectedRevision: 1n,
  });

  const user = await fakeAndClient({ credentials: { ...credentials, isAdmin: false } });
  await user.client.appendToStream('a-1', events(1));
  await user.client.setStreamMetadata('a-1', { maxCount: 3 });
  expect(await revisions(user.client, 'a-1')).toEqual([0]);
  await expect(logged(user.client)).rejects.toMatchObject(denied);
  await expect(user.client.appendToStream('$mine', events(1))).rejects.toMatchObject(denied);
});

test('gossip discovery finds the leader, and followers name it to clients that require it', async () => {
  const { fake, client } = await fakeAndClient({ nodes: 3 });
  await client.appendToStream('a-1', events(1));
  const [, ...hosts] = fake.url.match(/127\.0\.0\.1:\d+/g) ?? [];
  const discovering = clientOf(`esdb+discover://${hosts[0]}?tls=false`);
  expect(await revisions(discovering, 'a-1')).toEqual([0]);

  const follower = clientOf(`esdb://${hosts[0]}?tls=false`);
  const strictly = { requiresLeader: true };
  expect((await follower.appendToStream('a-1', events(1))).success).toBe(true);
  const refused = revisions(follower, 'a-1', strictly);
  await expect(refused).rejects.toMatchObject({
    type: 'not-leader',
    leader: { address: '127.0.0.1', port: Number(new URL(fake.url.replace(/,.*\?/, '?')).port) },
  });
  // The client has switched to the leader.
  expect(await revisions(follower, 'a-1', strictly)).toEqual([0, 1]);
});

test('a former leader rejects appends that require the leader', async () => {
  const { fake, client } = await fakeAndClient({ nodes: 2 });
  const strictly = { requiresLeader: true };
  const credentials = { username: 'admin', password: 'changeit' };
  for (const options of [strictly, { ...strictly, credentials }]) {
    await client.appendToStream('a-1', events(1), options);
    fake.moveLeader();
    await expect(client.appendToStream('a-1', events(1), options)).rejects.toMatchObject({
      type: 'not-leader',
    });
    expect((await client.appendToStream('a-1', events(1), options)).success).toBe(true);
  }
  expect(await revisions(client, 'a-1')).toEqual([0, 1, 2, 3]);
});

test('a former leader may also reset the call of batched appends, and stores none of them', async () => {
  const { fake, client } = await fakeAndClient({ nodes: 2 });
  const strictly = { requiresLeader: true };
  await client.appendToStream('a-1', events(1), strictly);
  fake.moveLeader('resets_call');
  await expect(client.appendToStream('a-1', events(1), strictly)).rejects.toMatchObject({ code: 13 });
  await expect(revisions(client, 'a-1', strictly)).rejects.toMatchObject({ type: 'not-leader' });
  expect(await revisions(client, 'a-1', strictly)).toEqual([0]);
});

test('with a frozen disk, writes get a timeout after a while, and reads work; after the thaw, not every write is there', async () => {
  const { fake, client } = await fakeAndClient();
  await client.appendToStream('a-1', events(1));
  fake.freezeDisk();
  const appends = ['b-1', 'c-1'].map((stream) => client.appendToStream(stream, events(1)));
  expect(await revisions(client, 'a-1')).toEqual([0]);
  const outcomes = await Promise.allSettled([...appends, client.tombstoneStream('a-1')]);
  expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.type)).toEqual([
    'deadline-exceeded',
    'deadline-exceeded',
    'timeout',
  ]);
  expect(await revisions(client, 'a-1')).toEqual([0]);
  fake.thawDisk({ lose: 2 });
  expect(await logged(client)).toEqual(['a-1@0 Noted', 'b-1@0 Noted']);
  await client.appendToStream('c-1', events(1));
});

test('when the leader dies, another node takes over', async () => {
  const { fake, client } = await fakeAndClient({ nodes: 3 });
  await client.appendToStream('a-1', events(1));
  await fake.killLeader();
  await waitFor(() => client.appendToStream('a-1', events(1), { expectedRevision: 0n }));
  expect(await revisions(client, 'a-1')).toEqual([0, 1]);
});

test('two servers are independent of each other', async () => {
  const { client } = await fakeAndClient();
  const other = await startEventStoreDbFake();
  onTestFinished(() => other.stop());
  await client.appendToStream('a-1', events(1));
  expect(other.events().some(({ stream }) => stream === 'a-1')).toBe(false);
});
