import { eventTypes, isEvent, streamPrefixes } from '@mission-control/contracts';
import type { ProjectedEvent, Projection } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';
import { ChangedRows } from '../changed-rows.ts';
import { evolveReplayRow, itemRows } from './replay-row.ts';
import { addItems, saveReplays, selectReplays } from './rows.ts';

/** Replays with their counts, and the items that were not told. Follows from the streams of replays alone. */
export const replaysProjection: Projection<ReadModels, 'replays'> = {
  name: 'replays',
  version: 1,
  filter: { streamPrefixes: [streamPrefixes.replay], types: eventTypes.replay },
  tables: ['replays', 'replay_items'],
  unhurried: ['ReplayProgressed'],
  apply: async (tx: Transaction<ReadModels>, events: readonly ProjectedEvent[]) => {
    const ours = events.filter((event) => isEvent(event, ...eventTypes.replay));
    const rows = new ChangedRows(
      await selectReplays(tx, [[...new Set(ours.map(({ data }) => data.replayId))]]),
      (row) => row.id,
    );
    for (const event of ours) {
      const before = rows.get(event.data.replayId);
      const after = evolveReplayRow(before, event);
      if (after !== undefined && after !== before) rows.put(after);
    }
    await saveReplays(tx, rows.written);
    await addItems(tx, ours.flatMap(itemRows));
  },
};
