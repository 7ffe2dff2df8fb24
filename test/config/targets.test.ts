import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../shared/config/load.ts';
import { ConfigError } from '../../shared/domain/errors.ts';

const ROLE = 'arn:aws:iam::123456789012:role/pull';
const GOOD = {
  namespaces: ['shop'],
  secretNames: ['ecr-creds'],
  registries: ['123456789012.dkr.ecr.eu-west-1.amazonaws.com'],
  roleArn: ROLE,
};

function parse(...targets: readonly unknown[]) {
  const clusters = [{ name: 'prod-eu' }, { name: 'dev' }];
  return parseConfig(JSON.stringify({ clusters, slack: { channel: 'c' }, targets }), 'pullmedic.yaml').targets;
}

function errorOf(...targets: readonly unknown[]): string {
  try {
    parse(...targets);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('targets', () => {
  it('are none unless they are written', () => {
    expect(parse()).toEqual([]);
  });

  it('are filled in from the least that they need', () => {
    expect(parse(GOOD)).toEqual([
      {
        name: 'target-1',
        namespaces: { kind: 'names', names: ['shop'] },
        secretNames: ['ecr-creds'],
        registries: [
          {
            host: '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
            service: 'ecr',
            account: '123456789012',
            region: 'eu-west-1',
            isFips: false,
            isDualStack: false,
            isAnyHost: false,
          },
        ],
        role: { kind: 'assume', chain: [ROLE] },
        isCreated: false,
        retriesPods: false,
        attachTo: [],
        mode: 'auto',
      },
    ]);
  });

  it.each([
    {
      registry: { account: '123456789012', region: 'cn-north-1' },
      host: '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
    },
    {
      registry: { account: '123456789012', region: 'us-gov-west-1' },
      host: '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com',
    },
    {
      registry: { account: '123456789012', region: 'eusc-de-east-1' },
      host: '123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu',
    },
    { registry: 'public.ecr.aws', host: 'public.ecr.aws' },
    {
      registry: '123456789012.DKR.ecr-fips.us-gov-west-1.amazonaws.com',
      host: '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com',
    },
    { registry: '123456789012.dkr-ecr.eu-west-1.on.aws', host: '123456789012.dkr-ecr.eu-west-1.on.aws' },
  ])('take $registry as $host', ({ registry, host }) => {
    expect(parse({ ...GOOD, registries: [registry] })[0]?.registries.map((one) => one.host)).toEqual([host]);
  });

  it('take a chain of roles, our own identity by name, a label, one set of accounts or all', () => {
    const label = { key: 'tenancy.example.com/team', value: 'shop' };
    const { namespaces: _, ...rest } = GOOD;
    const [first, second] = parse(
      { ...rest, namespaceLabel: label, roleArn: [ROLE, `${ROLE}-2`], attachTo: 'all', repositories: ['shop/*'] },
      { ...GOOD, roleArn: 'none', attachTo: ['default'], mode: 'advise', create: true, clusters: ['dev'] },
    );
    expect(first).toMatchObject({
      namespaces: { kind: 'label', ...label },
      role: { kind: 'assume', chain: [ROLE, `${ROLE}-2`] },
      attachTo: 'all',
      repositories: ['shop/*'],
    });
    expect(second).toMatchObject({
      role: { kind: 'own' },
      attachTo: ['default'],
      mode: 'advise',
      isCreated: true,
      clusters: ['dev'],
    });
  });

  it.each([
    { what: 'no role', target: { ...GOOD, roleArn: undefined }, says: /targets\[0\]\.roleArn: .*role ARN.*`none`/ },
    {
      what: 'a role that is none',
      target: { ...GOOD, roleArn: 'my-role' },
      says: /targets\[0\]\.roleArn: expected a role ARN/,
    },
    { what: 'an empty chain', target: { ...GOOD, roleArn: [] }, says: /targets\[0\]\.roleArn: expected/ },
    {
      what: 'no namespaces',
      target: { ...GOOD, namespaces: undefined },
      says: /namespaces: is required.*namespaceLabel/,
    },
    {
      what: 'both kinds of namespaces',
      target: { ...GOOD, namespaceLabel: { key: 'a', value: 'b' } },
      says: /namespaceLabel: stands beside `namespaces`/,
    },
    { what: 'no secret', target: { ...GOOD, secretNames: [] }, says: /secretNames: expected at least one/ },
    {
      what: 'another registry',
      target: { ...GOOD, registries: ['ghcr.io'] },
      says: /registries\[0\]: expected a private ECR host/,
    },
    {
      what: 'a look-alike',
      target: { ...GOOD, registries: ['123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example'] },
      says: /registries\[0\]: expected a private ECR host/,
    },
    { what: 'a glob', target: { ...GOOD, registries: ['*.dkr.ecr.eu-west-1.amazonaws.com'] }, says: /registries\[0\]/ },
    {
      what: 'an account that YAML made a number',
      target: { ...GOOD, registries: [{ account: 123456789012, region: 'eu-west-1' }] },
      says: /registries\[0\]/,
    },
    {
      what: 'a cluster that is not configured',
      target: { ...GOOD, clusters: ['prod'] },
      says: /targets\[0\]\.clusters\[0\]: expected a configured cluster; the nearest one is `prod-eu`/,
    },
    {
      what: 'repositories without a role',
      target: { ...GOOD, roleArn: 'none', repositories: ['a'] },
      says: /repositories: needs a `roleArn`/,
    },
    {
      what: 'more repositories than a session policy holds',
      target: { ...GOOD, repositories: Array.from({ length: 100 }, (_, i) => `shop/${i}`) },
      says: /repositories: too many: a session policy of \d+ characters, STS takes 2048/,
    },
    {
      what: 'a key that is not known',
      target: { ...GOOD, secretName: 'a' },
      says: /secretName: unknown key; the nearest.*secretNames/,
    },
    { what: 'another mode', target: { ...GOOD, mode: 'ask' }, says: /mode: expected `auto` or `advise`/ },
  ])('are refused for $what', ({ target, says }) => {
    expect(errorOf(target)).toMatch(says);
  });

  it('have names of their own', () => {
    expect(errorOf({ ...GOOD, name: 'a' }, { ...GOOD, name: 'a' })).toMatch(
      /targets\[1\]\.name: expected a name that no/,
    );
  });
});
