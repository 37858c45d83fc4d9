/** The names of members as they are written. There are few different ones in events; what senders make up does not fill the memory. */
const writtenNames = new Map<string, string>();
const mostNames = 10_000;

/**
 * A JSON value as RFC 8785 writes it: members in the order of the UTF-16 code units of their names, no blanks. Strings and numbers are
 * written as ECMAScript's `JSON.stringify` does, which is what the RFC demands. It does not allow lone surrogates, but senders' JSON may have
 * them: they are written as escapes (`\ud800`).
 */
export const canonicalJson = (value: unknown): string => {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  let text = '';
  if (Array.isArray(value)) {
    for (const element of value) text += `${text === '' ? '' : ','}${canonicalJson(element)}`;
    return `[${text}]`;
  }
  const members = value as Readonly<Record<string, unknown>>;
  const names = Object.keys(members);
  if (!isSorted(names)) names.sort();
  for (const name of names) {
    const member = members[name];
    if (member !== undefined) text += `${text === '' ? '' : ','}${written(name)}${canonicalJson(member)}`;
  }
  return `{${text}}`;
};

const isSorted = (names: readonly string[]): boolean => {
  for (let n = 1; n < names.length; n++) if ((names[n - 1] as string) > (names[n] as string)) return false;
  return true;
};

const written = (name: string): string => {
  const known = writtenNames.get(name);
  if (known !== undefined) return known;
  const text = `${JSON.stringify(name)}:`;
  if (writtenNames.size < mostNames) writtenNames.set(name, text);
  return text;
};
