import { describe, expect, it } from '@jest/globals';
import { credential, openRegistry } from './ask.ts';
import { createTestAuthority } from './certificates.ts';
import { startedRegistries } from './started.ts';
import { answerManifest } from './test-registry.ts';

const SECRETS = [credential('ann', 'hunter2-hunter2-hunter2')];
const { authority, serve, start } = startedRegistries();

describe('addresses', () => {
  it.each([
    '10.0.0.5',
    '127.0.0.1',
    '169.254.169.254',
    '100.100.100.200',
    '168.63.129.16',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    'fd00:ec2::254',
    '::ffff:10.0.0.5',
    '64:ff9b::a00:5',
    '2002:a00:5::1',
  ])('does not connect to a name that leads to %s', async (address) => {
    const registry = openRegistry({
      entries: [{ host: 'registry.test' }],
      // One public address beside it does not help.
      dns: { 'registry.test': [['93.184.216.34', address]] },
    });
    const { answer, gaps } = await registry.ask('registry.test/app:1', { credentials: SECRETS });
    expect(answer).toBeUndefined();
    expect(gaps[0]).toMatchObject({ what: 'registry registry.test could not be asked' });
    expect(gaps[0]?.why).toMatch(/^it is at .*, a (?:private|link-local|metadata|reserved) address/);
    expect(registry.resolved).toEqual(['registry.test']);
  });

  it.each([
    '169.254.169.254',
    'fe80::1',
    'fd00:ec2::254',
    '100.100.100.200',
    '168.63.129.16',
    '::ffff:169.254.169.254',
  ])('does not connect to %s even where private addresses are allowed', async (address) => {
    const registry = openRegistry({
      entries: [{ host: 'registry.test', allowPrivate: true }],
      dns: { 'registry.test': [[address]] },
    });
    const { answer, gaps } = await registry.ask('registry.test/app:1');
    expect(answer).toBeUndefined();
    expect(gaps[0]?.why).toMatch(/a (?:link-local|metadata) address$/);
  });

  it.each(['169.254.169.254', '0x7f000001', '017700000001'])('does not ask a configured %s', async (host) => {
    const registry = openRegistry({
      entries: [{ host: `${host}:80`, allowPrivate: true, proxy: 'http://127.0.0.1:1' }],
    });
    const { answer, gaps } = await registry.ask(`${host}:80/app:1`);
    expect(answer).toBeUndefined();
    expect(gaps[0]?.why).toMatch(/a link-local address|in a notation that hides it/);
  });

  it('connects to what was resolved and checked, whatever the name leads to a moment later', async () => {
    const server = await serve((_, response) => answerManifest(response), ['registry.test']);
    const registry = openRegistry({
      entries: [{ host: `registry.test:${server.port}`, allowPrivate: true, caBundle: 'env:CA' }],
      dns: { 'registry.test': [['127.0.0.1'], ['169.254.169.254']] },
      caBundle: authority.certificate,
    });
    const image = `registry.test:${server.port}/app:1`;
    expect((await registry.ask(image)).answer?.attempts).toMatchObject([{ result: 'found' }]);
    expect(registry.resolved).toEqual(['registry.test']);
    // While the connection lives the next question takes it, and no resolver is asked what it says now.
    registry.advance(300_000);
    expect((await registry.ask(image)).answer?.attempts).toMatchObject([{ result: 'found' }]);
    expect(registry.resolved).toEqual(['registry.test']);
    expect(server.requests).toHaveLength(2);
  });

  it('refuses a name that leads to an internal address by now', async () => {
    const server = await serve((_, response) => answerManifest(response), ['registry.test']);
    const entries = [{ host: `registry.test:${server.port}`, allowPrivate: true, caBundle: 'env:CA' as const }];
    const caBundle = authority.certificate;
    const image = `registry.test:${server.port}/app:1`;
    const before = openRegistry({ entries, dns: { 'registry.test': [['127.0.0.1']] }, caBundle });
    expect((await before.ask(image)).answer?.attempts).toMatchObject([{ result: 'found' }]);
    const after = openRegistry({ entries, dns: { 'registry.test': [['169.254.169.254']] }, caBundle });
    expect((await after.ask(image)).gaps[0]?.why).toContain('a link-local address');
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    { name: 'does not resolve', dns: {}, why: 'its name does not resolve (ENOTFOUND)' },
    { name: 'refuses the connection', dns: { 'registry.test': [['127.0.0.1']] }, why: 'the connection was refused' },
  ])('says of a host that $name', async ({ dns, why }) => {
    const registry = openRegistry({ entries: [{ host: 'registry.test:1', allowPrivate: true }], dns });
    const { answer, gaps } = await registry.ask('registry.test:1/app:1');
    expect(answer).toBeUndefined();
    expect(gaps[0]?.why).toContain(why);
  });

  it.each([
    { name: 'an unknown authority', names: ['registry.test'], caBundle: createTestAuthority().certificate },
    { name: 'another name', names: ['other.test'], caBundle: authority.certificate },
  ])('trusts no certificate of $name', async ({ names, caBundle }) => {
    const server = await serve((_, response) => answerManifest(response), names);
    const host = `registry.test:${server.port}`;
    const registry = openRegistry({
      entries: [{ host, allowPrivate: true, caBundle: 'env:CA' }],
      dns: { 'registry.test': [['127.0.0.1']] },
      caBundle,
    });
    const { answer, gaps } = await registry.ask(`${host}/app:1`, { credentials: SECRETS });
    expect(answer).toBeUndefined();
    expect(gaps[0]?.why).toMatch(/^TLS failed: /);
    expect(server.requests).toEqual([]);
  });

  it('speaks TLS to a private host that is not loopback by its name', async () => {
    const server = await serve((_, response) => answerManifest(response));
    const host = `registry.test:${server.port}`;
    const registry = openRegistry({
      entries: [{ host, allowPrivate: true }],
      dns: { 'registry.test': [['127.0.0.1']] },
    });
    expect((await registry.ask(`${host}/app:1`)).answer).toBeUndefined();
    expect(server.requests).toEqual([]);
  });

  it('does not ask where the caBundle cannot be read', async () => {
    const { server, registry, image } = await start((_, response) => answerManifest(response), {});
    expect((await registry.ask(image)).answer).toBeDefined();
    const without = openRegistry({ entries: [{ host: server.address, allowPrivate: true, caBundle: 'env:NONE' }] });
    const { answer, gaps } = await without.ask(image);
    expect(answer).toBeUndefined();
    expect(gaps[0]?.why).toContain('env:NONE: does not exist');
    expect(server.requests).toHaveLength(1);
  });
});
