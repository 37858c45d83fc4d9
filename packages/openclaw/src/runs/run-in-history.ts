import { z } from 'zod';
import type { HistoryPage, Row } from '../history/history-page.ts';
import type { RunEnd } from '../port.ts';
import { sentenceOf } from '../sentence.ts';
import { noReply, ok, skipped } from './run-end.ts';

/**
 * What a session's history shows about a run, if the OpenClaw gateway's process does not remember it.
 *
 * - The run's own rows: an answer, a failed answer, or the mark `run-failed-before-reply`.
 * - The message has a row but no run of its own: it was steered into the run that was active (whose answer follows it), or it was queued, and
 *   answered by a run with a random id. In both cases the next answer in the session is the one to it, unless that answer's run
 *   belongs to a message that came later: then this message never had a run, as after a kill of the OpenClaw gateway.
 *
 * @param rows oldest first
 */
export const runInHistory = (
  runId: string,
  rows: readonly Row[],
  page: Pick<HistoryPage, 'sessionInfo' | 'inFlightRun' | 'inputReceipts' | 'pendingInputs'>,
  secrets: readonly string[],
): RunEnd | 'running' | 'unknown' => {
  const active = page.sessionInfo?.activeRunIds?.includes(runId) || page.inFlightRun?.runId === runId;
  if (active) return 'running';
  const own = rows.findLast((row) => isTerminal(row) && row.__openclaw?.runId === runId);
  if (own) {
    const end = endOfRow(own, secrets);
    return end.outcome === 'no_reply' ? (endOfLastRun(runId, page, secrets) ?? end) : end;
  }
  if (page.pendingInputs?.items.some((input) => input.runId === runId && input.state === 'queued'))
    return 'running';

  const consumedBy = page.inputReceipts?.find((receipt) => receipt.runId === runId)?.consumedByEventId;
  const at = rows.findIndex(
    (row) => row.idempotencyKey === `${runId}:user` || (consumedBy && row.__openclaw?.id === consumedBy),
  );
  if (at === -1) return 'unknown';
  const later = rows.slice(at + 1);
  const answer = later.find(isTerminal);
  if (answer) {
    const answersLater = later.some((row) => row.idempotencyKey === `${answer.__openclaw?.runId}:user`);
    return answersLater ? 'unknown' : endOfRow(answer, secrets);
  }
  return isBusy(page) ? 'running' : (endOfLastRun(runId, page, secrets) ?? 'unknown');
};

/** A session that was killed keeps the status `running`, but then it lists its active runs: none. */
const isBusy = ({ sessionInfo, inFlightRun }: Pick<HistoryPage, 'sessionInfo' | 'inFlightRun'>): boolean =>
  inFlightRun !== undefined ||
  sessionInfo?.hasActiveRun === true ||
  (sessionInfo?.activeRunIds === undefined
    ? sessionInfo?.status === 'running'
    : sessionInfo.activeRunIds.length > 0);

/** The session's own note about its last run. It helps if the run left no rows. */
const endOfLastRun = (
  runId: string,
  { sessionInfo }: Pick<HistoryPage, 'sessionInfo'>,
  secrets: readonly string[],
): RunEnd | null => {
  if (sessionInfo?.lastRunId !== runId) return null;
  switch (sessionInfo.status) {
    case 'failed':
      return { outcome: 'error', code: null, detail: sentenceOf(sessionInfo.lastRunError, secrets) };
    case 'timeout':
      return { outcome: 'timed_out', code: null, detail: null };
    case 'done':
      return noReply;
    default:
      return null;
  }
};

const failedBeforeReply = 'run-failed-before-reply';

/** Answers that call tools are not the last ones of their run. */
export const isTerminal = (row: Row): boolean =>
  row.customType === failedBeforeReply ||
  (row.role === 'assistant' && row.stopReason !== undefined && row.stopReason !== 'toolUse');

export const endOfRow = (row: Row, secrets: readonly string[]): RunEnd => {
  const text = textOf(row.content);
  if (row.customType === failedBeforeReply) {
    const reason = text.replace(/^This turn ended before a reply: /, '');
    return { outcome: 'error', code: null, detail: sentenceOf(reason, secrets) };
  }
  if (row.stopReason === 'error') return { outcome: 'error', code: null, detail: sentenceOf(text, secrets) };
  if (row.stopReason === 'aborted') return skipped(row.stopReason);
  return text.trim() === '' || text.trim() === 'NO_REPLY' ? noReply : ok;
};

const contentSchema = z.union([
  z.string(),
  z
    .array(z.object({ text: z.string().optional() }).catch({}))
    .transform((parts) => parts.map(({ text = '' }) => text).join('')),
]);

const textOf = (content: unknown): string => contentSchema.safeParse(content).data ?? '';
