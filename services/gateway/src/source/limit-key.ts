import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** One spelling for each address: IPv4 inside IPv6 as IPv4, IPv6 in its short form, no zone. null: not an address. */
export const canonicalAddress = (text: string): string | null => {
  const withoutZone = text.replace(/%.*$/, '');
  return isIP(withoutZone) === 0 ? null : ipaddr.process(withoutZone).toString();
};

/**
 * What limits count an address under: an IPv6 address by its /64, which is what one customer gets.
 *
 * @param address as `canonicalAddress` gives it
 */
export const limitKeyOf = (address: string): string => {
  const parsed = ipaddr.parse(address);
  if (!(parsed instanceof ipaddr.IPv6)) return address;
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
};
