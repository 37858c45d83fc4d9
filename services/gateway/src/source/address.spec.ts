import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { canonicalAddress } from '@mission-control/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forwardedHops, type ProxyHeader } from './forwarded-hops.ts';
import { limitKeyOf } from './limit-key.ts';
import { createFindSender } from './sender-address.ts';

const address = fc.oneof(fc.ipV4(), fc.ipV6());
const bracketed = (text: string) => (isIP(text) === 6 ? `[${text}]` : text);
const port = fc.option(fc.integer({ min: 0, max: 65_535 }), { nil: undefined });

describe('an address', () => {
  it('has one canonical form, which is itself an address in canonical form', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          address,
          fc.string(),
          fc.tuple(address, fc.string()).map((two) => two.join('')),
        ),
        (text) => {
          const canonical = canonicalAddress(text);
          if (canonical === null) return;
          expect(isIP(canonical)).toBeGreaterThan(0);
          expect(canonicalAddress(canonical)).toBe(canonical);
          expect(limitKeyOf(canonical)).toBeTypeOf('string');
        },
      ),
    );
  });

  it('is the same in different case, with a zone, and mapped to IPv6', () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.ipV4(), (v6, v4) => {
        expect(canonicalAddress(v6)).not.toBeNull();
        expect(canonicalAddress(v6.toUpperCase())).toBe(canonicalAddress(v6));
        expect(canonicalAddress(`${v6}%eth0`)).toBe(canonicalAddress(v6));
        expect(canonicalAddress(`::ffff:${v4}`)).toBe(v4);
      }),
    );
  });
});

/** The header's entry for a hop, as a proxy writes it. */
const written = (header: ProxyHeader, hop: string, hopPort: number | undefined): string => {
  const withPort = hopPort === undefined ? hop : `${bracketed(hop)}:${hopPort}`;
  if (header === 'x-forwarded-for') return withPort;
  const node = hopPort === undefined ? bracketed(hop) : withPort;
  return `proto=https;for="${node}"`;
};

describe.each(['x-forwarded-for', 'forwarded'] as const)('%s', (header) => {
  it('gives the addresses back, nearest first', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(address, port), { minLength: 1 }), (hops) => {
        const value = hops.map(([hop, hopPort]) => written(header, hop, hopPort)).join(', ');
        expect(forwardedHops(header, value)).toEqual(hops.map(([hop]) => canonicalAddress(hop)).reverse());
      }),
    );
  });

  const trusted = fc.oneof(
    fc.tuple(fc.nat(255), fc.nat(255)).map(([a, b]) => `10.${a}.${b}.1`),
    fc.nat(0xfffe).map((part) => `fd00::${(part + 1).toString(16)}`),
  );
  const untrusted = fc.oneof(
    fc.nat(255).map((last) => `198.51.100.${last}`),
    fc.nat(0xfffe).map((part) => `2001:db8::${(part + 1).toString(16)}`),
  );
  const findSender = createFindSender({
    onUntrusted: () => {},
    trustedProxies: ['10.0.0.0/8', 'fd00::/8'],
    header,
  });
  const senderOf = (peer: string, value: string) =>
    findSender({
      socket: { remoteAddress: peer },
      headers: { [header]: value },
    } as unknown as IncomingMessage).ip;

  it('leads to the first untrusted hop from the right, and not beyond', () => {
    const hop = fc.oneof(
      trusted.map((ip) => ({ ip, isTrusted: true })),
      untrusted.map((ip) => ({ ip, isTrusted: false })),
    );
    fc.assert(
      fc.property(trusted, fc.array(hop, { minLength: 1 }), (peer, hops) => {
        const value = hops.map(({ ip }) => written(header, ip, undefined)).join(',');
        const expected = hops.findLast(({ isTrusted }) => !isTrusted) ?? hops[0];
        expect(senderOf(peer, value)).toBe(expected?.ip);
      }),
    );
  });

  it('goes no further, whatever a sender puts before the real entries', () => {
    const claim = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'for="[]:;,\\10. ') }), address);
    fc.assert(
      fc.property(claim, untrusted, fc.array(trusted), trusted, (claimed, sender, proxies, peer) => {
        const honest = [sender, ...proxies].map((ip) => written(header, ip, undefined)).join(', ');
        expect(senderOf(peer, `${claimed}, ${honest}`)).toBe(sender);
        expect(senderOf(sender, `${claimed}, ${honest}`)).toBe(sender);
      }),
    );
  });
});

it.each([
  ['blanks in a value', `for=a${' '.repeat(15_900)}b`],
  ['blanks after a quote', `for="${' '.repeat(15_900)}b`],
  ['tabs in a value', `for=a${'\t'.repeat(15_900)}b`],
  ['blanks before the equals sign', `for${' '.repeat(15_900)}b`],
  ['blanks before the name', `${' '.repeat(15_900)}b`],
  ['percent signs', `for=${'%'.repeat(15_900)}\u2028`],
])('a Forwarded header with %s takes about as long as one with letters', (_, value) => {
  const timeOf = (text: string): number => {
    const times = Array.from({ length: 5 }, () => {
      const startedAt = process.threadCpuUsage().user;
      forwardedHops('forwarded', text);
      return process.threadCpuUsage().user - startedAt;
    });
    return Math.min(...times);
  };
  expect(timeOf(value)).toBeLessThan(timeOf(`for=${'a'.repeat(15_900)}`) + 30_000);
});
