import { describe, expect, it } from 'vitest';
import { AddressGuard, defaultDenyCidrs } from './address-guard.ts';

const guard = (privateOnly = false) => new AddressGuard(defaultDenyCidrs, { privateOnly });

describe('the address guard', () => {
  it.each([
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::169.254.169.254',
    'fe80::1',
    'fd00:ec2::254',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
  ])('denies the link-local or metadata address %s', (address) => {
    expect(guard().rejectionOf(address)).toMatchObject({ code: 'address_denied' });
  });

  it.each(['127.0.0.1', '::1', '10.1.2.3', '93.184.216.34', '2606:4700::1'])('allows %s', (address) => {
    expect(guard().rejectionOf(address)).toBeNull();
  });

  it.each(['93.184.216.34', '2606:4700::1'])('denies the public address %s without TLS', (address) => {
    expect(guard(true).rejectionOf(address)).toMatchObject({ code: 'plaintext_denied' });
  });

  it.each(['127.0.0.1', '::1', '10.1.2.3', '192.168.1.1', '100.64.0.1', 'fd12::1', '::ffff:10.0.0.1'])(
    'allows the private address %s without TLS',
    (address) => {
      expect(guard(true).rejectionOf(address)).toBeNull();
    },
  );

  it.each([
    [['::/0'], '93.184.216.34', true],
    [['::/0'], '2606:4700::1', false],
    [['0.0.0.0/0'], '2606:4700::1', true],
    [['0.0.0.0/0'], '::ffff:93.184.216.34', false],
    [['::ffff:10.0.0.0/104'], '10.1.2.3', false],
  ])('that denies %j allows %s: %s', (denied, address, allowed) => {
    const rejection = new AddressGuard(denied, { privateOnly: false }).rejectionOf(address);
    expect(rejection === null).toBe(allowed);
  });

  it.each([
    ['one address', false],
    ['all addresses', true],
  ])('fails the lookup of a name with a denied address, asked for %s', async (_, all) => {
    const denying = new AddressGuard(['127.0.0.0/8', '::1'], { privateOnly: false });
    const found = Promise.withResolvers<Error | null>();
    denying.lookup('localhost', { all }, (error) => found.resolve(error));
    expect(await found.promise).toMatchObject({ code: 'address_denied' });
  });

  it('returns the addresses of an allowed name in the form that was asked for', async () => {
    const one = Promise.withResolvers<unknown[]>();
    guard().lookup('localhost', { family: 4 }, (...found) => one.resolve(found));
    expect(await one.promise).toEqual([null, '127.0.0.1', 4]);
    const all = Promise.withResolvers<unknown[]>();
    guard().lookup('localhost', { family: 4, all: true }, (...found) => all.resolve(found));
    expect(await all.promise).toEqual([null, [{ address: '127.0.0.1', family: 4 }]]);
  });

  it.each(['10.0.0.0/33', '10.0.0/8', 'fe80::/129', 'localhost', '', '10.0.0.0/'])(
    'rejects %j as a CIDR and names it',
    (cidr) => {
      expect(() => new AddressGuard([cidr], { privateOnly: false })).toThrow(`"${cidr}" is not an address`);
    },
  );
});
