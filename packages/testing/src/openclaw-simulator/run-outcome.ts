import { assistantMessage, type ChatContent, type RowContent, textParts } from './messages.ts';

/** What becomes of a run, named for what its client learns. */
export type RunOutcome =
  | { readonly kind: 'ok'; readonly text?: string }
  /**
   * The model's provider rejects the request with that status, or, without a status, the run fails before the provider is asked.
   * `message` replaces the sentence of the OpenClaw gateway.
   */
  | { readonly kind: 'error'; readonly status?: number; readonly message?: string }
  /** The model says NO_REPLY, nothing at all, or HEARTBEAT_OK. To the client, each is an error. */
  | { readonly kind: 'no_reply'; readonly model?: 'silent' | 'empty' | 'heartbeat' }
  | { readonly kind: 'timed_out' }
  /** It ends only by a time limit (`timeoutMs` of chat.send), by being aborted, or with the process. */
  | { readonly kind: 'never_ends' };

export type SessionStatus = 'running' | 'done' | 'failed' | 'killed' | 'timeout';

/** The end of a run, as the clients, the history and later requests see it. */
export interface RunEnding {
  readonly rows: readonly RowContent[];
  readonly chats: readonly ChatContent[];
  /** What agent.wait answers, without the run id. */
  readonly waited: Readonly<Record<string, unknown>>;
  /** The error of a repeated chat.send, or null if that succeeds. */
  readonly failure: string | null;
  readonly status: Exclude<SessionStatus, 'running'>;
}

interface EndedRun {
  readonly runId: string;
  readonly sessionId: string;
  /** Position of its last event. */
  readonly seq: number;
  /** Absent in the events of runs that a message in the queue started. */
  readonly agentId?: string;
}

const model = { provider: 'test', model: 'first' };

const noAnswer = "⚠️ Agent couldn't generate a response. Please try again.";
const notVisible =
  'I finished the turn, but it did not produce a visible reply. Please try again, or start a new session if this keeps happening.';
const tooLong =
  'Request timed out before a response was generated. Please try again, or increase `agents.defaults.timeoutSeconds` in your config.';

const receipt = ({ runId, sessionId }: EndedRun, terminalDisposition: 'visible' | 'not-visible') => ({
  runId,
  sessionId,
  turnId: runId,
  requested: model,
  effective: { ...model, responseModel: model.model },
  successfulToolNames: [],
  rerouted: false,
  terminalDisposition,
});

const event = ({ seq, agentId }: EndedRun, content: Omit<ChatContent, 'seq'>): ChatContent =>
  ({ ...(agentId !== undefined && { agentId }), seq, ...content }) as ChatContent;

/** The second error event of a run comes from the handler of chat.send, which numbers its own events. */
const secondError = (errorMessage: string): ChatContent => ({ seq: 1, state: 'error', errorMessage });

export const answered = (run: EndedRun, texts: readonly string[]): RunEnding => {
  const text = texts.join('\n\n');
  return {
    rows: [],
    chats: [event(run, { state: 'final', stopReason: 'stop', message: assistantMessage(text) })],
    waited: {
      status: 'ok',
      endedAt: Date.now(),
      terminalReceipt: receipt(run, 'visible'),
      terminalReply: { disposition: 'visible', text: texts.at(-1) ?? '' },
    },
    failure: null,
    status: 'done',
  };
};

const rejections: Readonly<Record<number, { sentence: string; failoverReason: string }>> = {
  400: {
    sentence: 'failed: provider rejected the request schema or tool payload.',
    failoverReason: 'format',
  },
  401: {
    sentence: 'failed (authentication failed, HTTP 401). Re-authenticate the provider and try again.',
    failoverReason: 'auth',
  },
  500: {
    sentence: 'failed (provider internal error, HTTP 500). This is usually temporary — try again shortly.',
    failoverReason: 'unknown',
  },
};

export const failed = (
  run: EndedRun,
  { status, message }: Extract<RunOutcome, { kind: 'error' }>,
): RunEnding => {
  const { runId } = run;
  const { sentence, failoverReason } = rejections[status ?? 0] ?? {
    sentence: `failed (HTTP ${status}).`,
    failoverReason: 'unknown',
  };
  const byProvider = status !== undefined;
  const first = message ?? (byProvider ? `⚠️ test/first request ${sentence}` : 'The run could not start.');
  const failure = `⚠️ Agent failed before reply: ${first}\nTo view logs, run \`openclaw logs --follow\` in a terminal.`;
  const terminalError: RowContent = {
    role: 'assistant',
    content: textParts(message ?? `⚠️ LLM request ${sentence}`),
    stopReason: 'error',
    idempotencyKey: `${runId}:terminal-error`,
    runId,
  };
  const errorDetail = { ...model, failoverReason, providerRuntimeFailureKind: 'unclassified' };
  return {
    rows: [byProvider ? terminalError : failedBeforeReply(runId, first)],
    chats: [
      event(run, { state: 'error', errorMessage: first, ...(byProvider && { errorDetail }) }),
      secondError(failure),
    ],
    waited: { status: 'error', endedAt: Date.now(), error: failure },
    failure,
    status: 'failed',
  };
};

const failedBeforeReply = (runId: string, reason: string): RowContent => ({
  role: 'custom',
  customType: 'run-failed-before-reply',
  content: `This turn ended before a reply: ${reason}`,
  display: true,
  runId,
});

export const withoutReply = (run: EndedRun, disposition: 'silent' | 'empty'): RunEnding => {
  const empty: RowContent = { role: 'assistant', content: [], stopReason: 'stop', runId: run.runId };
  return {
    // The model is asked twice.
    rows: disposition === 'empty' ? [empty, empty] : [],
    chats: [event(run, { state: 'aborted', stopReason: 'stop' }), secondError(noAnswer)],
    waited: {
      status: 'error',
      endedAt: Date.now(),
      error: noAnswer,
      stopReason: 'stop',
      livenessState: 'abandoned',
      terminalReceipt: receipt(run, 'not-visible'),
      terminalReply: { disposition },
    },
    failure: noAnswer,
    status: 'killed',
  };
};

/** The run ends well, and an error follows. */
export const heartbeat = (run: EndedRun): RunEnding => {
  const { chats, waited } = answered(run, ['HEARTBEAT_OK']);
  return {
    rows: [],
    chats: [...chats, secondError(notVisible)],
    waited: { ...waited, status: 'error', error: notVisible },
    failure: notVisible,
    status: 'done',
  };
};

export const timedOut = (run: EndedRun): RunEnding => ({
  rows: [{ role: 'assistant', content: textParts(''), runId: run.runId }],
  chats: [event(run, { state: 'error', errorMessage: tooLong, errorKind: 'timeout' }), secondError(tooLong)],
  waited: {
    status: 'timeout',
    endedAt: Date.now(),
    error: tooLong,
    livenessState: 'paused',
    timeoutPhase: 'provider',
    providerStarted: true,
    terminalReceipt: receipt(run, 'not-visible'),
    terminalReply: { disposition: 'empty' },
  },
  failure: tooLong,
  status: 'timeout',
});

/** The OpenClaw gateway stops: it starts no new run. */
export const refusedByDrain = (run: EndedRun): RunEnding => {
  const reason = 'Gateway is draining; new tasks are not accepted';
  const failure = '⚠️ Gateway is restarting. Please wait a few seconds and try again.';
  return {
    rows: [failedBeforeReply(run.runId, reason)],
    chats: [event(run, { state: 'error', errorMessage: reason }), secondError(failure)],
    waited: { status: 'error', endedAt: Date.now(), error: failure },
    failure,
    status: 'failed',
  };
};

/** @param stopReason `rpc`: chat.abort; `restart`: the session was reset; `aborted`: another message interrupted the run */
export const aborted = (run: EndedRun, stopReason: 'rpc' | 'restart' | 'aborted'): RunEnding => ({
  rows: [],
  chats: [event(run, { state: 'aborted', stopReason })],
  waited: {
    status: 'error',
    endedAt: Date.now(),
    stopReason,
    ...(stopReason === 'aborted' && { error: 'Reply operation aborted by user' }),
  },
  failure: null,
  status: 'killed',
});
