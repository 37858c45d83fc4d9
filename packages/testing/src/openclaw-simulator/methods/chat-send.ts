import { canonicalKey, objectionToKey } from '../canonical-key.ts';
import { interpretMessage } from '../directives.ts';
import { errors } from '../errors.ts';
import type { Faults } from '../faults.ts';
import type { QueueMode } from '../messages.ts';
import type { OpenclawGatewayState } from '../openclaw-gateway-state.ts';
import type { Repeat } from '../runs.ts';
import type { Answer, OpenclawGateway } from './method.ts';

/** The parameters that are used, out of the published ChatSendParams that validated them. */
interface ChatSendParams {
  readonly sessionKey: string;
  readonly agentId?: string;
  readonly message: string;
  readonly idempotencyKey: string;
  readonly queueMode?: QueueMode;
  readonly timeoutMs?: number;
}

export const chatSend = (params: ChatSendParams, { state, faults }: OpenclawGateway): Answer => {
  const { agentId, sessionKey } = params;
  const owned = agentId !== undefined && !sessionKey.startsWith('agent:');
  const addressed = owned ? { ...params, sessionKey: `agent:${agentId}:${sessionKey}` } : params;
  return (
    failedBefore(addressed, faults) ?? refused(addressed, state) ?? accepted(addressed, { state, faults })
  );
};

/** Faults that leave no trace of the message. */
const failedBefore = ({ sessionKey }: ChatSendParams, faults: Faults): Answer | null => {
  if (faults.take('drop_before_answer')) return 'drop';
  const unavailable = faults.take('unavailable');
  if (unavailable) return { error: errors.unavailable(unavailable.retryAfterMs) };
  if (faults.take('unknown_session')) return { error: errors.unknownAgent('gone') };
  if (faults.take('label_in_use')) return { error: errors.labelTaken('Board lead') };
  if (faults.take('session_conflict')) return { error: errors.sessionChanged(sessionKey, 'send') };
  return null;
};

/** Why this message cannot be accepted, or what became of it earlier. */
const refused = (params: ChatSendParams, state: OpenclawGatewayState): Answer | null => {
  const { sessionKey, message: text, idempotencyKey } = params;
  const known = state.runs.known(idempotencyKey);
  if (known && known.text !== text) return { error: errors.requestConflict };
  if (known) return repeated(idempotencyKey, known.repeat);
  if (state.draining) return { error: errors.draining('chat.send') };
  const objection = objectionToKey(sessionKey, state.agents, 'chat.send');
  if (objection) return { error: objection };
  if (text.trim() === '') return { error: errors.invalid('message or attachment required') };
  const waits = state
    .find(sessionKey)
    ?.log.pending.some(({ message }) => message.idempotencyKey === idempotencyKey);
  return waits ? { error: errors.ownershipEnded } : null;
};

const accepted = (params: ChatSendParams, { state, faults }: OpenclawGateway): Answer => {
  const { sessionKey, message: text, idempotencyKey, queueMode, timeoutMs } = params;
  const started = { runId: idempotencyKey, status: 'started' };
  if (faults.take('accept_and_forget')) return { payload: started };
  const { interruptedActiveRun } = state.accept(
    {
      sessionKey: canonicalKey(sessionKey),
      ...interpretMessage(text),
      idempotencyKey,
      receivedAt: new Date().toISOString(),
    },
    text,
    { mode: queueMode, timeoutMs },
  );
  if (faults.take('drop_after_accept')) return 'drop';
  if (faults.take('never_answer_after_accept')) return 'silence';
  if (faults.take('restart_after_accept')) return 'restart';
  if (faults.take('malformed_answer')) return 'malformed';
  if (faults.take('huge_answer')) return 'huge';
  if (faults.take('run_failed')) {
    state.find(sessionKey)?.fail(idempotencyKey);
    return { error: errors.runFailed('Agent failed before reply') };
  }
  const thenDrop = faults.take('drop_after_answer') !== null;
  return { payload: { ...started, ...(interruptedActiveRun && { interruptedActiveRun }) }, thenDrop };
};

const repeated = (runId: string, repeat: Repeat): Answer => {
  switch (repeat.kind) {
    case 'in_flight':
    case 'ok':
      return { payload: { runId, status: repeat.kind } };
    case 'failed':
      return { error: errors.runFailed(repeat.message) };
    case 'aborted': {
      const { stopReason, endedAt } = repeat;
      return { payload: { runId, status: 'timeout', summary: 'aborted', stopReason, endedAt } };
    }
  }
};
