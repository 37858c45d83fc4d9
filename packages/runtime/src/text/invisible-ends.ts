/**
 * Whitespace, and every character that is not rendered: controls, formats, fillers, private use and unassigned code points (UAX
 * #44).
 */
const invisible = String.raw`[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{C}]`;
const first = new RegExp(`^${invisible}`, 'u');
const last = new RegExp(`${invisible}$`, 'u');
const ends = new RegExp(`^${invisible}+|(?<!${invisible})${invisible}+$`, 'gu');

/**
 * Describes an invisible character at an end of the text, usually from pasting, for the end of a sentence: `ends with the
 * invisible character U+00A0`. null: there is none.
 */
export const invisibleEnd = (text: string): string | null => {
  const [begins] = first.exec(text) ?? [];
  const [found] = begins === undefined ? (last.exec(text) ?? []) : [begins];
  if (found === undefined) return null;
  const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const character = found === ' ' ? 'a space (U+0020)' : `the invisible character U+${code}`;
  return `${begins === undefined ? 'ends' : 'starts'} with ${character}`;
};

export const withoutInvisibleEnds = (text: string): string => text.replace(ends, '');
