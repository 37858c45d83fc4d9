import { type Actor, type EventData, type ReplayFact, unchangedBy } from '@mission-control/contracts';

/**
 * A replay tells agents about a fixed set of payloads again:
 *
 * - `running`: its items are requested one after another.
 * - `paused`: nothing more is requested until it is resumed.
 * - `cancelled`: nothing more is requested. Items that were under way still get their outcomes.
 * - `completed`: every item has its outcome.
 *
 * An item is waiting → under way (requested) → `done` (the session has the message) or `failed`; or it is `skipped` instead of requested.
 */
export type Replay = { readonly status: 'absent' } | RequestedReplay;

export const replayStatuses = ['running', 'paused', 'cancelled', 'completed'] as const;

export interface RequestedReplay extends EventData<'ReplayRequested'>, ReplayProgress {
  readonly status: (typeof replayStatuses)[number];
  readonly requestedBy: Actor;
  /** Times are ISO-8601 UTC. */
  readonly requestedAt: string;
  readonly updatedAt: string;
  /** When it was cancelled or completed; null: it was not. */
  readonly endedAt: string | null;
}

export type ReplayProgress = Pick<
  EventData<'ReplayProgressed'>,
  'handled' | 'underWay' | 'done' | 'failed' | 'skipped'
>;

/** An item that was not told. */
export type UnsuccessfulItem = EventData<'ReplayProgressed'>['unsuccessful'][number];

export const noReplay: Replay = { status: 'absent' };

/** A fact with what the log says of it. */
export type ReplayRecord = ReplayFact & {
  readonly metadata: { readonly occurredAt: string; readonly actor: Actor };
};

const noProgress: ReplayProgress = { handled: 0, underWay: [], done: 0, failed: 0, skipped: 0 };

export const evolveReplay = (state: Replay, fact: ReplayRecord): Replay => {
  const { occurredAt, actor } = fact.metadata;
  if (fact.type === 'ReplayRequested') {
    const times = { requestedAt: occurredAt, updatedAt: occurredAt, endedAt: null };
    return { ...fact.data, ...noProgress, ...times, status: 'running', requestedBy: actor };
  }
  if (state.status === 'absent') return state;
  const updated = { ...state, updatedAt: occurredAt };
  switch (fact.type) {
    case 'ReplayPaused':
      return { ...updated, status: 'paused' };
    case 'ReplayResumed':
      return { ...updated, status: 'running' };
    case 'ReplayProgressed': {
      const { handled, underWay, done, failed, skipped } = fact.data;
      return { ...updated, handled, underWay, done, failed, skipped };
    }
    case 'ReplayCancelled':
      return { ...updated, status: 'cancelled', endedAt: occurredAt };
    case 'ReplayCompleted':
      return { ...updated, status: 'completed', endedAt: occurredAt };
    default:
      return unchangedBy(state, fact);
  }
};

/** Whether nothing more happens in it. */
export const isOver = (replay: Replay): boolean =>
  replay.status === 'absent' ||
  replay.status === 'completed' ||
  (replay.status === 'cancelled' && replay.underWay.length === 0);
