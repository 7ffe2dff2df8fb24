import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PULL_ALERT_NAMES } from '../../shared/config/defaults.ts';
import { parseConfig } from '../../shared/config/load.ts';
import { ConfigError } from '../../shared/domain/errors.ts';

const SMALLEST = 'clusters: [{ name: prod-eu }]\nslack: { channel: image-pulls }\n';

/** The error text for a file; fails the test when the file is accepted. */
function errorOf(text: string): string {
  try {
    parseConfig(text, 'pullmedic.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('the configuration was accepted');
}

describe('parseConfig', () => {
  it('fills in everything from one cluster and one channel', () => {
    expect(parseConfig(SMALLEST, 'pullmedic.yaml')).toEqual({
      clusters: [
        {
          name: 'prod-eu',
          environment: 'prod',
          access: {
            kind: 'kubeconfig',
            kubeconfig: 'aws-sm:pullmedic/clusters/prod-eu#kubeconfig',
            context: undefined,
          },
        },
      ],
      alerts: {
        names: [...PULL_ALERT_NAMES],
        clusterLabel: 'cluster',
        tokens: [{ scheme: 'bearer', current: 'aws-sm:pullmedic/alerts#token' }],
        watchdog: { name: 'Watchdog', silentAfterMinutes: 15 },
      },
      routes: { rules: [], allowedChannels: [], allowedLinkHosts: [] },
      slack: {
        channel: 'image-pulls',
        botToken: 'aws-sm:pullmedic/slack#botToken',
        signingSecret: 'aws-sm:pullmedic/slack#signingSecret',
        apiUrl: 'https://slack.com/api/',
      },
      limits: { timeScale: 1, buzzesPerHour: 6, countEditSeconds: 30 },
      events: true,
      askRegistries: true,
      registries: [],
      ecr: { accounts: [] },
      targets: [],
      refresh: { everyMinutes: 120 },
      preflight: { everyHours: 24 },
      policy: { mode: 'by-rule', rules: [], argoCdManualSync: [] },
      alertmanagers: [],
    });
  });

  it('writes registries in lower case and asks no private address unless it is told to', () => {
    const { registries } = parseConfig(
      `${SMALLEST}registries: [{ host: "Registry.Example.com:5000" }, { host: "*.hub.example.com", proxy: "http://proxy:3128", caBundle: "ssm:/ca", realmHosts: [Login.example.com], allowPrivate: true }]`,
      'x',
    );
    expect(registries).toEqual([
      { host: 'registry.example.com:5000', realmHosts: [], allowPrivate: false },
      {
        host: '*.hub.example.com',
        proxy: 'http://proxy:3128',
        caBundle: 'ssm:/ca',
        realmHosts: ['login.example.com'],
        allowPrivate: true,
      },
    ]);
  });

  it('takes an account of ECR with a role or without', () => {
    const role = 'arn:aws:iam::012345678901:role/ask';
    const { ecr } = parseConfig(
      `${SMALLEST}ecr: { accounts: [{ id: "012345678901", roleArn: "${role}" }, { id: "123456789012" }] }`,
      'x',
    );
    expect(ecr.accounts).toEqual([{ id: '012345678901', roleArn: role }, { id: '123456789012' }]);
  });

  it.each([
    '*',
    '*.com',
    'a.*.example.com',
    'https://registry.example.com',
    'registry.example.com/team',
    'user@registry.example.com',
    '*.example.com.',
    '-a.example.com',
    'a..example.com',
    '*.*.example.com',
    'registry.example.com:port',
  ])('refuses %s as a registry', (host) => {
    expect(errorOf(`${SMALLEST}registries: [{ host: "${host}" }]`)).toContain(
      'registries[0].host: expected a host as images spell it',
    );
  });

  it.each(['localhost:5000', '10.0.0.7:5000', 'registry', '*.example.com:5000', 'a-b.example.com'])(
    'takes %s as a registry',
    (host) => {
      expect(parseConfig(`${SMALLEST}registries: [{ host: "${host}" }]`, 'x').registries[0]?.host).toBe(host);
    },
  );

  it('writes the address of an Alertmanager without its last slash', () => {
    const { alertmanagers } = parseConfig(
      `${SMALLEST}alertmanagers: [{ url: "https://am.example.com/prom/", auth: { credential: "env:AM" } }]`,
      'x',
    );
    expect(alertmanagers).toEqual([
      { url: 'https://am.example.com/prom', auth: { scheme: 'bearer', credential: 'env:AM' } },
    ]);
  });

  it('reads the same file as JSON', () => {
    const json = JSON.stringify({ clusters: [{ name: 'prod-eu' }], slack: { channel: 'image-pulls' } });
    expect(parseConfig(json, 'x')).toEqual(parseConfig(SMALLEST, 'x'));
  });

  it('adds alert names to the built-in ones, once each', () => {
    const { alerts } = parseConfig(`${SMALLEST}alerts: { names: [OurPulls, KubeContainerWaiting] }`, 'x');
    expect(alerts.names).toEqual([...PULL_ALERT_NAMES, 'OurPulls']);
  });

  it('writes channels without their number sign, and the API address with its slash', () => {
    const config = parseConfig(
      'clusters: [{ name: a }]\nslack: { channel: "#a", apiUrl: "http://127.0.0.1:1/api" }\nroutes: { rules: [{ channel: "#b" }], allowedChannels: ["#c"] }',
      'x',
    );
    expect([config.slack.channel, config.routes.rules[0]?.channel, config.routes.allowedChannels[0]]).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(config.slack.apiUrl).toBe('http://127.0.0.1:1/api/');
    expect(config.routes.rules[0]?.namespaces).toEqual(['*']);
  });

  it.each([
    { file: 'clusters: [{ name: a, access: { kind: eks, region: eu-west-1 } }]', kind: 'eks', clusterName: 'a' },
    {
      file: 'clusters: [{ name: a, access: { kind: eks, region: eu-west-1, clusterName: b } }]',
      kind: 'eks',
      clusterName: 'b',
    },
    { file: 'clusters: [{ name: a, access: { kind: in-cluster } }]', kind: 'in-cluster', clusterName: undefined },
  ])('reaches a cluster as $file says', ({ file, kind, clusterName }) => {
    const [cluster] = parseConfig(`${file}\nslack: { channel: a }`, 'x').clusters;
    expect(cluster?.access.kind).toBe(kind);
    expect(cluster?.access.kind === 'eks' ? cluster.access.clusterName : undefined).toBe(clusterName);
  });

  it.each([
    {
      says: 'the nearest key at the top',
      file: `${SMALLEST}alert: {}`,
      line: 3,
      words: 'alert: unknown key; the nearest known one is `alerts`',
    },
    {
      says: 'the nearest key of a section',
      file: 'clusters: [{ name: a }]\nslack:\n  chanel: x',
      line: 3,
      words: 'slack.chanel: unknown key; the nearest known one is `channel`',
    },
    {
      says: 'the nearest key of a list entry',
      file: 'slack: { channel: a }\nclusters:\n  - nmae: a',
      line: 3,
      words: 'clusters[0].nmae: unknown key; the nearest known one is `name`',
    },
    {
      says: 'the nearest key of the chosen kind of access',
      file: 'slack: { channel: a }\nclusters: [{ name: a, access: { kind: eks, region: eu-west-1, clustername: b } }]',
      line: 2,
      words: 'clusters[0].access.clustername: unknown key; the nearest known one is `clusterName`',
    },
    {
      says: 'that an Alertmanager of an unknown cluster is a mistake',
      file: `${SMALLEST}alertmanagers: [{ url: "http://am", clusters: [prod-us] }]`,
      line: 3,
      words: 'alertmanagers[0].clusters[0]: expected a configured cluster; the nearest one is `prod-eu`',
    },
    {
      says: 'that basic credentials of an Alertmanager need a user',
      file: `${SMALLEST}alertmanagers: [{ url: "http://am", auth: { scheme: basic, credential: "env:AM" } }]`,
      line: 3,
      words: 'alertmanagers[0].auth.username: is required where `scheme` is `basic`',
    },
    {
      says: 'that an account is digits in quotes',
      file: `${SMALLEST}ecr: { accounts: [{ id: 123456789012 }] }`,
      line: 3,
      words: 'ecr.accounts[0].id: expected text, found a number (put it in quotes)',
    },
    {
      says: 'that an account has one entry',
      file: `${SMALLEST}ecr:\n  accounts:\n    - id: "123456789012"\n    - id: "123456789012"`,
      line: 6,
      words: 'ecr.accounts[1].id: expected an account that no other entry has',
    },
    {
      says: 'that a registry has one entry, however it is written',
      file: `${SMALLEST}registries:\n  - host: a.example.com\n  - host: A.example.com`,
      line: 5,
      words: 'registries[1].host: expected a host that no other entry has',
    },
    {
      says: 'that a proxy names no user',
      file: `${SMALLEST}registries: [{ host: a.example.com, proxy: "http://me:hunter2@proxy:3128" }]`,
      line: 3,
      words: 'registries[0].proxy: expected a URL without a user',
    },
    {
      says: 'that a token is handed out by exact hosts only',
      file: `${SMALLEST}registries: [{ host: a.example.com, realmHosts: ["*.example.com"] }]`,
      line: 3,
      words: 'registries[0].realmHosts[0]: expected a host',
    },
    {
      says: 'the nearest key of a registry',
      file: `${SMALLEST}registries: [{ host: a.example.com, caBundel: "ssm:/ca" }]`,
      line: 3,
      words: 'registries[0].caBundel: unknown key; the nearest known one is `caBundle`',
    },
    {
      says: 'keys that every JavaScript object has',
      file: `${SMALLEST}constructor: {}`,
      line: 3,
      words: 'constructor: unknown key',
    },
    {
      says: 'the kinds of access',
      file: 'slack: { channel: a }\nclusters: [{ name: a, access: { kind: gke } }]',
      line: 2,
      words: 'clusters[0].access.kind: expected `kubeconfig`, `eks` or `in-cluster`',
    },
    {
      says: 'what an environment must be',
      file: 'slack: { channel: a }\nclusters: [{ name: a, environment: dev }]',
      line: 2,
      words: 'clusters[0].environment: expected `prod` or `non-prod`',
    },
    {
      says: 'that a name is needed',
      file: 'slack: { channel: a }\nclusters: [{ environment: prod }]',
      line: 2,
      words: 'clusters[0].name: is required: text',
    },
    {
      says: 'that a cluster is needed',
      file: 'slack: { channel: a }\nclusters: []',
      line: 2,
      words: 'clusters: expected at least one entry',
    },
    {
      says: 'that cluster names differ',
      file: 'slack: { channel: a }\nclusters: [{ name: a }, { name: a }]',
      line: 2,
      words: 'clusters[1].name: expected a name that no other cluster has',
    },
    {
      says: 'that a slash is no part of a name',
      file: 'slack: { channel: a }\nclusters: [{ name: a/b }]',
      line: 2,
      words: 'clusters[0].name: expected a name of letters',
    },
    {
      says: 'that an unquoted number sign is a comment',
      file: 'clusters: [{ name: a }]\nslack:\n  channel: #pulls',
      line: 3,
      words: 'slack.channel: expected text, found nothing (text that begins with `#` must be quoted)',
    },
    {
      says: 'which number fits',
      file: `${SMALLEST}limits: { timeScale: 0 }`,
      line: 3,
      words: 'limits.timeScale: expected a number above 0',
    },
    {
      says: 'that a count is whole',
      file: `${SMALLEST}limits: { buzzesPerHour: 1.5 }`,
      line: 3,
      words: 'limits.buzzesPerHour: expected a whole number',
    },
    {
      says: 'that basic needs a user',
      file: `${SMALLEST}alerts: { tokens: [{ scheme: basic, current: "env:A" }] }`,
      line: 3,
      words: 'alerts.tokens[0].username: is required where `scheme` is `basic`',
    },
    {
      says: 'that a token speaks for known clusters',
      file: `${SMALLEST}alerts: { tokens: [{ current: "env:A", clusters: [prod-us] }] }`,
      line: 3,
      words: 'alerts.tokens[0].clusters[0]: expected a configured cluster; the nearest one is `prod-eu`',
    },
    {
      says: 'that there is always a token',
      file: `${SMALLEST}alerts: { tokens: [] }`,
      line: 3,
      words: 'alerts.tokens: expected at least one entry',
    },
    { says: 'where YAML breaks', file: `${SMALLEST}limits: { a`, line: 3, words: 'not YAML' },
    {
      says: 'that a key stands twice',
      file: `${SMALLEST}slack: { channel: b }`,
      line: 3,
      words: 'not YAML: duplicate key',
    },
  ])('names file, line and key: $says', ({ file, line, words }) => {
    expect(errorOf(file)).toContain(`pullmedic.yaml:${line}: ${words}`);
  });

  it.each(['', '# nothing', 'null'])('says what an empty file (%j) lacks', (file) => {
    expect(errorOf(file)).toBe(
      'pullmedic.yaml: clusters: is required: a list (The clusters; at least one)\n' +
        'pullmedic.yaml: slack: is required: keys and values (The app and the default channel)',
    );
  });

  it.each([
    { file: 'clusters: [{ name: a }]\nslack: { channel: a, botToken: xoxb-hunter2 }' },
    { file: 'clusters: [{ name: a }]\nslack: { channel: xoxb-hunter2 }' },
    { file: `${SMALLEST}alerts: { tokens: [{ current: hunter2 }] }` },
    { file: `${SMALLEST}alerts: { tokens: [{ current: "env:hunter2 with space" }] }` },
    {
      file: 'clusters: [{ name: a, access: { kind: kubeconfig, kubeconfig: "apiVersion: hunter2" } }]\nslack: { channel: a }',
    },
    { file: `${SMALLEST}slack: hunter2: hunter2` },
    { file: `${SMALLEST}limits: *hunter2` },
  ])('refuses a literal credential without repeating it: $file', ({ file }) => {
    expect(errorOf(file)).not.toContain('hunter2');
  });

  it('tells at most 20 mistakes, and how many more there are', () => {
    const clusters = Array.from({ length: 25 }, () => '  - {}').join('\n');
    const lines = errorOf(`slack: { channel: a }\nclusters:\n${clusters}`).split('\n');
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('pullmedic.yaml: and 5 more');
  });

  it('refuses aliases that would fill the memory', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`),
    ];
    expect(errorOf(bomb.join('\n'))).toBe('pullmedic.yaml: too many YAML aliases');
  });

  it('throws nothing but ConfigError, whatever the file holds', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json(), fc.string({ unit: fc.constantFrom(...'clusters:[]{}-& *!|>#\n \t"%') })),
        (text) => {
          errorOf(text);
        },
      ),
    );
  });
});
