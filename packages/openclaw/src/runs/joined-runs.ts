import { messageKeyOf, type Row } from '../history/history-page.ts';
import type { RunEnd } from '../port.ts';
import { endOfRow, isTerminal } from './run-in-history.ts';

/** Characters of an answer that show whether the agent said something. `NO_REPLY` is shorter, and whatever was cut is longer. */
export const answerChars = 16;

/**
 * The ends of runs that messages joined: a message that was steered into an active run has a row, but no run of its own, and the next answer
 * of the session is the one to it. It counts if its run began with an earlier message. Failed answers are left out, because their
 * sentences may be cut, and so are answers of other runs: `runOutcome` finds out.
 *
 * @param keys of the messages
 * @param rows oldest first, with at least `answerChars` characters of each text
 */
export const joinedRunEnds = (
  keys: ReadonlySet<string>,
  rows: readonly Row[],
): ReadonlyMap<string, RunEnd> => {
  const ends = new Map<string, RunEnd>();
  const begunAt = new Map<string, number>();
  let unanswered: string[] = [];
  for (const [at, row] of rows.entries()) {
    const key = messageKeyOf(row);
    if (key !== null) {
      begunAt.set(key, at);
      if (keys.has(key)) unanswered.push(key);
    }
    if (unanswered.length === 0 || !isTerminal(row)) continue;
    const began = begunAt.get(row.__openclaw?.runId ?? '') ?? Number.POSITIVE_INFINITY;
    const joined = unanswered.filter((one) => began < (begunAt.get(one) ?? 0));
    if (row.stopReason === 'stop') for (const one of joined) ends.set(one, endOfRow(row, []));
    unanswered = [];
  }
  return ends;
};
