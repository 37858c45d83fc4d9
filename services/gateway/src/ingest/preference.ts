/**
 * Whether a `Prefer` header (RFC 7240) has the preference, without a value. Names are compared without case. Of several preferences of that
 * name, the first one counts. Parameters are ignored.
 *
 * @param header several headers joined by commas, as Node does; undefined: none was sent
 * @param preference in lower case
 */
export const isPreferred = (header: string | string[] | undefined, preference: string): boolean => {
  if (header === undefined) return false;
  const first = itemsOf(String(header))
    .map((item) => /^\s*([^\s=;]+)\s*(?:=\s*([^;]*))?(?:;|$)/.exec(item))
    .find((parts) => parts?.[1]?.toLowerCase() === preference);
  return first !== undefined && ['', '""'].includes((first?.[2] ?? '').trim());
};

/** Splits at the commas outside quoted strings. */
const itemsOf = (list: string): string[] => list.match(/(?:[^",]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
