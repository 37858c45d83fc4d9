import type { ChatHistoryParams } from '@openclaw/gateway-protocol';
import { canonicalKey, objectionToKey } from '../canonical-key.ts';
import type { ChatSession } from '../chat-session.ts';
import { errors } from '../errors.ts';
import type { Row } from '../messages.ts';
import type { Answer, OpenclawGateway } from './method.ts';

/** Pending inputs per page. */
const inputsPerPage = 20;

/** A longer one is accepted, but it is not shown and cannot be queried. */
const longestRunId = 256;

export const chatHistory = (params: ChatHistoryParams, { state, faults }: OpenclawGateway): Answer => {
  if (faults.take('history_rebuilding')) return { error: errors.historyRebuilding };
  const { sessionKey, cursor, inputRunIds, pendingBefore } = params;
  const objection = objectionToKey(sessionKey, state.agents, 'chat.history');
  // An unknown agent's session has an empty history.
  if (objection && !objection.message.startsWith('Agent ')) return { error: objection };
  const session = state.find(sessionKey);
  const about = {
    ...(session?.log.durable && { sessionId: session.log.identity.sessionId }),
    pendingInputs: inputsOf(session, pendingBefore),
    ...(inputRunIds && { inputReceipts: receiptsOf(session, inputRunIds), inputConsumptions: [] }),
    ...inFlightOf(session),
    sessionInfo: { ...infoOf(canonicalKey(sessionKey), session), effectiveQueueMode: state.queueMode },
  };
  const deltaCursor = session?.log.durable ? cursorOf(session) : undefined;
  if (cursor !== undefined) {
    const since = session && sequenceIn(cursor, session);
    if (since === undefined || deltaCursor === undefined) return { payload: { kind: 'reset' } };
    const messages = session?.log.history.rows.filter((row) => row.__openclaw.seq > since) ?? [];
    const { sessionId: _, ...delta } = about;
    return { payload: { kind: 'delta', messages, deltaCursor, ...delta } };
  }
  const page = { sessionKey, ...pageOf(session?.log.history.rows ?? [], params), defaults: {} };
  return { payload: { ...page, ...about, ...(deltaCursor !== undefined && { deltaCursor }) } };
};

/** The newest rows, oldest first. `offset` skips that many of the newest. */
const pageOf = (rows: readonly Row[], { limit = 200, offset = 0, maxChars }: ChatHistoryParams) => {
  const end = Math.max(0, rows.length - offset);
  const start = Math.max(0, end - limit);
  return {
    messages: rows.slice(start, end).map((row) => shortened(row, maxChars)),
    hasMore: start > 0,
    ...(start > 0 && { nextOffset: rows.length - start }),
    totalMessages: rows.length,
  };
};

const shortened = (row: Row, maxChars: number | undefined): Row =>
  typeof row.content === 'string' && maxChars !== undefined && row.content.length > maxChars
    ? { ...row, content: `${row.content.slice(0, maxChars)}\n...(truncated)...` }
    : row;

const inputsOf = (session: ChatSession | undefined, before = Number.POSITIVE_INFINITY) => {
  const pending = session?.log.pending ?? [];
  const earlier = pending.filter(({ seq }) => seq < before);
  const items = earlier.slice(-inputsPerPage);
  const [first] = items;
  return {
    items: items.map(({ id, message, state }) => ({
      id,
      ...(message.idempotencyKey.length <= longestRunId && { runId: message.idempotencyKey }),
      message: { role: 'user', content: message.stored },
      acceptedAt: Date.parse(message.receivedAt),
      state,
    })),
    total: pending.length,
    ...(first && earlier.length > items.length && { nextBefore: first.seq }),
  };
};

const receiptsOf = (session: ChatSession | undefined, runIds: readonly string[]) =>
  runIds.flatMap((runId) => {
    const consumedByEventId = session?.log.history.mergedInto(runId);
    if (consumedByEventId !== undefined) return [{ runId, state: 'consumed', consumedByEventId }];
    const waits = session?.log.pending.some(({ message }) => message.idempotencyKey === runId);
    return waits ? [{ runId, state: 'pending' }] : [];
  });

const inFlightOf = (session: ChatSession | undefined) => {
  const run = session?.turns.run;
  return run?.running
    ? { inFlightRun: { runId: run.runId, text: run.texts.join(''), startedAt: run.startedAt } }
    : {};
};

/** While a run calls the model, a real OpenClaw gateway mostly leaves out `activeRunIds`. */
const infoOf = (key: string, session: ChatSession | undefined) => {
  const { run = null, lastRun = null, status } = session?.turns ?? {};
  return {
    key,
    ...(session?.log.durable && { sessionId: session.log.identity.sessionId }),
    hasActiveRun: run !== null,
    ...(!run?.running && { activeRunIds: run ? [run.runId] : [] }),
    ...(status !== undefined && { status }),
    ...(lastRun && { lastRunId: lastRun.id, ...(lastRun.error !== null && { lastRunError: lastRun.error }) }),
  };
};

const cursorOf = ({ log: { history, identity } }: ChatSession): string =>
  Buffer.from(JSON.stringify({ agentId: 'main', ...identity, lastSeq: history.length, version: 1 })).toString(
    'base64url',
  );

/** Undefined if the rows after it can no longer be determined: after a reset, or in another session. */
const sequenceIn = (cursor: string, { log: { history, identity } }: ChatSession): number | undefined => {
  try {
    const read = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Record<string, unknown>;
    const first = history.rows[0]?.__openclaw.seq ?? 1;
    const { lastSeq } = read;
    return read.generation === identity.generation && typeof lastSeq === 'number' && lastSeq >= first - 1
      ? lastSeq
      : undefined;
  } catch {
    return undefined;
  }
};
