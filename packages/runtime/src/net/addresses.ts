import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The bits before the IPv4 address in an IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2). */
const mappedBits = 96;

/** The canonical form of an address: IPv4-mapped IPv6 as IPv4, IPv6 in its short form, without a zone. null: not an address. */
export const canonicalAddress = (text: string): string | null => {
  const withoutZone = text.split('%', 1)[0] ?? '';
  return isIP(withoutZone) === 0 ? null : ipaddr.process(withoutZone).toString();
};

/**
 * The canonical form of an address or CIDR block (`192.0.2.0/24`, `2001:db8::/32`, `192.0.2.7`): IPv4-mapped IPv6 as IPv4. null:
 * neither, or an IPv4-mapped block that contains more than all of IPv4.
 */
export const canonicalCidr = (text: string): string | null => {
  const [net = '', prefix, ...rest] = text.split('/');
  const address = net.includes('%') ? null : canonicalAddress(net);
  if (address === null || rest.length > 0) return null;
  if (prefix === undefined) return address;
  if (!/^\d{1,3}$/.test(prefix)) return null;
  const isMapped = isIP(net) === 6 && isIP(address) === 4;
  const bits = Number(prefix) - (isMapped ? mappedBits : 0);
  return bits < 0 || bits > bitsOf(address) ? null : `${address}/${bits}`;
};

/**
 * Tells whether any of several addresses and CIDR blocks contains an address. A block contains only addresses of its own family.
 */
export class AddressBlocks {
  readonly #blocks: { readonly ipv4?: BlockList; readonly ipv6?: BlockList };

  /** @throws Error that names an entry that `canonicalCidr` does not accept */
  constructor(cidrs: readonly string[]) {
    // A single list that contains IPv6 blocks would treat IPv4 addresses as IPv6 ones.
    const blocks: { ipv4?: BlockList; ipv6?: BlockList } = {};
    for (const cidr of cidrs) {
      const canonical = canonicalCidr(cidr);
      if (canonical === null) {
        throw new Error(`"${cidr}" is not an address or CIDR block; an example is 169.254.0.0/16.`);
      }
      const [net = '', bits] = canonical.split('/');
      const family = familyOf(net);
      blocks[family] ??= new BlockList();
      blocks[family].addSubnet(net, bits === undefined ? bitsOf(net) : Number(bits), family);
    }
    this.#blocks = blocks;
  }

  /** @param address as returned by `canonicalAddress` */
  has(address: string): boolean {
    const family = familyOf(address);
    return this.#blocks[family]?.check(address, family) ?? false;
  }
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
const bitsOf = (address: string): number => (isIP(address) === 6 ? 128 : 32);
