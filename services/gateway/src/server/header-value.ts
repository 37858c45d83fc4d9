import type { IncomingHttpHeaders } from 'node:http';

/** The header's value. Several values of one header are joined by commas. */
export const headerValue = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
};
