const most = 40;
const longest = 100;

/**
 * The names of a request's headers, in lower case and without repeats: the first 40, and the first 100 characters of each.
 *
 * @param rawHeaders in Node's format: name, value, name, value, …
 */
export const headerNamesOf = (rawHeaders: readonly string[]): string[] => {
  const names = new Set<string>();
  for (let i = 0; i < rawHeaders.length && names.size < most; i += 2) {
    names.add((rawHeaders[i] ?? '').slice(0, longest).toLowerCase());
  }
  return [...names];
};
