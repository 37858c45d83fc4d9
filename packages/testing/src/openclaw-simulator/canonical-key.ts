import { errors } from './errors.ts';
import type { OpenclawGatewayError } from './protocol.ts';

/** The form in which an OpenClaw gateway stores session keys: `Foo` → `agent:main:foo`. */
export const canonicalKey = (sessionKey: string): string => {
  const key = sessionKey.trim().toLowerCase();
  return key.startsWith('agent:') ? key : `agent:main:${key}`;
};

/** Why a message cannot go to that session, or null. */
export const objectionToKey = (
  sessionKey: string,
  agents: readonly string[],
  method: string,
): OpenclawGatewayError | null => {
  const key = sessionKey.trim();
  if (key === '') return errors.noTarget(method);
  const [prefix, agent, ...rest] = key.toLowerCase().split(':');
  if (prefix !== 'agent') return agents.length > 1 ? errors.noOwner(key) : null;
  if (!agent || rest.join(':') === '') return errors.malformedKey(key);
  return agents.includes(agent) ? null : errors.unknownAgent(agent);
};
