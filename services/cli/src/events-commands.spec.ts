import { streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventsCommands } from './events-commands.ts';
import { visibleIn, writeRichLog } from './testing/rich-log.ts';

let from: TestDatabase;
let to: TestDatabase;
const stores: EventStore[] = [];
const open = async ({ url }: TestDatabase, prefix: string): Promise<EventStore> => {
  const store = await openEventStore(url, { prefix });
  stores.push(store);
  return store;
};
beforeEach(async () => {
  [from, to] = await Promise.all([createTestDatabase(), createTestDatabase()]);
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await Promise.all([from.drop(), to.drop()]);
});

const run = (...args: string[]) => eventsCommands().parseAsync(args, { from: 'user' });
const ends = () => ['--from', from.url, '--to', to.url];

it('copies, verifies and marks the part of a log that the prefixes name; the copy has the same prefix unless another is named', async () => {
  const source = await open(from, 'acme');
  await writeRichLog(source);
  const before = await visibleIn(source);
  for (const [args, prefix] of [
    [['--prefix', 'acme'], 'acme'],
    [['--prefix', 'acme', '--to-prefix', 'moved'], 'moved'],
    [['--prefix', 'acme', '--to-prefix', ''], ''],
  ] as const) {
    await run('copy', ...ends(), ...args, '--quiet-seconds', '0');
    await run('verify', ...ends(), ...args);
    expect(await visibleIn(await open(to, prefix)), prefix).toEqual(before);
  }
  await expect(run('copy', ...ends(), '--to-prefix', 'none')).rejects.toMatchObject({ code: 'source_empty' });

  await run('mark-restored', '--url', from.url, '--prefix', 'acme');
  const marked = async (prefix: string) => {
    const events = await Array.fromAsync((await open(from, prefix)).readStream(streams.installation));
    return events.map(({ type, data }) => [type, data]);
  };
  expect(await marked('acme')).toEqual([['LogRestored', { origin: 'backup' }]]);
  expect(await marked('')).toEqual([]);
});
