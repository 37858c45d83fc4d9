import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { advance, release } from './checkpoints.ts';
import { standBy } from './stand-by.ts';
import { takeOver } from './take-over.ts';
import { type NotesSetup, notes, openNotes } from './testing/notes.ts';
import { waitForProjections } from './wait.ts';

let setup: NotesSetup;
beforeAll(async () => {
  setup = await openNotes();
});
afterAll(() => setup.close());

const at = (position: bigint) => ({ incarnation: 'log', position, eventId: crypto.randomUUID() });

it('resolves once every projection has reached the position', async () => {
  const tenure = await takeOver(setup.db, notes());
  const other = await takeOver(setup.db, { ...notes(), name: 'other' });
  const waits = Array.from({ length: 50 }, (_, i) =>
    waitForProjections(setup.db, ['notes', 'other'], BigInt(i), 60_000),
  );
  await advance(setup.db, tenure, at(49n));
  await expect(waitForProjections(setup.db, ['notes', 'other'], 0n, 50)).resolves.toBe('timed_out');
  await advance(setup.db, other, at(100n));
  expect(new Set(await Promise.all(waits))).toEqual(new Set(['reached']));
});

it('times out if a projection has never run', async () => {
  await expect(waitForProjections(setup.db, ['absent'], 0n, 30)).resolves.toBe('timed_out');
});

it('stands by while another process runs the projection, and ends as soon as it stops', async () => {
  const tenure = await takeOver(setup.db, { ...notes(), name: 'held' });
  let ended = false;
  const standing = standBy(setup.db, 'held', AbortSignal.timeout(120_000)).then(() => {
    ended = true;
  });
  await waitForProjections(setup.db, ['held'], 0n, 50);
  expect(ended).toBe(false);
  await release(setup.db, tenure);
  await waitFor(() => ended);
  await standing;
});
