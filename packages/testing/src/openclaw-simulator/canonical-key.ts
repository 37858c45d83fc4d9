/** The form in which an OpenClaw gateway stores session keys: `Foo` → `agent:main:foo`. */
export const canonicalKey = (sessionKey: string): string => {
  const key = sessionKey.trim().toLowerCase();
  return key.startsWith('agent:') ? key : `agent:main:${key}`;
};
