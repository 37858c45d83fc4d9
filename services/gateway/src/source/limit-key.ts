import ipaddr from 'ipaddr.js';

/**
 * The key under which limits count an address. For IPv6 it is the /64 prefix, which is what one customer gets.
 *
 * @param address in the form that `canonicalAddress` returns
 */
export const limitKeyOf = (address: string): string => {
  const parsed = ipaddr.parse(address);
  if (!(parsed instanceof ipaddr.IPv6)) return address;
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
};
