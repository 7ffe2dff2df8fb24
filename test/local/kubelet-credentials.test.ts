import { describe, expect, it } from '@jest/globals';
import { findCredentials, isKeyMatching } from '../../infra/local/kubelet/credentials.ts';
import { goDuration } from '../../infra/local/kubelet/ensure-image.ts';
import type { SecretObject } from '../../infra/local/kubernetes/objects.ts';
import { parseReference } from '../../infra/local/registry/reference.ts';

function secret(auths: unknown, type = 'kubernetes.io/dockerconfigjson'): SecretObject {
  const isConfigJson = type === 'kubernetes.io/dockerconfigjson';
  const text = typeof auths === 'string' ? auths : JSON.stringify(isConfigJson ? { auths } : auths);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type,
    metadata: { name: 's', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    data: { [isConfigJson ? '.dockerconfigjson' : '.dockercfg']: Buffer.from(text).toString('base64') },
  };
}

function login(username: string) {
  return { username, password: 'p' };
}

function users(auths: unknown, repository: string, type?: string): readonly string[] {
  return findCredentials([secret(auths, type)], repository).map(({ username }) => username);
}

describe('which credentials the kubelet tries', () => {
  it.each([
    { key: 'ghcr.io', target: 'ghcr.io/acme/app', isMatching: true },
    { key: 'ghcr.io', target: 'xghcr.io/acme/app', isMatching: false },
    { key: 'ghcr.io/acme', target: 'ghcr.io/acme/app', isMatching: true },
    { key: 'ghcr.io/acme', target: 'ghcr.io/other/app', isMatching: false },
    { key: '*.example.com', target: 'a.example.com/x', isMatching: true },
    { key: '*.example.com', target: 'a.b.example.com/x', isMatching: false },
    { key: '*.example.com', target: 'example.com/x', isMatching: false },
    { key: 'reg-?.example.com', target: 'reg-1.example.com/x', isMatching: true },
    { key: 'example.com:5000', target: 'example.com:5000/x', isMatching: true },
    { key: 'example.com', target: 'example.com:5000/x', isMatching: false },
    { key: 'a.example.com', target: 'a-example.com/x', isMatching: false },
  ])('$key matches $target: $isMatching', ({ key, target, isMatching }) => {
    expect(isKeyMatching(key, target)).toBe(isMatching);
  });

  it('prefers the longest key, ignores the scheme, and knows the old name of Docker Hub', () => {
    const auths = { 'ghcr.io': login('host'), 'https://ghcr.io/acme': login('path') };
    expect(users(auths, 'ghcr.io/acme/app')).toEqual(['path', 'host']);
    expect(users(auths, 'ghcr.io/other/app')).toEqual(['host']);
    expect(users({ 'https://index.docker.io/v1/': login('hub') }, 'docker.io/library/nginx')).toEqual(['hub']);
    expect(users({ 'https://index.docker.io/v1/': login('hub') }, 'ghcr.io/library/nginx')).toEqual([]);
  });

  it('reads auth before user name and password, and the legacy type', () => {
    const auth = Buffer.from('fromauth:p').toString('base64');
    expect(users({ 'ghcr.io': { ...login('ignored'), auth } }, 'ghcr.io/a')).toEqual(['fromauth']);
    expect(users({ 'ghcr.io': login('old') }, 'ghcr.io/a', 'kubernetes.io/dockercfg')).toEqual(['old']);
  });

  it.each([
    { what: 'text that is no JSON', secrets: [secret('{')] },
    { what: 'another type', secrets: [secret({ 'ghcr.io': login('a') }, 'Opaque')] },
    { what: 'an entry without a password', secrets: [secret({ 'ghcr.io': { username: 'a' } })] },
    { what: 'an auth without a colon', secrets: [secret({ 'ghcr.io': { auth: 'YWJj' } })] },
  ])('skips $what', ({ secrets }) => {
    expect(findCredentials(secrets, 'ghcr.io/a')).toEqual([]);
  });
});

describe('image references', () => {
  it.each([
    { text: 'nginx', full: 'docker.io/library/nginx:latest' },
    { text: 'acme/app:v1', full: 'docker.io/acme/app:v1' },
    { text: 'localhost/app', full: 'localhost/app:latest' },
    { text: '127.0.0.1:5000/team/app:v1', full: '127.0.0.1:5000/team/app:v1' },
    { text: `ghcr.io/a/b:v1@sha256:${'0'.repeat(64)}`, full: `ghcr.io/a/b:v1@sha256:${'0'.repeat(64)}` },
  ])('$text is $full', ({ text, full }) => {
    expect(parseReference(text)).toMatchObject({ full });
  });

  it.each(['', 'a b', 'nginx:', 'nginx:bad:tag', 'a//b', '-a/b', `nginx:${'t'.repeat(129)}`, 'nginx@sha256:12'])(
    'refuses %j',
    (text) => {
      expect(parseReference(text)).toHaveProperty('error');
    },
  );
});

it.each([
  { ms: 0, text: '0s' },
  { ms: 885.9, text: '885ms' },
  { ms: 1200, text: '1.2s' },
  { ms: 114_325, text: '1m54.325s' },
  { ms: 3_600_000, text: '1h0m0s' },
])('$ms ms is $text in Go', ({ ms, text }) => {
  expect(goDuration(ms)).toBe(text);
});
