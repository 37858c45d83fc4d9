import type { IncomingHttpHeaders } from 'node:http';

/** The header's value; several of one name arrive joined by commas. Undefined: not there, or empty. */
export const headerValue = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  if (!Object.hasOwn(headers, name)) return undefined;
  const value = headers[name];
  return (Array.isArray(value) ? value.join(', ') : value) || undefined;
};
