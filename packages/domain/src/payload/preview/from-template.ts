import { cutEscaped, escapeJson } from '../escapes.ts';
import { parseMessageTemplate, type TemplateName, type TemplatePiece } from '../message/message-template.ts';
import type { PresentedPayload } from '../present.ts';
import { type Found, structureOf } from './structure.ts';
import { wantedOf } from './wanted.ts';
import { inOneLine } from './written.ts';

/** Half of a preview. */
const longestText = 2_000;
const longestValue = 300;
const missing = '(missing)';
/** Stands for the text that follows: `[[` at the end would begin a tag together with its first word. */
const more = '\n\nx';

/**
 * What an admin's template makes of a payload, escaped: about 2,000 characters at most. Values are as JSON writes them, with quotes, so that texts
 * end where they end; objects and arrays are shown by their size. The whole is escaped, because a token may begin in one value and end in
 * the next.
 *
 * @param known what `{{event_type}}` and the like stand for; null: nothing
 */
export const textFromTemplate = (
  template: string,
  presented: PresentedPayload,
  known: Readonly<Record<TemplateName, string | null>>,
): string => {
  const pieces = parseMessageTemplate(template);
  // Templates are checked before they are stored.
  if ('fault' in pieces) return '';
  const valueAt = valuesIn(presented, pieces);
  const text = pieces
    .map((piece) => {
      if (piece.kind === 'text') return piece.text;
      return (piece.kind === 'name' ? known[piece.name] : valueAt(piece.pointer)) ?? missing;
    })
    .join('');
  const cut = cutEscaped(escapeJson(text), longestText, 'json');
  // What is escaped stays as it is.
  return escapeJson(cut + more).slice(0, -more.length);
};

/** The values of all pointers, found in one pass. */
const valuesIn = (
  { encoding, json }: PresentedPayload,
  pieces: readonly TemplatePiece[],
): ((pointer: string) => string | undefined) => {
  const named = pieces.flatMap((piece) => (piece.kind === 'pointer' ? [piece.pointer] : []));
  const pointers = [...new Set(named)];
  const isJson = encoding === 'json' || json.startsWith('{');
  if (pointers.length === 0 || !isJson) return () => undefined;
  // GitHub's and Slack's forms have the event in a field.
  const spellings = encoding === 'json' ? [''] : ['', '/payload'];
  const { found } = structureOf(
    json,
    wantedOf(pointers.flatMap((pointer) => spellings.map((prefix) => prefix + pointer))),
  );
  const byPointer = new Map<string, Found>();
  for (const one of found) {
    const pointer = pointers[Math.floor(one.rank / spellings.length)];
    if (pointer !== undefined && !byPointer.has(pointer)) byPointer.set(pointer, one);
  }
  return (pointer) => {
    const value = byPointer.get(pointer)?.value;
    return value && inOneLine(json, value, longestValue);
  };
};
