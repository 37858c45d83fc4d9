import type { IncomingHttpHeaders } from 'node:http';

/** The header's value. Several values of one header are joined by commas. Undefined: missing or empty. */
export const headerValue = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  if (!Object.hasOwn(headers, name)) return undefined;
  const value = headers[name];
  return (Array.isArray(value) ? value.join(', ') : value) || undefined;
};
