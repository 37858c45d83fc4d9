import type { IncomingMessage } from 'node:http';
import { canonicalAddress } from '@mission-control/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forwardedHops, type ProxyHeader } from './forwarded-hops.ts';
import { limitKeyOf } from './limit-key.ts';
import { createFindSender } from './sender-address.ts';

const senderOf = (
  peer: string,
  headers: Record<string, string>,
  trustedProxies: readonly string[] = ['10.0.0.0/8', 'fd00::/8'],
  header: ProxyHeader = 'x-forwarded-for',
) =>
  createFindSender({ trustedProxies, header, onUntrusted: () => {} })({
    socket: { remoteAddress: peer },
    headers,
  } as unknown as IncomingMessage).ip;

describe('where a request comes from', () => {
  it.each([
    ['the peer', '198.51.100.7', {}, '198.51.100.7'],
    ['an IPv4 peer on an IPv6 socket', '::ffff:198.51.100.7', {}, '198.51.100.7'],
    [
      'an untrusted peer, whatever it claims',
      '198.51.100.7',
      { 'x-forwarded-for': '1.1.1.1' },
      '198.51.100.7',
    ],
    ['the hop before a trusted proxy', '10.0.0.1', { 'x-forwarded-for': '198.51.100.7' }, '198.51.100.7'],
    [
      'a trusted proxy on an IPv6 socket',
      '::ffff:10.0.0.1',
      { 'x-forwarded-for': '198.51.100.7' },
      '198.51.100.7',
    ],
    [
      'the first untrusted hop from the right',
      '10.0.0.1',
      { 'x-forwarded-for': '1.1.1.1, 198.51.100.7, 10.2.3.4' },
      '198.51.100.7',
    ],
    [
      'the farthest hop if all are trusted',
      '10.0.0.1',
      { 'x-forwarded-for': '10.9.9.9, 10.2.3.4' },
      '10.9.9.9',
    ],
    [
      'the last valid hop before a malformed entry',
      '10.0.0.1',
      { 'x-forwarded-for': '1.1.1.1, nonsense, 10.2.3.4' },
      '10.2.3.4',
    ],
    ['the peer if the entry is malformed', '10.0.0.1', { 'x-forwarded-for': 'unknown' }, '10.0.0.1'],
    ['the peer if the header is empty', '10.0.0.1', { 'x-forwarded-for': '' }, '10.0.0.1'],
    ['the peer if only the other header is present', '10.0.0.1', { forwarded: 'for=1.1.1.1' }, '10.0.0.1'],
    ['an entry with a port', '10.0.0.1', { 'x-forwarded-for': '198.51.100.7:4711' }, '198.51.100.7'],
    ['IPv6 behind an IPv6 proxy', 'fd00::1', { 'x-forwarded-for': '2001:DB8:0::7' }, '2001:db8::7'],
    [
      'a mapped address in hexadecimal',
      '10.0.0.1',
      { 'x-forwarded-for': '::ffff:c633:6407' },
      '198.51.100.7',
    ],
    ['the peer if the entry is octal', '10.0.0.1', { 'x-forwarded-for': '0306.51.100.7' }, '10.0.0.1'],
  ])('is %s', (_, peer, headers, expected) => {
    expect(senderOf(peer, headers as Record<string, string>)).toBe(expected);
  });

  it.each([
    ['for=198.51.100.7;proto=https;by=10.0.0.1', '198.51.100.7'],
    ['For="[2001:db8::7]:4711"', '2001:db8::7'],
    ['for="[2001:db8::7]"', '2001:db8::7'],
    ['for=1.1.1.1, for=198.51.100.7, for=10.1.1.1', '198.51.100.7'],
    ['for="1.1.1.1, for=198.51.100.7', '198.51.100.7'],
    ['for=_hidden', '10.0.0.1'],
    ['for=unknown', '10.0.0.1'],
    ['proto=https', '10.0.0.1'],
    ['for=[198.51.100.7]', '10.0.0.1'],
  ])('Forwarded: %s means %s', (value, expected) => {
    const headers = { forwarded: value, 'x-forwarded-for': '6.6.6.6' };
    expect(senderOf('10.0.0.1', headers, ['10.0.0.0/8'], 'forwarded')).toBe(expected);
  });

  it('is a valid address, whatever the header contains', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('forwarded', 'x-forwarded-for'), (value, header) => {
        expect(
          canonicalAddress(senderOf('10.0.0.1', { [header]: value }, ['0.0.0.0/0', '::/0'], header)),
        ).not.toBeNull();
        forwardedHops(header, value);
      }),
    );
  });
});

describe('limits', () => {
  it('count IPv4 per address and IPv6 per /64', () => {
    expect(limitKeyOf('198.51.100.7')).toBe('198.51.100.7');
    expect(limitKeyOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
    expect(limitKeyOf('2001:db8:1:2::')).toBe('2001:db8:1:2::/64');
    expect(limitKeyOf('2001:db8:1:3::1')).not.toBe('2001:db8:1:2::/64');
  });
});
