import type { EventFilter, RecordedEvent } from '../port.ts';

export const passes = (
  { streamPrefixes, types }: EventFilter,
  { stream, type }: Pick<RecordedEvent, 'stream' | 'type'>,
): boolean =>
  (types === undefined || types.includes(type)) &&
  (streamPrefixes === undefined || streamPrefixes.some((prefix) => stream.startsWith(prefix)));

/** A filter that passes at least what one of the filters passes. Passes more when some ask for types and others for streams. */
export const unionOf = (filters: readonly EventFilter[]): EventFilter => {
  const types = unionOfLists(filters.map((filter) => filter.types));
  if (types !== undefined) return { types };
  const streamPrefixes = unionOfLists(filters.map((filter) => filter.streamPrefixes));
  return streamPrefixes === undefined ? {} : { streamPrefixes };
};

/** Sorted; undefined when one of the lists is absent, which means everything. */
const unionOfLists = (lists: readonly (readonly string[] | undefined)[]): string[] | undefined => {
  const all = new Set<string>();
  for (const list of lists) {
    if (list === undefined) return undefined;
    for (const one of list) all.add(one);
  }
  return [...all].sort();
};
