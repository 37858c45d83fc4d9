import type { GatewayLink } from '../link/gateway-link.ts';
import { type Rejected, type Unavailable, unavailable } from '../outcome.ts';
import type { FindWithin, Found, SessionReset, Whereabouts } from '../port.ts';
import { answerChars, joinedRunEnds } from '../runs/joined-runs.ts';
import {
  type HistoryPage,
  messageKeyOf,
  olderOffset,
  type Row,
  reachesBack,
  readHistoryPage,
} from './history-page.ts';

/** Enough for a message that was just sent. Reading rows costs the OpenClaw gateway time that it needs for its agents. */
const newestRows = 200;
/** The protocol's maximum. */
const rowsPerPage = 1_000;

/** The key of the row that replaces messages for which a session's queue had no room. */
const overflowKey = 'followup-overflow:';

/** What the pages read so far show about the keys. */
interface Search {
  readonly keys: ReadonlySet<string>;
  readonly found: Map<string, Whereabouts>;
  /** Messages that were consumed by a row that has not been seen yet: key → the row's id. */
  readonly consumedBy: Map<string, string>;
  reset: SessionReset | null;
}

/**
 * Searches a session's rows, receipts and pending inputs for messages.
 *
 * A row with the message's key is the proof. Messages that were merged into one row have receipts instead, which name the row. That may be
 * the row that reports a queue overflow. Rows are read from the newest back. Rows that are added meanwhile move older ones to larger
 * offsets, so none is skipped.
 */
export const searchHistory = async (
  link: GatewayLink,
  sessionKey: string,
  keys: readonly string[],
  { mode, rows = newestRows }: Pick<FindWithin, 'mode' | 'rows'>,
  deadline: number,
): Promise<Found> => {
  const wanted: Search = { keys: new Set(keys), found: new Map(), consumedBy: new Map(), reset: null };
  const first = await readHistoryPage(
    link,
    {
      sessionKey,
      limit: mode === 'quick' ? rows : rowsPerPage,
      maxChars: answerChars,
      ...(keys.length > 0 && { inputRunIds: [...wanted.keys] }),
    },
    deadline - Date.now(),
  );
  if ('kind' in first) return first;
  readRows(first.messages, wanted);
  const problem = await readInputs(link, sessionKey, first, wanted, deadline);
  if (problem) return problem;

  const answer = (complete: boolean): Found => {
    if (complete) for (const key of wanted.consumedBy.keys()) wanted.found.set(key, 'consumed');
    return {
      kind: 'found',
      keys: wanted.found,
      complete,
      sessionId: first.sessionId ?? null,
      sessionKey: first.sessionInfo?.key ?? null,
      reset: wanted.reset,
      ends: joinedRunEnds(wanted.keys, first.messages),
      bootId: first.bootId,
    };
  };

  let page = first;
  let offset = 0;
  while (mode === 'complete' && !allSettled(wanted)) {
    const older = olderOffset(page, offset);
    if (older === 'unreadable') return unavailable('answer_unreadable');
    if (older === null) break;
    offset = older;
    const next = await readHistoryPage(
      link,
      { sessionKey, limit: rowsPerPage, maxChars: 1, offset },
      deadline - Date.now(),
    );
    if ('kind' in next) return next;
    // Pages of two processes or of two sessions do not belong together.
    if (next.bootId !== first.bootId || next.sessionId !== first.sessionId)
      return unavailable('history_unavailable');
    readRows(next.messages, wanted);
    page = next;
  }
  return answer(reachesBack(page));
};

/** `running` is not final: a run that has lasted long has its row further back. */
const allSettled = ({ keys, found }: Search): boolean =>
  [...keys].every((key) => found.has(key) && found.get(key) !== 'running');

const readRows = (rows: readonly Row[], search: Search): void => {
  const consumers = new Map([...search.consumedBy].map(([key, rowId]) => [rowId, key] as const));
  for (const row of rows) {
    if (row.__openclaw?.kind === 'reset')
      search.reset ??= { id: row.__openclaw.id ?? null, at: row.timestamp ?? null };
    const key = messageKeyOf(row);
    if (key !== null && search.keys.has(key)) search.found.set(key, 'history');
    const id = row.__openclaw?.id;
    if (id === undefined || !consumers.has(id)) continue;
    for (const [consumed, rowId] of search.consumedBy) {
      if (rowId !== id) continue;
      search.consumedBy.delete(consumed);
      search.found.set(consumed, row.idempotencyKey?.startsWith(overflowKey) ? 'dropped' : 'consumed');
    }
  }
};

/** Reads receipts and pending inputs. Interrupted inputs stay for ever, so a session may have many. */
const readInputs = async (
  link: GatewayLink,
  sessionKey: string,
  first: HistoryPage,
  search: Search,
  deadline: number,
): Promise<Unavailable | Rejected | null> => {
  const pending = new Set<string>();
  for (const { runId, state, consumedByEventId } of first.inputReceipts ?? []) {
    if (!search.keys.has(runId) || search.found.has(runId)) continue;
    if (state === 'pending') pending.add(runId);
    else if (consumedByEventId === undefined) search.found.set(runId, 'consumed');
    else search.consumedBy.set(runId, consumedByEventId);
  }
  // Check the rows again: only now is it known which of them consumed messages.
  if (search.consumedBy.size > 0) readRows(first.messages, search);

  let inputs = first.pendingInputs;
  for (;;) {
    for (const { runId, state } of inputs?.items ?? []) {
      if (runId === undefined || !search.keys.has(runId) || search.found.has(runId)) continue;
      pending.delete(runId);
      search.found.set(runId, state === 'queued' ? 'queued' : 'interrupted');
    }
    if (pending.size === 0 || inputs?.nextBefore === undefined) break;
    const pendingBefore = inputs.nextBefore;
    const next = await readHistoryPage(
      link,
      { sessionKey, limit: 20, maxChars: 1, pendingBefore },
      deadline - Date.now(),
    );
    if ('kind' in next) return next;
    inputs = next.pendingInputs;
    if (inputs?.nextBefore !== undefined && inputs.nextBefore >= pendingBefore) break;
  }
  for (const key of pending) search.found.set(key, 'queued');

  const active = new Set(first.sessionInfo?.activeRunIds);
  if (first.inFlightRun?.runId !== undefined) active.add(first.inFlightRun.runId);
  for (const key of search.keys)
    if (active.has(key) && !search.found.has(key)) search.found.set(key, 'running');
  return null;
};
