import type { IncomingHttpHeaders } from 'node:http';
import { utf8Text } from '@mission-control/contracts';

/** The header's value. Several values of one header are joined by commas. Undefined: missing or empty. */
export const headerValue = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  if (!Object.hasOwn(headers, name)) return undefined;
  const value = headers[name];
  return (Array.isArray(value) ? value.join(', ') : value) || undefined;
};

/** Node decodes header bytes as Latin-1, but senders use UTF-8 more often. Bytes that are not UTF-8 stay Latin-1. */
export const headerText = (value: string): string => utf8Text(Buffer.from(value, 'latin1')) ?? value;
