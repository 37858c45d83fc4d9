import type { AgentWaitParams, ChatHistoryParams, SessionsPatchParams } from '@openclaw/gateway-protocol';
import { canonicalKey } from './canonical-key.ts';
import { interpretMessage } from './directives.ts';
import { errors } from './errors.ts';
import type { Faults } from './faults.ts';
import type { OpenclawGatewayState } from './openclaw-gateway-state.ts';
import type { OpenclawGatewayError } from './protocol.ts';

/** `drop`: the connection breaks; `silence`: there is no response. */
export type Answer =
  | { readonly payload: unknown }
  | { readonly error: OpenclawGatewayError; readonly payload?: unknown }
  | 'drop'
  | 'silence';

export interface Method {
  readonly scope: 'operator.read' | 'operator.write';
  readonly answer: (params: never, gateway: OpenclawGateway) => Answer | Promise<Answer>;
}

export interface OpenclawGateway {
  readonly state: OpenclawGatewayState;
  readonly faults: Faults;
}

/** The parameters that are used, out of the published ChatSendParams that validated them. */
interface ChatSendParams {
  readonly sessionKey: string;
  readonly message: string;
  readonly idempotencyKey: string;
}

const chatSend = (params: ChatSendParams, { state, faults }: OpenclawGateway): Answer => {
  if (faults.take('drop_before_answer')) return 'drop';
  const unavailable = faults.take('unavailable');
  if (unavailable) return { error: errors.unavailable(unavailable.retryAfterMs) };
  if (faults.take('unknown_session')) return { error: errors.unknownAgent };

  const { sessionKey, message: text, idempotencyKey } = params;
  const known = state.dedupe.get(idempotencyKey);
  if (known && known.text !== text) return { error: errors.requestConflict };
  if (known) return repeated(idempotencyKey, known.status);
  const interrupted = state
    .session(sessionKey)
    .pending.some(({ message }) => message.idempotencyKey === idempotencyKey);
  if (interrupted) return { error: errors.ownershipEnded };

  state.accept(
    {
      sessionKey: canonicalKey(sessionKey),
      ...interpretMessage(text),
      idempotencyKey,
      receivedAt: new Date().toISOString(),
    },
    text,
  );
  if (faults.take('drop_after_accept')) return 'drop';
  if (faults.take('never_answer_after_accept')) return 'silence';
  if (faults.take('run_failed')) {
    state.dedupe.set(idempotencyKey, { text, status: 'error' });
    return repeated(idempotencyKey, 'error');
  }
  return { payload: { runId: idempotencyKey, status: 'started' } };
};

const repeated = (runId: string, status: 'in_flight' | 'ok' | 'error'): Answer => ({
  payload: { runId, status },
  ...(status === 'error' && { error: errors.runFailed }),
});

const chatHistory = (params: ChatHistoryParams, { state }: OpenclawGateway): Answer => {
  const { sessionKey, limit = 200, offset = 0, inputRunIds } = params;
  const session = state.session(sessionKey);
  const end = Math.max(0, session.rows.length - offset);
  const start = Math.max(0, end - limit);
  const waiting = session.pending.toReversed().map(({ id, message, state: inputState }) => ({
    id,
    runId: message.idempotencyKey,
    message: { role: 'user', content: message.stored },
    acceptedAt: Date.parse(message.receivedAt),
    state: inputState,
  }));
  return {
    payload: {
      sessionKey,
      messages: session.rows.slice(start, end),
      pendingInputs: { items: waiting.slice(0, 20), total: waiting.length },
      ...(inputRunIds && {
        inputReceipts: inputRunIds.flatMap((runId) => {
          const consumedByEventId = session.consumed.get(runId);
          if (consumedByEventId !== undefined) return [{ runId, state: 'consumed', consumedByEventId }];
          return waiting.some((input) => input.runId === runId) ? [{ runId, state: 'pending' }] : [];
        }),
      }),
      hasMore: start > 0,
      ...(start > 0 && { nextOffset: session.rows.length - start }),
      totalMessages: session.rows.length,
      sessionInfo: {
        key: canonicalKey(sessionKey),
        hasActiveRun: session.activeRunIds.length > 0,
        activeRunIds: session.activeRunIds,
      },
    },
  };
};

const agentWait = async (
  { runId, timeoutMs = 30_000 }: AgentWaitParams,
  { state }: OpenclawGateway,
): Promise<Answer> => ({
  payload: { runId, status: (await state.ended(runId, timeoutMs)) ? 'ok' : 'timeout' },
});

const sessionsPatch = ({ key, label }: SessionsPatchParams, { state }: OpenclawGateway): Answer => {
  const canonical = canonicalKey(key);
  const owner = [...state.labels].find(([, taken]) => taken === label)?.[0];
  if (label && owner !== undefined && owner !== canonical) return { error: errors.labelTaken(label) };
  state.session(key);
  if (label) state.labels.set(canonical, label);
  if (label === null) state.labels.delete(canonical);
  return { payload: { ok: true, key: canonical, entry: { label: state.labels.get(canonical) } } };
};

export const methods: Readonly<Record<string, Method>> = {
  'chat.send': { scope: 'operator.write', answer: chatSend },
  'chat.history': { scope: 'operator.read', answer: chatHistory },
  'agent.wait': { scope: 'operator.write', answer: agentWait },
  'sessions.patch': { scope: 'operator.write', answer: sessionsPatch },
};
