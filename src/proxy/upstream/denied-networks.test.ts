import { describe, expect, test } from '@jest/globals';
import { defaultConfiguration } from '../../config/load.ts';
import { DeniedNetworks } from './denied-networks.ts';

describe('denied networks', () => {
  const denied = new DeniedNetworks(['169.254.0.0/16', '10.0.0.1', 'fd00:ec2::/32', 'fe80::/10']);

  test.each([
    '169.254.169.254',
    '10.0.0.1',
    'fd00:ec2::23',
    'fe80::1',
    'fe80::1%eth0',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '0:0:0:0:0:ffff:a9fe:a9fe',
    '::169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '64:ff9b:1::a9fe:a9fe',
    '64:ff9b:1:a9fe:a9:fe00::',
    '64:ff9b:1:a9:fe:a9fe::',
    '64:ff9b:1:7:a9:fea9:fe00:0',
    '::ffff:0:169.254.169.254',
    '2001:0:a9fe:a9fe::1',
    '2001:0:0102:0304:0:0:5601:5601',
    '2001:db8::5efe:169.254.169.254',
    '2001:db8::200:5efe:169.254.169.254',
    'not an address',
    '',
  ])('%s is denied', (address) => expect(denied.denies(address)).toBe(true));

  test.each([
    '169.253.0.1',
    '10.0.0.2',
    '127.0.0.1',
    '::1',
    '::ffff:127.0.0.1',
    '2001:db8::1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::7f00:1',
    '::ffff:0:127.0.0.1',
    '2001:0:102:304::',
  ])('%s is not', (address) => expect(denied.denies(address)).toBe(false));

  test('by default are link-local and metadata addresses', () => {
    const defaults = new DeniedNetworks(defaultConfiguration().upstream.deniedCIDRs);
    // Those that the schema refuses by name, so that a name of DNS leads to none of them either.
    const metadata = ['169.254.169.254', '169.254.170.23', '100.100.100.200', '168.63.129.16', '192.0.0.192'];
    for (const address of [...metadata, 'fe80::1', 'fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254']) {
      expect([address, defaults.denies(address)]).toEqual([address, true]);
    }
    expect(defaults.denies('93.184.216.34')).toBe(false);
  });

  test('must be in CIDR notation', () => {
    expect(() => new DeniedNetworks(['example.com'])).toThrow('"example.com" is not a network in CIDR notation');
  });
});
