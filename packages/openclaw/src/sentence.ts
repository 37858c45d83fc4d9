/** Characters that are invisible or change how others are shown. */
const hidden =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}[\p{Zs}--[\x20]]\p{Default_Ignorable_Code_Point}\p{Variation_Selector}\u{2800}\u{1d159}]/v;

/** What begins a path, a tag, a skill's name or a token of a chat template, where an OpenClaw gateway or a model reads the text again. */
const active = /[<\u{ff1c}$\u{ff04}~\[\u{27e6}\u{301a}\u{ff0f}]/v;

const longest = 200;
/** A sentence that shares this many consecutive characters with the message is treated as quoting it. */
const quoteLength = 16;

/**
 * The OpenClaw gateway's own sentence as it may be stored and shown: one line of at most 200 characters, escaped like everything else from
 * outside (a backslash before a slash, otherwise `\uXXXX`), without anything that was sent. Null if nothing is left.
 *
 * @param sent the token and the message, which the OpenClaw gateway may quote
 */
export const sentenceOf = (text: unknown, sent: readonly string[]): string | null => {
  if (typeof text !== 'string') return null;
  const line = text
    .slice(0, 2 * longest)
    .replace(/\u{26a0}\u{fe0f}?/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();
  const unquoted = sent.reduce(withoutQuotesOf, line);
  let escaped = '';
  let cut = '';
  for (const character of unquoted) {
    escaped += escapeOf(character);
    if (escaped.length > longest) return `${cut}…`;
    if (escaped.length < longest) cut = escaped;
  }
  return escaped === '' ? null : escaped;
};

const escapeOf = (character: string): string => {
  if (character === '/') return '\\/';
  if (!hidden.test(character) && !active.test(character)) return character;
  return Array.from(
    { length: character.length },
    (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`,
  ).join('');
};

const withoutQuotesOf = (line: string, sent: string): string => {
  if (sent === '') return line;
  const unquoted = line.replace(/(["'`])(.+?)\1/gu, (quote, mark: string, inner: string) =>
    sent.includes(inner) ? `${mark}…${mark}` : quote,
  );
  const needed = Math.min(quoteLength, sent.length);
  let kept = '';
  let at = 0;
  while (at < unquoted.length) {
    if (at + needed > unquoted.length || !sent.includes(unquoted.slice(at, at + needed))) {
      kept += unquoted[at];
      at += 1;
      continue;
    }
    let length = needed;
    while (at + length < unquoted.length && sent.includes(unquoted.slice(at, at + length + 1))) length += 1;
    kept += '…';
    at += length;
  }
  return kept;
};
