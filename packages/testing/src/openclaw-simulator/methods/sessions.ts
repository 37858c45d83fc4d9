import type { SessionsPatchParams } from '@openclaw/gateway-protocol';
import { canonicalKey } from '../canonical-key.ts';
import { errors } from '../errors.ts';
import type { Answer, OpenclawGateway } from './method.ts';

/** It does not check that the agent is configured. */
export const sessionsPatch = (params: SessionsPatchParams, { state, faults }: OpenclawGateway): Answer => {
  const { key, label, expectedSessionId } = params;
  const canonical = canonicalKey(key);
  const changed =
    expectedSessionId !== undefined && state.find(key)?.log.identity.sessionId !== expectedSessionId;
  if (changed || faults.take('session_conflict')) return { error: errors.sessionChanged(key, 'patch') };
  const owner = [...state.labels].find(([, taken]) => taken === label)?.[0];
  const taken = label && owner !== undefined && owner !== canonical;
  if (taken || faults.take('label_in_use')) return { error: errors.labelTaken(label ?? '') };
  const { log } = state.session(key);
  log.endure();
  const { sessionId } = log.identity;
  if (label !== undefined) state.label(key, label);
  return { payload: { ok: true, key: canonical, entry: { sessionId, label: state.labels.get(canonical) } } };
};

export const sessionsReset = ({ key }: { key: string }, { state }: OpenclawGateway): Answer => {
  const session = state.session(key);
  session.reset();
  return {
    payload: { ok: true, key: canonicalKey(key), entry: { sessionId: session.log.identity.sessionId } },
  };
};

export const sessionsDelete = ({ key }: { key: string }, { state }: OpenclawGateway): Answer => ({
  payload: { ok: true, key: canonicalKey(key), deleted: state.delete(key), archived: [] },
});
