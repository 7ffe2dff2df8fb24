import { describe, expect, it } from '@jest/globals';
import type { AttemptResult, RegistryAnswer } from '../../shared/domain/registry-answer.ts';
import { judgeWorld } from '../../shared/preflight/judge.ts';
import type { PreflightSnapshot } from '../../shared/preflight/snapshot.ts';
import { createWorld } from '../../shared/preflight/world.ts';
import { dockerSecret, makeNode, makePod, makeSnapshot, makeWorkload, PREFLIGHT_NOW as NOW } from './build.ts';

const HOUR = 3_600_000;
const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';

/** What the registry says: to the secret `reg` of the namespace, and to nobody. */
function answer(anonymous: AttemptResult, reg?: AttemptResult, more: Partial<RegistryAnswer> = {}): RegistryAnswer {
  const attempt = (result: AttemptResult, credential: RegistryAnswer['attempts'][number]['credential']) =>
    ({ credential, result, answeredBy: 'registry', httpStatus: 401, code: undefined }) as const;
  const name = { namespace: 'shop', secret: 'reg', key: 'registry.example.com' };
  return {
    host: 'registry.example.com',
    vantage: 'asked by pullmedic',
    observedAt: NOW,
    attempts: [...(reg === undefined ? [] : [attempt(reg, name)]), attempt(anonymous, undefined)],
    digest: undefined,
    platforms: undefined,
    tags: undefined,
    rateLimit: undefined,
    ecr: undefined,
    ...more,
  };
}

const web = (image: string, more: Partial<Parameters<typeof makeWorkload>[0]> = {}) =>
  makeWorkload({ namespace: 'shop', name: 'web', image, ...more });
const reg = (key = 'registry.example.com', password = 'p') =>
  dockerSecret({ namespace: 'shop', name: 'reg', key, user: 'u', password });
const running = (node: string, image: string) =>
  makePod({
    metadata: {
      name: `web-${node}`,
      namespace: 'shop',
      labels: { 'pod-template-hash': 'a' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-a', controller: true }],
    },
    spec: { nodeName: node, containers: [{ name: 'app', image }], imagePullSecrets: [] },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'app', state: { running: { startedAt: '2026-11-22T10:00:00Z' } } }],
    },
  });

function judge(snapshot: Partial<PreflightSnapshot>, said?: RegistryAnswer) {
  const { findings, undecided } = judgeWorld(createWorld(makeSnapshot(snapshot), () => said));
  return {
    findings: findings.map(({ kind, breaks, confidence }) => `${kind} ${breaks.kind} ${confidence}`),
    undecided: undecided.map(({ by }) => by),
  };
}
const FINE = { findings: [], undecided: [] };
const APP = 'registry.example.com/team/app:v1';

describe('what is no finding', () => {
  it.each<{ what: string; snapshot: Partial<PreflightSnapshot>; said: RegistryAnswer | undefined }>([
    { what: 'a public image', snapshot: { workloads: [web(APP)] }, said: answer('found') },
    {
      what: 'a public image beside a secret for something else',
      snapshot: { workloads: [web(APP, { secrets: ['reg'] })], secrets: [reg('ghcr.io')] },
      said: answer('found'),
    },
    {
      what: 'a private image whose secret is taken',
      snapshot: { workloads: [web(APP, { secrets: ['reg'] })], secrets: [reg()] },
      said: answer('unauthorized', 'found'),
    },
    { what: 'an image that nobody pulls', snapshot: { workloads: [web(APP, { policy: 'Never' })] }, said: undefined },
    {
      what: 'an ECR image that its API knows, without a secret: nodes have a role',
      snapshot: { workloads: [web(`${ECR}/app:v1`)] },
      said: answer('unauthorized', undefined, {
        ecr: {
          repository: 'exists',
          image: 'exists',
          pushedAt: undefined,
          lastPulledAt: undefined,
          pullPrincipals: undefined,
          hasPolicy: undefined,
          lifecycleRules: undefined,
        },
      }),
    },
  ])('$what', ({ snapshot, said }) => {
    expect(judge(snapshot, said)).toEqual(FINE);
  });
});

describe('what nobody here can tell is said, not guessed', () => {
  it.each<{ what: string; snapshot: Partial<PreflightSnapshot>; said: RegistryAnswer | undefined; by: string }>([
    { what: 'a registry that was not asked', snapshot: { workloads: [web(APP)] }, said: undefined, by: 'silence' },
    { what: 'a registry in trouble', snapshot: { workloads: [web(APP)] }, said: answer('unavailable'), by: 'trouble' },
    {
      what: 'a secret that may not be read',
      snapshot: { workloads: [web(APP, { secrets: ['reg'] })] },
      said: answer('unauthorized'),
      by: 'secret',
    },
    {
      what: 'a service account that was not read',
      snapshot: { workloads: [web(APP)], knowsServiceAccounts: false },
      said: answer('unauthorized'),
      by: 'secret',
    },
    {
      what: 'a role of the nodes',
      snapshot: { workloads: [web(`${ECR}/app:v1`)] },
      said: answer('unauthorized'),
      by: 'node',
    },
  ])('$what', ({ snapshot, said, by }) => {
    expect(judge(snapshot, said)).toEqual({ findings: [], undecided: [by] });
  });
});

describe('how sure it is', () => {
  it.each<{ what: string; snapshot: Partial<PreflightSnapshot>; said: RegistryAnswer | undefined; is: string }>([
    {
      what: 'a refused secret',
      snapshot: { workloads: [web(APP, { secrets: ['reg'] })], secrets: [reg()] },
      said: answer('unauthorized', 'unauthorized'),
      is: 'credentials-refused now certain',
    },
    {
      what: 'a stale secret on a public image',
      snapshot: { workloads: [web(APP, { secrets: ['reg'] })], secrets: [reg()] },
      said: answer('found', 'unauthorized'),
      is: 'credentials-refused now certain',
    },
    {
      what: 'no secret where one is wanted',
      snapshot: { workloads: [web(APP)] },
      said: answer('unauthorized'),
      is: 'no-credentials now likely',
    },
    {
      what: 'the same while pods run: they came by it somehow',
      snapshot: { workloads: [web(APP)], pods: [running('n1', APP)] },
      said: answer('unauthorized'),
      is: 'cached-only next-node possible',
    },
    {
      what: 'a missing secret that nobody needs',
      snapshot: {
        workloads: [web(APP, { secrets: ['reg'] })],
        secretsNotRead: new Map([['shop/reg', 'missing' as const]]),
      },
      said: answer('found'),
      is: 'secret-missing drift certain',
    },
    {
      what: 'a missing secret, the registry not asked',
      snapshot: {
        workloads: [web(APP, { secrets: ['reg'] })],
        secretsNotRead: new Map([['shop/reg', 'missing' as const]]),
      },
      said: undefined,
      is: 'secret-missing now likely',
    },
    {
      what: 'a missing tag',
      snapshot: { workloads: [web(APP)] },
      said: answer('manifest-unknown'),
      is: 'image-gone now certain',
    },
    {
      what: 'a missing tag, a secret unread, the repository unknown',
      snapshot: { workloads: [web(APP, { secrets: ['reg'] })] },
      said: answer('manifest-unknown'),
      is: 'image-gone now likely',
    },
  ])('$what', ({ snapshot, said, is }) => {
    expect(judge(snapshot, said).findings).toEqual([is]);
  });
});

describe('when it breaks', () => {
  const other = makeWorkload({ namespace: 'other', name: 'api', image: APP });
  const elsewhere = { ...running('n1', APP), namespace: 'other', owner: { kind: 'Deployment', name: 'api' } };
  const secrets = [reg()];
  const refused = (kubelet: string) =>
    judge(
      {
        workloads: [web(APP, { secrets: ['reg'] }), other],
        pods: [elsewhere],
        secrets,
        nodes: [{ ...makeNode('n1'), kubeletVersion: kubelet }],
      },
      answer('found', 'unauthorized'),
    ).findings;

  it('is at once where another pod’s cached image is given to nobody without its credential (kubelet 1.35)', () => {
    expect(refused('v1.36.3')).toContain('credentials-refused now certain');
    expect(refused('v1.34.1')).toContain('credentials-refused next-node certain');
  });

  it.each([
    { policy: 'Always', breaks: 'now' },
    { policy: 'IfNotPresent', breaks: 'next-node' },
  ])('with policy $policy an image that is gone breaks $breaks', ({ policy, breaks }) => {
    const workloads = [web(APP, { policy })];
    expect(judge({ workloads, pods: [running('n1', APP)] }, answer('manifest-unknown')).findings).toEqual([
      `image-gone ${breaks} certain`,
    ]);
  });

  it('sorts what breaks first: now, then what ends within a day, then new nodes, then the rest', () => {
    const token = (hours: number) =>
      Buffer.from(JSON.stringify({ expiration: (NOW + hours * HOUR) / 1_000 })).toString('base64');
    const secret = (name: string, hours: number) => ({
      ...dockerSecret({ namespace: 'shop', name, key: ECR, user: 'AWS', password: token(hours) }),
      metadata: { namespace: 'shop', name },
    });
    const workloads = [
      web('nginx', { name: 'latest' }),
      web(`${ECR}/a:1`, { name: 'later', secrets: ['later'] }),
      web(`${ECR}/b:1`, { name: 'soon', secrets: ['soon'] }),
      web('Bad:::name', { name: 'bad' }),
    ];
    const { findings } = judge({ workloads, secrets: [secret('later', 72), secret('soon', 3)] });
    expect(findings.map((text) => text.split(' ').slice(0, 2).join(' '))).toEqual([
      'invalid-name now',
      'secret-expiring at',
      'secret-expiring at',
      'latest-tag drift',
    ]);
  });
});
