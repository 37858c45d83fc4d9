import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressBlocks, canonicalAddress, canonicalCidr } from './addresses.ts';

describe('a CIDR block', () => {
  it.each([
    ['192.0.2.0/24', '192.0.2.0/24'],
    ['192.0.2.7', '192.0.2.7'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8:0:0::/32', '2001:db8::/32'],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:192.0.2.0/120', '192.0.2.0/24'],
    ['::ffff:c000:207', '192.0.2.7'],
  ])('%s has the canonical form %s', (text, canonical) => {
    expect(canonicalCidr(text)).toBe(canonical);
  });

  it.each([
    '',
    '/',
    '1.2.3.4/',
    '1.2.3.4/33',
    '1.2.3.4/-1',
    '1.2.3.4/8/8',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.4/ 8',
    '::/129',
    'fe80::1%eth0',
    '::ffff:0:0/95',
    'example.com',
    '1.2.3.4-1.2.3.9',
  ])('%j is not a CIDR block', (text) => {
    expect(canonicalCidr(text)).toBeNull();
  });

  it('never throws, and a canonical form is its own canonical form', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.ipV4Extended(), fc.ipV6(), fc.stringMatching(/^[\d.:a-f/]{1,20}$/)),
        (text) => {
          const canonical = canonicalCidr(text);
          if (canonical !== null) expect(canonicalCidr(canonical)).toBe(canonical);
        },
      ),
    );
  });
});

describe('address blocks', () => {
  it.each([
    [['1.2.3.4'], '1.2.3.4', true],
    [['1.2.3.4'], '1.2.3.45', false],
    [['192.30.252.0/22'], '192.30.255.255', true],
    [['192.30.252.0/22'], '192.31.0.0', false],
    [['192.30.252.9/22'], '192.30.253.1', true],
    [['0.0.0.0/0'], '2001:db8::1', false],
    [['::/0'], '2001:db8::1', true],
    [['::/0'], '192.0.2.1', false],
    [['::ffff:192.0.2.0/120'], '192.0.2.1', true],
    [['2001:db8::/33'], '2001:db8:7fff::1', true],
    [['2001:db8::/33'], '2001:db8:8000::1', false],
    [['10.0.0.1', '2001:db8::/32'], '2001:db8::1', true],
    [[], '192.0.2.1', false],
  ])('%j contain %s: %s', (cidrs, address, holds) => {
    expect(new AddressBlocks(cidrs).has(address)).toBe(holds);
  });

  it('contain an IPv4 address if its leading bits match', () => {
    const bits = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (net, address, prefix) => {
        const size = 2 ** (32 - prefix);
        const inside = Math.floor(bits(net) / size) === Math.floor(bits(address) / size);
        expect(new AddressBlocks([`${net}/${prefix}`]).has(canonicalAddress(address) ?? '')).toBe(inside);
      }),
    );
  });
});
