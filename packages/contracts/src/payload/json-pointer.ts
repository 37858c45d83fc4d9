const badEscape = /~(?![01])/;
const index = /^(?:0|[1-9]\d*)$/;

/** The pointer's reference tokens (RFC 6901, 4), unescaped; null when it is not a JSON pointer. */
export const tokensOf = (pointer: string): readonly string[] | null => {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || badEscape.test(pointer)) return null;
  const tokens = pointer.slice(1).split('/');
  return pointer.includes('~')
    ? tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    : tokens;
};

/** The value at the pointer; undefined: none. Only the document's own members count, not properties that JavaScript adds. */
export const valueAt = (document: unknown, tokens: readonly string[]): unknown => {
  let value = document;
  for (const token of tokens) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value) ? !index.test(token) : !Object.hasOwn(value, token)) return undefined;
    value = (value as Record<string, unknown>)[token];
  }
  return value;
};
