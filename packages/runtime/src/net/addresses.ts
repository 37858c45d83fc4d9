import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Before an IPv4 address inside an IPv6 one (RFC 4291, section 2.5.5.2). */
const mappedBits = 96;

/** One spelling for each address: IPv4 inside IPv6 as IPv4, IPv6 in its short form, no zone. null: not an address. */
export const canonicalAddress = (text: string): string | null => {
  const withoutZone = text.replace(/%.*$/, '');
  return isIP(withoutZone) === 0 ? null : ipaddr.process(withoutZone).toString();
};

/**
 * One spelling for each address or CIDR block (`192.0.2.0/24`, `2001:db8::/32`, `192.0.2.7`): IPv4 inside IPv6 as IPv4. null: neither,
 * or a block that holds all of IPv4 and more in the form of IPv6.
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

/** Addresses and blocks of them, asked whether they hold an address. A block holds addresses of its own kind only. */
export class AddressBlocks {
  readonly #blocks: { readonly ipv4?: BlockList; readonly ipv6?: BlockList };

  /** @param cidrs each as `canonicalCidr` takes it */
  constructor(cidrs: readonly string[]) {
    // One list would take IPv4 addresses for IPv6 ones when it holds such blocks.
    const blocks: { ipv4?: BlockList; ipv6?: BlockList } = {};
    for (const cidr of cidrs) {
      const [net = '', bits] = (canonicalCidr(cidr) ?? '').split('/');
      const family = familyOf(net);
      blocks[family] ??= new BlockList();
      blocks[family].addSubnet(net, bits === undefined ? bitsOf(net) : Number(bits), family);
    }
    this.#blocks = blocks;
  }

  /** @param address as `canonicalAddress` gives it */
  has(address: string): boolean {
    const family = familyOf(address);
    return this.#blocks[family]?.check(address, family) ?? false;
  }
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
const bitsOf = (address: string): number => (isIP(address) === 6 ? 128 : 32);
