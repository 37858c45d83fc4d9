import { type EventStoreDBClient, streamNameFilter } from '@eventstore/db-client';
import { expect, test } from 'vitest';
import { event, fakeAndClient, Told } from './bare-client.spec-support.ts';

const free = { event: 0, considered: 0, checkpoint: 0 };
const costly = 20_000;
const appends = 10;

/** Two subscriptions that pass nothing, with a checkpoint for each event or for every second one. */
const follow = async (client: EventStoreDBClient): Promise<void> => {
  for (const maxSearchWindow of [1, 2]) {
    const filter = streamNameFilter({ prefixes: ['nothing-'], maxSearchWindow, checkpointInterval: 1 });
    await Told.of(client.subscribeToAll({ fromPosition: 'end', filter })).has('caughtUp');
  }
};

/** Of this process, in microseconds. */
const processorTimeOf = async (work: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

test.for([
  ['an event', { ...free, event: costly }, appends],
  ['an event that a filter considers', { ...free, considered: costly }, 2 * appends],
  ['a checkpoint', { ...free, checkpoint: costly }, 1.5 * appends],
] as const)('%s takes at least the time that it costs on the server', async ([, costs, times]) => {
  const { client } = await fakeAndClient({ costs });
  await follow(client);
  await client.appendToStream('a-1', event());
  const taken = await processorTimeOf(async () => {
    for (let n = 0; n < appends; n += 1) await client.appendToStream('a-1', event());
  });
  // What this process has done since the first append counts for the second one.
  expect(taken).toBeGreaterThan((times - 1) * costly);
});
