import { statement } from '@mission-control/projections';
import type { ReplayItemRow } from '../../tables/replays.ts';
import { type ColumnTypes, rowsStatement } from '../rows-statement.ts';
import type { StoredReplay } from './replay-row.ts';

const replayColumns: ColumnTypes<StoredReplay> = {
  id: 'uuid',
  board_id: 'uuid',
  webhook_id: 'uuid',
  agent_id: 'uuid',
  reason: 'text',
  rate: 'double precision',
  filter: 'json',
  state: 'text',
  total: 'integer',
  handled: 'integer',
  under_way: 'integer',
  done: 'integer',
  failed: 'integer',
  skipped: 'integer',
  requested_by_kind: 'text',
  requested_by: 'text',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  ended_at: 'timestamptz',
  position: 'numeric',
  applied_revision: 'integer',
};

/** The filter as the text that it was written as. */
export const selectReplays = statement<StoredReplay>(
  'select_replays',
  `select ${Object.keys(replayColumns)
    .map((column) => (column === 'filter' ? 'filter::text' : column))
    .join(', ')}
     from replays where id = any($1::uuid[])`,
);

export const saveReplays = rowsStatement<StoredReplay>(
  'save_replays',
  replayColumns,
  (columns, rows) => `
    insert into replays (${columns}) select ${columns} from ${rows} saved
    on conflict (id) do update set
      state = excluded.state, handled = excluded.handled, under_way = excluded.under_way, done = excluded.done,
      failed = excluded.failed, skipped = excluded.skipped, updated_at = excluded.updated_at,
      ended_at = excluded.ended_at, applied_revision = excluded.applied_revision`,
);

const itemColumns: ColumnTypes<ReplayItemRow> = {
  replay_id: 'uuid',
  item: 'integer',
  payload_id: 'uuid',
  webhook_id: 'uuid',
  state: 'text',
  reason: 'text',
};

export const addItems = rowsStatement<ReplayItemRow>(
  'add_replay_items',
  itemColumns,
  (columns, rows) => `
    insert into replay_items (${columns}) select ${columns} from ${rows} added
    on conflict (replay_id, item) do nothing`,
);
