import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findReplay, listReplayItems } from '../../queries/replays.ts';
import {
  History,
  ids,
  replayControl,
  replayProgressed,
  replayRequested,
  second,
} from '../../testing/history.ts';
import { openTestReadModels, type TestReadModels } from '../../testing/test-read-models.ts';
import { replaysProjection } from './replays.ts';

let models: TestReadModels;
beforeAll(async () => {
  models = await openTestReadModels(replaysProjection);
});
afterAll(() => models.drop());

describe('a replay', () => {
  it('is shown with what was asked for, by whom, and its newest counts', async () => {
    await models.project(
      new History().add(
        replayRequested(),
        replayProgressed(3, [1]),
        replayControl('ReplayPaused'),
        replayProgressed(4, [2]),
      ),
    );
    expect(await findReplay(models.db, ids.board, ids.replay)).toEqual({
      id: ids.replay,
      board_id: ids.board,
      webhook_id: ids.webhook,
      agent_id: null,
      reason: 'after the outage',
      rate: 2.5,
      filter: { since: second(0), until: null, status: 'failed', statusReason: null, q: 'x', listed: null },
      state: 'paused',
      ...{ total: 10, handled: 4, under_way: 1, done: 4, failed: 0, skipped: 1 },
      ...{ requested_by_kind: 'admin', requested_by: 'test' },
      ...{ created_at: second(1), updated_at: second(4), ended_at: null },
      ...{ position: 1n, applied_revision: 3 },
    });
    expect(await findReplay(models.db, ids.otherBoard, ids.replay)).toBeUndefined();
  });

  it('lists the items that were not told, each once', async () => {
    await models.project(
      new History().add(replayRequested(), replayProgressed(3, [1, 2]), replayProgressed(4, [2])),
    );
    const { items } = await listReplayItems(models.db, ids.replay, { limit: 50, offset: 0 });
    const of = { replay_id: ids.replay, payload_id: ids.payload, state: 'skipped', reason: 'payload_gone' };
    expect(items).toEqual([
      { ...of, item: 1, webhook_id: ids.webhook },
      { ...of, item: 2, webhook_id: null },
    ]);
  });

  it.each([
    ['ReplayCancelled', 'cancelled'],
    ['ReplayCompleted', 'completed'],
  ] as const)('has ended after %s', async (type, state) => {
    await models.project(new History().add(replayRequested(), replayControl(type)));
    const shown = await findReplay(models.db, ids.board, ids.replay);
    expect(shown).toMatchObject({ state, ended_at: second(2) });
  });
});
