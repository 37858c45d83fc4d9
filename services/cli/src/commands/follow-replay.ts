import type { Command } from 'commander';
import { everySecond } from '../api/every-second.ts';
import { routes } from '../api/routes.ts';
import { CommandFailed } from '../command-failed.ts';
import { printAnswer } from '../output/answer.ts';
import { progressOf } from '../output/progress.ts';
import { countOf } from '../output/texts.ts';
import { say } from '../output/write.ts';
import type { Session } from '../session.ts';

export interface Replay {
  readonly id: string;
  readonly state: 'running' | 'paused' | 'cancelled' | 'completed';
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Items that were not sent, such as payloads that are still being delivered or are gone. */
  readonly skipped: number;
  readonly reason: string;
}

export interface WaitOptions {
  readonly wait?: true;
}

export const withWait = (command: Command): Command =>
  command.option(
    '--wait',
    'wait for its end, with a bar on a terminal; Ctrl-C ends the waiting, not the job',
  );

interface ReplayIds {
  readonly board_id: string;
  readonly replay_id: string;
}

/** Waits for the end of a replay and prints how it ended. @throws CommandFailed unless every payload was told */
export const finishReplay = async (session: Session, ids: ReplayIds): Promise<void> => {
  const text = await endOf(session, ids);
  await printAnswer(session, text);
  const { id, state, failed, skipped } = JSON.parse(text) as Replay;
  if (state === 'cancelled')
    throw new CommandFailed('failed', 'replay_cancelled', 'The replay was cancelled.');
  if (failed + skipped === 0) return;
  const counts = `${countOf(failed)} items failed and ${countOf(skipped)} were skipped`;
  throw new CommandFailed('failed', 'replay_items_failed', `${counts}: mcw replays items ${id} lists them.`);
};

/** The JSON of the last state. */
const endOf = async (session: Session, ids: ReplayIds): Promise<string> => {
  const { context, client } = session;
  const progress = progressOf(context, 'Replay');
  const ask = () => client.text(routes.showReplay, { ids: { ...ids } });
  let wasSeen = false;
  try {
    // The read model may not have a new replay yet.
    for await (const text of everySecond(
      session,
      ask,
      ({ code }) => code === 'replay_not_found' && !wasSeen,
    )) {
      wasSeen = true;
      const { state, total, done, failed, skipped } = JSON.parse(text) as Replay;
      progress.at(done + failed + skipped, total, `${state}, ${countOf(failed)} failed`);
      if (state === 'completed' || state === 'cancelled') return text;
    }
    throw new Error('unreachable');
  } finally {
    progress.end();
    if (context.signal.aborted)
      say(context, `The replay goes on. mcw replays cancel ${ids.replay_id} ends it.`);
  }
};
