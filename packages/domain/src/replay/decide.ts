import { assertNever, type Fact } from '@mission-control/contracts';
import { CommandRejected } from '../rejected.ts';
import type { Replay, RequestedReplay } from './replay.ts';

export type ReplayCommand = 'pause' | 'resume' | 'cancel';

type Decided = Fact<'ReplayPaused' | 'ReplayResumed' | 'ReplayCancelled'>;

/**
 * A command that asks for what is already the case changes nothing.
 *
 * @throws CommandRejected if there is no such replay, or it has ended
 */
export const decideReplay = (command: ReplayCommand, state: Replay): Decided[] => {
  const { status, replayId, boardId } = requestedReplay(state);
  const data = { replayId, boardId };
  switch (command) {
    case 'pause':
      requireOpen(status);
      return status === 'paused' ? [] : [{ type: 'ReplayPaused', data }];
    case 'resume':
      requireOpen(status);
      return status === 'running' ? [] : [{ type: 'ReplayResumed', data }];
    case 'cancel':
      if (status === 'cancelled') return [];
      requireOpen(status);
      return [{ type: 'ReplayCancelled', data }];
    default:
      return assertNever(command);
  }
};

/** @throws CommandRejected */
export const requestedReplay = (state: Replay): RequestedReplay => {
  if (state.status === 'absent')
    throw new CommandRejected('not_found', 'replay_not_found', 'Replay not found.');
  return state;
};

const requireOpen = (status: RequestedReplay['status']): void => {
  if (status === 'cancelled' || status === 'completed')
    throw new CommandRejected('conflict', 'replay_ended', `The replay is ${status}.`);
};
