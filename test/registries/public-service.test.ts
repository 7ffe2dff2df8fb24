import { describe, expect, it } from '@jest/globals';
import { matchesHost } from '../../shared/registries/host-pattern.ts';
import { HOST_FAMILIES } from '../../shared/registries/hosts/index.ts';
import { apiHostOf, publicServiceOf } from '../../shared/registries/public-service.ts';

describe('publicServiceOf', () => {
  it.each([
    { host: 'docker.io', realmHost: 'auth.docker.io' },
    { host: 'registry-1.docker.io', realmHost: 'auth.docker.io' },
    { host: 'registry.gitlab.com', realmHost: 'gitlab.com' },
    { host: 'nvcr.io:443', realmHost: 'authn.nvidia.com' },
  ])('knows the token service of $host', ({ host, realmHost }) => {
    expect(publicServiceOf(host)?.realmHosts).toContain(realmHost);
  });

  it.each([
    'ghcr.io',
    'quay.io',
    'registry.k8s.io',
    'mcr.microsoft.com',
    'public.ecr.aws',
    'europe-docker.pkg.dev',
    'acme.azurecr.io',
  ])('%s may be asked', (host) => {
    expect(publicServiceOf(host)).toBeDefined();
  });

  it.each([
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    'ghcr.io:8443',
    'ghcr.io.evil.example',
    'evilghcr.io',
    'evil-pkg.dev',
    'auth.docker.io',
    'registry.example.com',
    'localhost',
    '',
  ])('%s may not be asked without configuration', (host) => {
    expect(publicServiceOf(host)).toBeUndefined();
  });

  it('names hosts only, without scheme, port or path', () => {
    const named = HOST_FAMILIES.flatMap(({ publicService: service }) => [
      ...(service?.realmHosts ?? []),
      ...(service?.redirectHosts ?? []),
      ...Object.values(service?.apiHosts ?? {}),
    ]);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((host) => !/^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(host))).toEqual([]);
    // A credential may go to a realm: never to a pattern.
    expect(HOST_FAMILIES.flatMap((family) => family.publicService?.realmHosts ?? []).join(' ')).not.toContain('*');
  });
});

describe('apiHostOf', () => {
  it.each([
    { host: 'docker.io', api: 'registry-1.docker.io' },
    { host: 'Docker.IO:443', api: 'registry-1.docker.io' },
    { host: 'ghcr.io', api: 'ghcr.io' },
    { host: 'registry.example.com:5000', api: 'registry.example.com:5000' },
  ])('$host is asked at $api', ({ host, api }) => {
    expect(apiHostOf(host)).toBe(api);
  });
});

describe('matchesHost', () => {
  it.each([
    { pattern: 'registry.example.com', host: 'Registry.example.com', isMatch: true },
    { pattern: 'registry.example.com', host: 'registry.example.com:5000', isMatch: false },
    { pattern: 'registry.example.com:5000', host: 'registry.example.com:5000', isMatch: true },
    { pattern: 'registry.example.com', host: 'registry.example.com.evil.example', isMatch: false },
    { pattern: '*.example.com', host: 'a.example.com', isMatch: true },
    { pattern: '*.example.com', host: 'a.b.example.com', isMatch: true },
    { pattern: '*.example.com', host: 'example.com', isMatch: false },
    { pattern: '*.example.com', host: '.example.com', isMatch: false },
    { pattern: '*.example.com', host: 'evilexample.com', isMatch: false },
    { pattern: '*.example.com', host: 'a.example.com:5000', isMatch: false },
    { pattern: '*.example.com:5000', host: 'a.example.com:5000', isMatch: true },
    { pattern: '*.0.0.1', host: '127.0.0.1', isMatch: false },
  ])('$pattern means $host: $isMatch', ({ pattern, host, isMatch }) => {
    expect(matchesHost(pattern, host)).toBe(isMatch);
  });
});
