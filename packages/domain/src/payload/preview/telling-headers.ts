import { redacted } from '@mission-control/contracts';
import { escapeParagraph } from '../escapes.ts';

/** Headers in which senders say what happened: GitHub's event, Shopify's topic, CloudEvents, Google's resource states, … */
const telling =
  /^(ce|x-goog)-|(^|-)(event|event-type|event-key|topic|hook-resource|message-type|topic-arn|shop-domain|subscription-type)$/;

const mostHeaders = 8;
const longestHeader = 160;

/** One line for each of these headers. Escaped. */
export const headerLines = (headers: readonly (readonly [name: string, value: string])[]): string[] =>
  headers
    .filter(([name, value]) => value !== redacted && name.length < longestHeader && telling.test(name))
    .slice(0, mostHeaders)
    .map(([name, value]) => `${onOneLine(name)}: ${onOneLine(beginning(value))}`);

const beginning = (value: string): string =>
  value.length <= longestHeader
    ? value
    : `${value.slice(0, longestHeader)} … ${value.length - longestHeader} characters more`;

/** Escapes a text. Its tabs and line breaks become escapes as well. */
export const onOneLine = (text: string): string =>
  escapeParagraph(text).replace(/[\t\n]/g, (found) => (found === '\t' ? '\\u0009' : '\\u000a'));
