import { redacted } from '@mission-control/contracts';
import { escapeParagraph } from '../escapes.ts';

/** Headers in which senders say what happened: GitHub's event, Shopify's topic, CloudEvents, Google's resource states, … */
const telling =
  /^(ce|x-goog)-|(^|-)(event|event-type|event-key|topic|hook-resource|message-type|topic-arn|shop-domain|subscription-type)$/;

const mostHeaders = 8;
const longestHeader = 160;
/** Of the escaped lines, in characters. */
const roomOfHeaders = 1_000;

/** One line for each of these headers, as long as there is room. Escaped. */
export const headerLines = (headers: readonly (readonly [name: string, value: string])[]): string[] => {
  const lines: string[] = [];
  let left = roomOfHeaders;
  for (const [name, value] of headers) {
    if (value === redacted || name.length > longestHeader || !telling.test(name)) continue;
    const line = `${onOneLine(name)}: ${onOneLine(beginning(value))}`;
    left -= line.length;
    if (left < 0 || lines.length === mostHeaders) break;
    lines.push(line);
  }
  return lines;
};

const beginning = (value: string): string =>
  value.length <= longestHeader
    ? value
    : `${value.slice(0, longestHeader)} … ${value.length - longestHeader} characters more`;

/** Escapes a text. Its tabs and line breaks become escapes as well. */
export const onOneLine = (text: string): string => (harmless.test(text) ? text : withEscapes(text));

/** Nothing in such a text is ever escaped. */
const harmless = /^[\w .:@-]*$/;

const withEscapes = (text: string): string =>
  escapeParagraph(text).replace(/[\t\n]/g, (found) => (found === '\t' ? '\\u0009' : '\\u000a'));
