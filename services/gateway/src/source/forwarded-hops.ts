import { canonicalAddress } from '@mission-control/runtime';

export type ProxyHeader = 'x-forwarded-for' | 'forwarded';

/**
 * The addresses that a chain of proxies has recorded, nearest first; null for an entry that is not an address.
 *
 * Entries are split at every comma, even inside quotes. An address contains no comma, and a quotation mark that a sender left open must
 * not swallow what an honest proxy added after it.
 */
export const forwardedHops = (header: ProxyHeader, value: string): (string | null)[] =>
  value
    .split(',')
    .reverse()
    .map((entry) => hopAddress(header === 'forwarded' ? forParameter(entry) : entry.trim()));

/** RFC 7239: `for=192.0.2.60;proto=http`, `for="[2001:db8::1]:4711"`. */
const forParameter = (entry: string): string => {
  for (const parameter of entry.split(';')) {
    const [, value] = /^for\s*=\s*(.*)$/is.exec(parameter.trim()) ?? [];
    if (value !== undefined) return value.replace(/^"(.*)"$/s, '$1');
  }
  return '';
};

/** An address with an optional port: `192.0.2.1:80`, `[2001:db8::1]:80`. */
const hopAddress = (text: string): string | null => {
  const [, bracketed] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text) ?? [];
  if (bracketed !== undefined) return bracketed.includes(':') ? canonicalAddress(bracketed) : null;
  const [, beforePort] = /^([\d.]+):\d{1,5}$/.exec(text) ?? [];
  return canonicalAddress(beforePort ?? text);
};
