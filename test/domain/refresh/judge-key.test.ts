import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { matchRegistryKeys, parseRegistryKey } from '../../../shared/domain/pull-secret/registry-key.ts';
import { judgeKey } from '../../../shared/domain/refresh/judge-key.ts';
import { refreshTarget } from '../../support/refresh-builders.ts';

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const OTHER = '999999999999.dkr.ecr.eu-west-1.amazonaws.com';
const exact = refreshTarget({ registries: [HOST] });
const anyHost = refreshTarget({ registries: [{ account: '123456789012', region: 'eu-west-1' }] });
const publicEcr = refreshTarget({ registries: ['public.ecr.aws'] });

describe('judgeKey', () => {
  it.each([
    { key: HOST },
    { key: `https://${HOST}` },
    { key: `http://${HOST}/v2/` },
    { key: `${HOST}/team/app` },
    { key: `${HOST}:443` },
    { key: '*.dkr.ecr.eu-west-1.amazonaws.com' },
    { key: '123456789012.dkr.ecr.*.amazonaws.com' },
    { key: '1234*.dkr.ecr.eu-*-1.amazonaws.com' },
    { key: '123456789012.dkr.ecr-fips.eu-west-1.amazonaws.com', target: anyHost },
    { key: '123456789012.dkr-ecr.eu-west-1.on.aws', target: anyHost },
    { key: 'public.ecr.aws', target: publicEcr },
    { key: 'https://public.ecr.aws/registry', target: publicEcr },
  ])('gives a token to $key', ({ key, target = exact }) => {
    expect(judgeKey(key, [target])).toMatchObject({ kind: 'ours', target });
  });

  it.each([
    { key: OTHER, kind: 'foreign' },
    { key: `https://${OTHER}/x`, kind: 'foreign' },
    { key: '123456789012.dkr.ecr.us-east-1.amazonaws.com', kind: 'foreign' },
    { key: '123456789012.dkr.ecr-fips.eu-west-1.amazonaws.com', kind: 'foreign' },
    { key: 'public.ecr.aws', kind: 'foreign' },
    { key: '*.dkr.ecr.us-east-1.amazonaws.com', kind: 'foreign' },
    { key: `${HOST}.evil.example`, kind: 'look-alike' },
    { key: `${HOST}.`, kind: 'look-alike' },
    { key: '123456789012.dkr.ecr.eu-west-1.amazonaws.co', kind: 'look-alike' },
    { key: '123456789012.dkr.ecr.eu-west-1.arnazonaws.com', kind: 'look-alike' },
    { key: `evil.example/${HOST}`, kind: 'other' },
    { key: `https://${HOST}@evil.example`, kind: 'other' },
    { key: `https://evil.example@${HOST}`, kind: 'ours' },
    { key: `${HOST}:8443`, kind: 'look-alike' },
    // Globs that reach beyond ECR: whoever controls a.b.c.d.evil.example would get the token.
    { key: '*.*.*.*.*.*', kind: 'look-alike' },
    { key: '*.dkr.ecr.eu-west-1.*.com', kind: 'look-alike' },
    { key: '*.*.*.*.amazonaws.com', kind: 'look-alike' },
    { key: '*.dkr.ecr.eu-west-1.amazonaws.*', kind: 'look-alike' },
    { key: '*.*.*', kind: 'other' },
    { key: 'ghcr.io', kind: 'other' },
    { key: '__proto__', kind: 'other' },
    { key: 'https://index.docker.io/v1/', kind: 'other' },
  ])('calls $key $kind', ({ key, kind }) => {
    expect(judgeKey(key, [exact]).kind).toBe(kind);
  });

  it('never gives a token to a key that the kubelet would use for a host outside ECR', () => {
    const label = fc.constantFrom(
      '*',
      '123456789012',
      'dkr',
      'ecr',
      'eu-west-1',
      'amazonaws',
      'com',
      '?om',
      '[a-z]*',
      'evil',
    );
    fc.assert(
      fc.property(fc.array(label, { minLength: 5, maxLength: 7 }), (labels) => {
        const key = labels.join('.');
        if (judgeKey(key, [exact]).kind !== 'ours') return;
        const parsed = parseRegistryKey(key);
        for (const registry of ['a.b.c.d.evil.com', 'x.dkr.ecr.eu-west-1.evil.com', 'a.b.c.d.amazonaws.com']) {
          expect(matchRegistryKeys([parsed], { registry, repository: 'x' })).toEqual([]);
        }
      }),
    );
  });
});
