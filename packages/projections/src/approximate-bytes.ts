/** The approximate memory use of a JSON value: its strings, and one word for everything else. Cheap, unlike serialising it. */
export const approximateBytes = (value: unknown): number => {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 8;
  for (const key in value) bytes += 8 + approximateBytes((value as Record<string, unknown>)[key]);
  return bytes;
};
