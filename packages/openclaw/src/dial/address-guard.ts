import dns from 'node:dns';
import type { LookupFunction } from 'node:net';
import { AddressBlocks, canonicalAddress } from '@mission-control/runtime';

/** Link-local addresses and the metadata services of clouds, which give credentials to any client. */
export const defaultDenyCidrs: readonly string[] = [
  '169.254.0.0/16',
  'fe80::/10',
  'fd00:ec2::254/128',
  '100.100.100.200/32',
  '192.0.0.192/32',
  '168.63.129.16/32',
  // NAT64 forms of 169.254.0.0/16 and 100.100.100.200.
  '64:ff9b::a9fe:0/112',
  '64:ff9b::6464:64c8/128',
];

/** Loopback, private networks and carrier-grade NAT. The official client also connects to these without TLS. */
const privateAddresses = /* @__PURE__ */ new AddressBlocks([
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '::1/128',
  'fc00::/7',
]);

/** An address was rejected before any byte was sent to it. */
export class AddressRejected extends Error {
  readonly code: 'address_denied' | 'plaintext_denied';

  constructor(code: 'address_denied' | 'plaintext_denied') {
    super(`The OpenClaw gateway's address is not allowed: ${code}.`);
    this.code = code;
  }
}

/**
 * Decides on every connect, about the exact address that is connected to. DNS rebinding does not help an attacker, since the name is
 * not resolved a second time.
 */
export class AddressGuard {
  readonly #denied: AddressBlocks;
  readonly #privateOnly: boolean;

  /**
   * @param denyCidrs addresses or CIDR blocks, IPv4 and IPv6
   * @param options.privateOnly also reject public addresses (for connections without TLS)
   * @throws Error that names an entry that is not an address or CIDR block
   */
  constructor(denyCidrs: readonly string[], { privateOnly }: { privateOnly: boolean }) {
    this.#denied = new AddressBlocks(denyCidrs);
    this.#privateOnly = privateOnly;
  }

  /** Why an address is rejected, or null if it is allowed. */
  rejectionOf(address: string): AddressRejected | null {
    const canonical = canonicalAddress(address);
    if (canonical === null || this.#denied.has(canonical)) return new AddressRejected('address_denied');
    if (this.#privateOnly && !privateAddresses.has(canonical)) return new AddressRejected('plaintext_denied');
    return null;
  }

  /** For `net.connect`: like `dns.lookup`, but fails if any of the name's addresses is rejected. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '');
      const rejection = addresses.map(({ address }) => this.rejectionOf(address)).find((one) => one !== null);
      const [first] = addresses;
      if (rejection || !first) return callback(rejection ?? new AddressRejected('address_denied'), '');
      if (options.all) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}
