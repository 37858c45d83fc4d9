import { cutEscaped, escapeJson, escapeText } from '../escapes.ts';
import { indentJson } from '../indent-json.ts';

/** The maximum number of characters of a payload in a text. */
export const previewLength = 4_000;

/** Characters to read beyond the cut, so that a token at the cut is recognised as a whole before it is cut. */
const lookAhead = 128;

/**
 * The beginning of a payload for people and agents. JSON is indented, in the sender's order. Hidden characters and everything that an
 * OpenClaw gateway or a tokenizer would act on are escaped. The text is cut after 4,000 characters without splitting a character or an
 * escape.
 *
 * @param presented from `presentPayload`: a JSON document, or text as a JSON string
 */
export const previewOf = ({
  encoding,
  json,
}: {
  readonly encoding: string;
  readonly json: string;
}): { text: string; cut: boolean } => {
  const kind = encoding !== 'json' && json.startsWith('"') ? 'text' : 'json';
  const enough = previewLength + lookAhead;
  const beginning = (kind === 'json' ? indentJson(json, enough) : (JSON.parse(json) as string)).slice(
    0,
    enough,
  );
  const escaped = kind === 'json' ? escapeJson(beginning) : escapeText(beginning);
  return { text: cutEscaped(escaped, previewLength, kind), cut: escaped.length > previewLength };
};
