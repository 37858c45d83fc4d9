import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { routes } from '../api/routes.ts';
import { CommandFailed } from '../command-failed.ts';
import { printAnswer } from '../output/answer.ts';
import { progressOf } from '../output/progress.ts';
import { countOf } from '../output/texts.ts';
import type { Session } from '../session.ts';

export interface Replay {
  readonly id: string;
  readonly state: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Items that were not sent, such as payloads that are still being delivered or are gone. */
  readonly skipped?: number;
  readonly reason?: string;
}

export interface WaitOptions {
  readonly wait?: true;
}

export const withWait = (command: Command): Command =>
  command.option(
    '--wait',
    'wait for its end, with a bar on a terminal; Ctrl-C ends the waiting, not the job',
  );

/** How often the state is asked for while waiting. */
export const pollMs = 1_000;

const ends = new Set(['completed', 'cancelled', 'failed']);

interface ReplayIds {
  readonly board_id: string;
  readonly replay_id: string;
}

/**
 * Follows a replay to its end. Returns the JSON of its last state.
 *
 * @param isNew it was just created, so the read model may not have it yet
 */
export const waitForReplay = async (session: Session, ids: ReplayIds, isNew = false): Promise<string> => {
  const { context } = session;
  const progress = progressOf(context, 'Replay');
  let text = await (isNew ? newReplay(session, ids) : replayOf(session, ids));
  try {
    for (;;) {
      const { state, total, done, failed, skipped = 0 } = JSON.parse(text) as Replay;
      progress.at(done + failed + skipped, total, `${state}, ${countOf(failed)} failed`);
      if (ends.has(state)) return text;
      await delay(pollMs, undefined, { signal: context.signal });
      text = await replayOf(session, ids);
    }
  } finally {
    progress.end();
  }
};

const replayOf = ({ client }: Session, ids: ReplayIds): Promise<string> =>
  client.text(routes.showReplay, { ids: { ...ids } });

/** Asks until the read model has the replay: it may be behind, and the answer to its creation waits only for a moment. */
const newReplay = async (session: Session, ids: ReplayIds): Promise<string> => {
  for (let left = 60; ; left -= 1) {
    try {
      return await replayOf(session, ids);
    } catch (error) {
      const isBehind = error instanceof CommandFailed && error.code === 'replay_not_found';
      if (!isBehind || left === 0) throw error;
    }
    await delay(pollMs, undefined, { signal: session.context.signal });
  }
};

/** Prints how a replay ended. @throws CommandFailed unless every payload was told */
export const finishOf = async (session: Session, text: string): Promise<void> => {
  await printAnswer(session, text);
  const { id, state, failed, skipped = 0 } = JSON.parse(text) as Replay;
  if (state !== 'completed')
    throw new CommandFailed('failed', 'replay_not_completed', `The replay was ${state}.`);
  if (failed + skipped > 0)
    throw new CommandFailed(
      'failed',
      'replay_items_failed',
      `${countOf(failed)} items failed and ${countOf(skipped)} were skipped: mcw replays items ${id} lists them.`,
    );
};
