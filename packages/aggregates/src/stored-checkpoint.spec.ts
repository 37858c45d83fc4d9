import { streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointConflict, StoredCheckpoint } from './stored-checkpoint.ts';
import { openTestLog, type TestLog } from './testing/test-log.ts';

describe('a stored checkpoint', () => {
  let log: TestLog;
  let store: EventStore;

  beforeEach(async () => {
    log = await openTestLog();
    store = log.store;
  });
  afterEach(() => log.close());

  it('is null at first, and then what it was last moved to', async () => {
    const stored = await StoredCheckpoint.load(store, 'relay');
    expect(stored.checkpoint).toBeNull();
    await stored.move(await log.append());
    const checkpoint = await log.append();
    await stored.move(checkpoint);
    expect((await StoredCheckpoint.load(store, 'relay')).checkpoint).toEqual(checkpoint);
    expect((await StoredCheckpoint.load(store, 'steward')).checkpoint).toBeNull();
  });

  it('can only be moved by the first of two readers', async () => {
    const checkpoint = await log.append();
    const one = await StoredCheckpoint.load(store, 'steward');
    const other = await StoredCheckpoint.load(store, 'steward');
    await one.move(checkpoint);
    await expect(other.move(checkpoint)).rejects.toThrow(CheckpointConflict);
    await one.move(await log.append());
  });

  it('keeps its stream short', async () => {
    const stored = await StoredCheckpoint.load(store, 'relay');
    for (let n = 1; n <= 15; n += 1) await stored.move(await log.append());
    const visible = await Array.fromAsync(store.readStream(streams.relay));
    expect(visible.map(({ revision }) => revision)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  });
});
