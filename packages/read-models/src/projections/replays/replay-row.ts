import { type ReplayFact, unchangedBy } from '@mission-control/contracts';
import type { ProjectedEvent } from '@mission-control/projections';
import type { Insertable, Selectable } from 'kysely';
import type { ReplayItemRow, ReplayRow } from '../../tables/replays.ts';

export type ReplayEvent = ProjectedEvent & ReplayFact;

/** A row as it is read and written: the filter as JSON text. */
export type StoredReplay = Omit<Selectable<ReplayRow>, 'filter'> & Pick<Insertable<ReplayRow>, 'filter'>;

/** The row after the event. An event that the row already includes leaves it unchanged. */
export const evolveReplayRow = (
  row: StoredReplay | undefined,
  event: ReplayEvent,
): StoredReplay | undefined => {
  if (event.type === 'ReplayRequested') return row ?? requested(event);
  if (!row || event.revision <= row.applied_revision) return row;
  const at = event.metadata.occurredAt;
  return { ...row, ...changes(event, at), updated_at: at, applied_revision: event.revision };
};

const requested = ({
  data,
  metadata,
  position,
  revision,
}: ReplayEvent & { type: 'ReplayRequested' }): StoredReplay => ({
  id: data.replayId,
  board_id: data.boardId,
  webhook_id: data.webhookId,
  agent_id: data.agentId,
  reason: data.reason,
  rate: data.rate,
  filter: JSON.stringify(data.filter),
  state: 'running',
  total: data.total,
  ...{ handled: 0, under_way: 0, done: 0, failed: 0, skipped: 0 },
  requested_by_kind: metadata.actor.kind,
  requested_by: metadata.actor.id,
  created_at: metadata.occurredAt,
  updated_at: metadata.occurredAt,
  ended_at: null,
  position,
  applied_revision: revision,
});

const changes = (
  event: Exclude<ReplayEvent, { type: 'ReplayRequested' }>,
  at: string,
): Partial<StoredReplay> => {
  switch (event.type) {
    case 'ReplayPaused':
      return { state: 'paused' };
    case 'ReplayResumed':
      return { state: 'running' };
    case 'ReplayProgressed': {
      const { handled, underWay, done, failed, skipped } = event.data;
      return { handled, under_way: underWay.length, done, failed, skipped };
    }
    case 'ReplayCancelled':
      return { state: 'cancelled', ended_at: at };
    case 'ReplayCompleted':
      return { state: 'completed', ended_at: at };
    default:
      return unchangedBy({}, event);
  }
};

export const itemRows = (event: ReplayEvent): ReplayItemRow[] =>
  event.type !== 'ReplayProgressed'
    ? []
    : event.data.unsuccessful.map(({ item, payloadId, webhookId, outcome, reason }) => ({
        replay_id: event.data.replayId,
        item,
        payload_id: payloadId,
        webhook_id: webhookId,
        state: outcome,
        reason,
      }));
