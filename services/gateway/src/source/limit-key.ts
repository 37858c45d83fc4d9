import ipaddr from 'ipaddr.js';

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
