/** In Unicode characters. */
const longestPart = 100;
const longestType = 200;

/** Letters and digits of any script, and what event types are written with. Fillers are letters that nobody sees. */
const notInTypes = /(?:[^\p{L}\p{N}._:/@-]|\p{Default_Ignorable_Code_Point})+/gu;
/** Most values are like this. */
const plain = /^[a-z0-9](?:[\w.:/@-]*[a-z0-9])?$/i;
const atTheEnds = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu;

/**
 * A scalar as a part of an event type; null if nothing of it can be one. Event types come from outside, so they hold nothing that breaks
 * out of a text: no spaces, quotes, brackets, slashes at the ends, control or invisible characters. Each run of those becomes `_`.
 * Compatibility forms (wide and mathematical letters) become ordinary letters.
 */
export const typePartOf = (value: unknown): string | null => {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
  if (typeof value === 'string' && value.length <= longestPart && plain.test(value)) return value;
  const harmless = String(value)
    // Longer values are cut anyway: this bounds the work.
    .slice(0, 4 * longestPart)
    .normalize('NFKC')
    .replace(notInTypes, '_')
    .replace(atTheEnds, '');
  return cut(harmless, longestPart) || null;
};

/** Parts as an event type, without those that are missing; null if all are. */
export const typeOfParts = (parts: readonly (string | null)[]): string | null =>
  cut(parts.filter((part) => part !== null).join('.'), longestType) || null;

const cut = (text: string, most: number): string =>
  text.length <= most ? text : [...text].slice(0, most).join('').replace(atTheEnds, '');
