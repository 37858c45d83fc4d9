import { cutEscaped, escapeParagraph } from '../escapes.ts';
import type { PresentedPayload } from '../present.ts';

/** Bytes in base64 tell a reader little. */
const mostBase64 = 400;
/** To read beyond the cut, so that a token at the cut is recognised as a whole before it is cut. */
const lookAhead = 128;
/** Of the room, for the end of a long text. */
const partForEnd = 0.2;

/** Text that is no JSON in `room` characters, escaped: whole, or its beginning and its end with a count between them. */
export const textPreview = (
  { encoding, json }: PresentedPayload,
  room: number,
): { text: string; cut: boolean } => {
  const text = JSON.parse(json) as string;
  if (encoding === 'base64') {
    const explained = 'Bytes that are not text, in base64:\n';
    const cut = text.length > mostBase64;
    return { text: explained + escapeParagraph(text.slice(0, mostBase64)), cut };
  }
  if (text.length <= room) {
    const escaped = escapeParagraph(text);
    if (escaped.length <= room) return { text: escaped, cut: false };
  }
  const ending = endingOf(text, Math.floor(room * partForEnd));
  const mark = `\n… of ${text.length} characters, the last ${ending.count} follow …\n`;
  const left = room - ending.escaped.length - mark.length;
  const beginning = cutEscaped(escapeParagraph(text.slice(0, left + lookAhead)), left, 'text');
  return { text: beginning + mark + ending.escaped, cut: true };
};

/** The end of a text, in at most `most` escaped characters. */
const endingOf = (text: string, most: number): { escaped: string; count: number } => {
  for (let count = most; count > 0; count = Math.floor(count / 2)) {
    const unit = text.charCodeAt(text.length - count);
    const start = text.length - count + (unit >= 0xdc00 && unit <= 0xdfff ? 1 : 0);
    const escaped = escapeParagraph(text.slice(start));
    if (escaped.length <= most) return { escaped, count: text.length - start };
  }
  return { escaped: '', count: 0 };
};
