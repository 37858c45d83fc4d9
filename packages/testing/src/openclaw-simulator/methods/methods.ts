import type { AgentWaitParams } from '@openclaw/gateway-protocol';
import { chatHistory } from './chat-history.ts';
import { chatSend } from './chat-send.ts';
import type { Answer, Method, OpenclawGateway } from './method.ts';
import { sessionsDelete, sessionsPatch, sessionsReset } from './sessions.ts';

const agentWait = async (
  { runId, timeoutMs = 30_000 }: AgentWaitParams,
  { state }: OpenclawGateway,
): Promise<Answer> => ({ payload: await state.runs.wait(runId, timeoutMs) });

const chatAbort = ({ sessionKey }: { sessionKey: string }, { state }: OpenclawGateway): Answer => {
  const runId = state.find(sessionKey)?.abort('rpc') ?? null;
  return { payload: { ok: true, aborted: runId !== null, runIds: runId === null ? [] : [runId] } };
};

export const methods: Readonly<Record<string, Method>> = {
  'chat.send': { scope: 'operator.write', answer: chatSend },
  'chat.abort': { scope: 'operator.write', answer: chatAbort },
  'chat.history': { scope: 'operator.read', answer: chatHistory },
  'agent.wait': { scope: 'operator.write', answer: agentWait },
  'sessions.patch': { scope: 'operator.write', answer: sessionsPatch },
  'sessions.reset': { scope: 'operator.admin', answer: sessionsReset },
  'sessions.delete': { scope: 'operator.admin', answer: sessionsDelete },
};
