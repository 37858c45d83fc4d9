/**
 * The form in which an OpenClaw gateway with the default agent `main` stores session keys: `Foo` → `agent:main:foo`. With another default
 * agent, a session that is named both with and without its agent is treated as two.
 */
export const canonicalSessionKey = (sessionKey: string): string => {
  const key = sessionKey.trim().toLowerCase();
  return key.startsWith('agent:') ? key : `agent:main:${key}`;
};
