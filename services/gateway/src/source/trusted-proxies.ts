import { BlockList, isIP } from 'node:net';
import { canonicalAddress } from './address.ts';

/** The proxies whose word on the sender's address counts. */
export class TrustedProxies {
  readonly #list = new BlockList();
  readonly any: boolean;

  /** @param cidrs addresses or CIDR blocks, each as `isCidr` takes it */
  constructor(cidrs: readonly string[]) {
    this.any = cidrs.length > 0;
    for (const cidr of cidrs) {
      const [net = '', prefix] = cidr.split('/');
      const family = isIP(net) === 6 ? 'ipv6' : 'ipv4';
      this.#list.addSubnet(net, prefix === undefined ? bitsOf(net) : Number(prefix), family);
    }
  }

  /** @param address as `canonicalAddress` gives it */
  trusts(address: string): boolean {
    return this.any && this.#list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
}

const bitsOf = (net: string): number => (isIP(net) === 6 ? 128 : 32);

/** `192.0.2.0/24`, `2001:db8::/32`, or one address. */
export const isCidr = (text: string): boolean => {
  const [net = '', prefix, ...rest] = text.split('/');
  if (rest.length > 0 || canonicalAddress(net) === null || net.includes('%')) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bitsOf(net));
};
