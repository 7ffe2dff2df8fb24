import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { refusalOfAddress } from '../../../shared/adapters/registry/internal-address.ts';

describe('refusalOfAddress', () => {
  it.each([
    '93.184.216.34',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.1',
    '172.32.0.1',
    '169.253.255.255',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ])('lets %s be asked', (address) => {
    expect(refusalOfAddress(address, false)).toBeUndefined();
  });

  it.each([
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '127.1.2.3',
    '100.64.0.1',
    'fd12::1',
    '::1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
  ])('lets %s be asked only where private addresses are allowed', (address) => {
    expect(refusalOfAddress(address, false)).toBe('a private address');
    expect(refusalOfAddress(address, true)).toBeUndefined();
  });

  it.each([
    '169.254.169.254',
    '169.254.170.2',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    'fe80::1',
    'fd00:ec2::254',
    'fd20:ce::254',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '0.0.0.0',
    '255.255.255.255',
    '224.0.0.1',
    '240.0.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '::',
    '::7f00:1',
    'ff02::1',
    'fec0::1',
    '2002:a9fe:a9fe::1',
    '2001:0:a9fe:a9fe::1',
    '2001:db8::1',
    '64:ff9b:1::a00:1',
    '4000::1',
    'fe80::1%eth0',
    'registry.example.com',
    '',
  ])('never lets %s be asked', (address) => {
    expect(refusalOfAddress(address, false)).toBeDefined();
    expect(refusalOfAddress(address, true)).toBeDefined();
  });

  it('judges an IPv4 address alike in every form that leads to it', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.boolean(), (address, allowPrivate) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const tail = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        const refusal = refusalOfAddress(address, allowPrivate);
        expect(refusalOfAddress(`::ffff:${tail}`, allowPrivate)).toBe(refusal);
        expect(refusalOfAddress(`64:ff9b::${tail}`, allowPrivate)).toBe(refusal);
      }),
    );
  });
});
