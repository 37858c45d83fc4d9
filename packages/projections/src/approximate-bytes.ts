const known = new WeakMap<object, number>();

/**
 * The approximate memory use of a JSON value: its strings, and one word for everything else. Cheap, unlike serialising it, and the
 * projections of a process that share an event count it once.
 */
export const approximateBytes = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return bytesOf(value);
  let bytes = known.get(value);
  if (bytes === undefined) {
    bytes = bytesOf(value);
    known.set(value, bytes);
  }
  return bytes;
};

const bytesOf = (value: unknown): number => {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 8;
  // A list by its indices: `for in` would make a text of each.
  if (Array.isArray(value)) for (const element of value) bytes += 8 + bytesOf(element);
  else for (const key in value) bytes += 8 + bytesOf((value as Record<string, unknown>)[key]);
  return bytes;
};
