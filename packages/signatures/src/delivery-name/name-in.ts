import type { IncomingHttpHeaders } from 'node:http';
import type { Content, DeliveryName } from '@mission-control/contracts';
import { headerValue } from '../header-value.ts';
import { documentIn, withNumbersAsText } from './document-in.ts';
import { tokensOf, valueAt } from './json-pointer.ts';

const plainName = /^[\x21-\x7e]{1,256}$/;

/** The value as a delivery's name, if it is one: printable ASCII without spaces, 256 characters at most. */
export const nameOf = (value: unknown, source: string, signed: boolean): DeliveryName | null =>
  typeof value === 'string' && plainName.test(value) ? { key: value, source, signed } : null;

/** The name in a header, lower case. A header that stands there twice names nothing: its values are joined by `, `. */
export const nameInHeader = (
  headers: IncomingHttpHeaders,
  name: string,
  signed: boolean,
): DeliveryName | null => nameOf(headerValue(headers, name), `header:${name}`, signed);

/**
 * The string or number in a body's document. A number that JavaScript may have rounded is read once more, as it is written: two ids
 * beyond 2^53 stay two.
 */
export const nameInBody = (content: Content, pointer: string, signed: boolean): DeliveryName | null => {
  const tokens = tokensOf(pointer);
  const document = tokens && documentIn(content);
  if (!document) return null;
  const source = `body:${pointer}`;
  const value = valueAt(document.value, tokens);
  if (typeof value !== 'number') return nameOf(value, source, signed);
  const digits = Number.isSafeInteger(value)
    ? String(value)
    : valueAt(withNumbersAsText(document.text), tokens);
  return nameOf(digits, source, signed);
};
