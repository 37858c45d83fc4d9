import type { IncomingHttpHeaders } from 'node:http';
import { type Content, type DeliveryName, headerText, tokensOf, valueAt } from '@mission-control/contracts';
import { headerValue } from '../header-value.ts';
import { documentIn, withNumbersAsText } from './document-in.ts';

/**
 * 1 to 256 Unicode characters, without control characters, unassigned characters, lone surrogates and line separators. U+FFFD is also
 * excluded: it replaces bytes that could not be decoded, so two different names could become the same.
 */
const printable = /^[^\p{Cc}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\ufffd]{1,256}$/u;
const notBlank = /\P{Zs}/u;

/**
 * The value as a delivery name, or null if it cannot be one. It is used exactly as sent: neither trimmed nor normalised (NFC), and
 * case-sensitive.
 */
const nameOf = (value: unknown, source: string, signed: boolean): DeliveryName | null =>
  typeof value === 'string' && printable.test(value) && notBlank.test(value)
    ? { key: value, source, signed }
    : null;

/** Separates the values of a header that was sent more than once. */
const valueSeparator = ', ';

/**
 * The name in a header. A header with several values gives no name. Node joins the values of repeated headers with `, `, and so may a
 * proxy (RFC 9110, 5.3). Therefore a single value that contains `, ` gives no name either.
 *
 * @param name in lower case
 * @param source where the name is recorded as read from, if not this header
 */
export const nameInHeader = (
  headers: IncomingHttpHeaders,
  name: string,
  signed: boolean,
  source = `header:${name}`,
): DeliveryName | null => {
  const value = headerValue(headers, name);
  return value === undefined || value.includes(valueSeparator)
    ? null
    : nameOf(headerText(value), source, signed);
};

/**
 * The string or number in the body's document. A number that JavaScript may have rounded is read again exactly as written, so that two
 * ids beyond 2^53 stay different.
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
