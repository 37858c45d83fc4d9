import { olderOffset, type Row, readHistoryPage } from '../history/history-page.ts';
import type { GatewayLink } from '../link/gateway-link.ts';
import type { RunOutcome } from '../port.ts';
import { askForEnd } from './agent-wait.ts';
import { runInHistory } from './run-in-history.ts';

/** Rows per page, newest page first: mostly the run has just ended. One that ended longer ago than all these rows is `unknown`. */
const pageSizes = [40, 200, 1_000];
/** The part of a row that a sentence may need. */
const maxChars = 400;

/** What became of a run: from the process's memory, or else from the newest part of the session's history. */
export const runOutcome = async (
  link: GatewayLink,
  runId: string,
  sessionKey: string,
  timeoutMs: number,
  secrets: readonly string[],
): Promise<RunOutcome> => {
  const deadline = Date.now() + timeoutMs;
  const asked = await askForEnd(link, runId, 0, timeoutMs, secrets);
  if (asked.kind !== 'asked') return asked;
  if (asked.end) return { kind: 'ended', ...asked.end };
  if (asked.request === 'queued') return { kind: 'running' };

  let rows: readonly Row[] = [];
  let offset = 0;
  for (const limit of pageSizes) {
    const page = await readHistoryPage(
      link,
      { sessionKey, limit, maxChars, inputRunIds: [runId], ...(offset > 0 && { offset }) },
      deadline - Date.now(),
    );
    if ('kind' in page) return page;
    rows = [...page.messages, ...rows];
    const told = runInHistory(runId, rows, page, secrets);
    if (told === 'running') return { kind: 'running' };
    if (told !== 'unknown') return { kind: 'ended', ...told };
    const older = olderOffset(page, offset);
    if (older === null || older === 'unreadable') break;
    offset = older;
  }
  return { kind: 'unknown' };
};
