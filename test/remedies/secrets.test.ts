import { describe, expect, it } from '@jest/globals';
import type { KubeSecret, Pod } from '../../shared/domain/kubernetes.ts';
import type { Plan } from '../../shared/domain/remedy/plan.ts';
import { attachPullSecret } from '../../shared/remedies/catalogue/attach-pull-secret.ts';
import { refreshPullSecret } from '../../shared/remedies/catalogue/refresh-pull-secret.ts';
import { retryNow } from '../../shared/remedies/catalogue/retry-now.ts';
import { proposeRemedies } from '../../shared/remedies/propose.ts';
import { forbiddenText } from '../flows/kube-objects.ts';
import { authOf, ECR_HOST, ecrPassword, pullSecret, refreshTarget } from '../support/refresh-builders.ts';
import { contextOf, lacksTag, MINUTE, NOW, type Scene, stuckPod, web } from './context.ts';
import { planned, refusal } from './plans.ts';

const IMAGE = `${ECR_HOST}/checkout:v1`;
const PRIVATE = 'registry.example.com/shop/web:v1';
const UNAUTHORIZED = `failed to pull and unpack image "${PRIVATE}": failed to resolve reference "${PRIVATE}": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://registry.example.com/token: 401 Unauthorized`;

const kinds = (plan: Plan) => plan.changes.map(({ kind }) => kind);
const deleted = (plan: Plan) => plan.changes.flatMap((one) => (one.kind === 'delete-pod' ? [one.name] : []));

function ecrSecret(expiresAt: number, change: Partial<KubeSecret> = {}): KubeSecret {
  const auths = { [ECR_HOST]: { auth: authOf('AWS', ecrPassword(expiresAt)) } };
  const secret = pullSecret({ auths });
  return { ...secret, ...change, metadata: { ...secret.metadata, ...change.metadata } };
}

const waiting = (name: string, node = 'node-1', policy?: string): Pod =>
  stuckPod(name, {
    image: IMAGE,
    text: forbiddenText(IMAGE),
    pullSecret: 'ecr-creds',
    node,
    ...(policy === undefined ? {} : { policy }),
  });

function expired(change: Partial<Scene> = {}): Scene {
  return {
    pods: [waiting('a')],
    workloads: [web({ image: IMAGE })],
    secrets: [ecrSecret(NOW - MINUTE)],
    targets: [refreshTarget()],
    ...change,
  };
}

describe('refresh the pull secret', () => {
  it('is first, gives the secret a token, and has one pod a node try at once', () => {
    const pods = [waiting('a'), waiting('b'), waiting('c', 'node-2')];
    const context = contextOf(expired({ pods }));
    expect(proposeRemedies(context)[0]).toMatchObject({
      remedyId: 'refresh-pull-secret',
      label: 'Refresh secret ecr-creds',
      danger: 'safe',
    });
    const plan = planned(refreshPullSecret.plan(context, undefined));
    expect(plan.changes[0]).toEqual({
      kind: 'refresh-secret',
      namespace: 'shop',
      name: 'ecr-creds',
      target: 'shop',
      identity: 'role/pull',
      isMissing: false,
      image: IMAGE,
    });
    expect(deleted(plan)).toEqual(['a', 'c']);
    expect(plan.pods).toBe(2);
    expect(plan.radius[1]).toMatch(/^2 of 3 stuck pods of shop\/web are deleted/);
  });

  it('is for a target of mode advise too: a person asks', () => {
    expect(
      refreshPullSecret.propose(contextOf(expired({ targets: [refreshTarget({ mode: 'advise' })] }))),
    ).toBeDefined();
  });

  it('makes a missing secret where its target creates it', () => {
    const scene = expired({ secrets: [], missingSecrets: ['ecr-creds'], targets: [refreshTarget({ create: true })] });
    const plan = planned(refreshPullSecret.plan(contextOf(scene), undefined));
    expect(plan.label).toBe('Create secret ecr-creds');
    expect(plan.changes[0]).toMatchObject({ kind: 'refresh-secret', isMissing: true });
  });

  it.each<{ what: string; scene: Scene; why: RegExp }>([
    { what: 'no target', scene: expired({ targets: [] }), why: /no target of the configuration/ },
    {
      what: 'a target of another namespace',
      scene: expired({ targets: [refreshTarget({ namespaces: ['other'] })] }),
      why: /no target of the configuration/,
    },
    {
      what: 'a target of another secret',
      scene: expired({ targets: [refreshTarget({ secretNames: ['other'] })] }),
      why: /no target of the configuration/,
    },
    {
      what: 'missing, and nothing creates it',
      scene: expired({ secrets: [], missingSecrets: ['ecr-creds'] }),
      why: /does not exist, and its target does not create it/,
    },
    {
      what: 'owned by a controller',
      scene: expired({
        secrets: [
          ecrSecret(NOW - MINUTE, {
            metadata: { ownerReferences: [{ kind: 'ExternalSecret', name: 'ecr', controller: true }] },
          }),
        ],
      }),
      why: /ExternalSecret ecr owns it and would undo the change: renew the token there/,
    },
    {
      what: 'immutable',
      scene: expired({ secrets: [ecrSecret(NOW - MINUTE, { immutable: true })] }),
      why: /immutable: delete it and create it again/,
    },
    {
      what: 'opted out',
      scene: expired({
        secrets: [ecrSecret(NOW - MINUTE, { metadata: { labels: { 'pullmedic.dev/refresh': 'false' } } })],
      }),
      why: /label pullmedic\.dev\/refresh is "false"/,
    },
    {
      what: 'in a namespace that is opted out',
      scene: expired({ namespace: { labels: { 'pullmedic.dev/refresh': 'false' } } }),
      why: /^namespace shop is left alone/,
    },
    {
      what: 'for advice only',
      scene: expired({
        secrets: [ecrSecret(NOW - MINUTE, { metadata: { annotations: { 'pullmedic.dev/mode': 'advise' } } })],
      }),
      why: /pullmedic\.dev\/mode: advise/,
    },
    {
      what: 'good for hours',
      scene: expired({ secrets: [ecrSecret(NOW + 60 * MINUTE)] }),
      why: /holds a token that is good/,
    },
    {
      what: 'of another cause',
      scene: expired({ pods: [stuckPod('a', { image: IMAGE, pullSecret: 'ecr-creds' })] }),
      why: /a fresh token would not help/,
    },
  ])('is not: $what', ({ scene, why }) => {
    const context = contextOf(scene);
    expect(refusal(refreshPullSecret.plan(context, undefined))).toMatch(why);
    expect(refreshPullSecret.propose(context)).toBeUndefined();
  });

  it.each([
    { minutes: 29, isOffered: true },
    { minutes: 31, isOffered: false },
  ])('a token that is refused and ends in $minutes min: offered = $isOffered', ({ minutes, isOffered }) => {
    const context = contextOf(expired({ secrets: [ecrSecret(NOW + minutes * MINUTE)] }));
    expect(refreshPullSecret.propose(context) !== undefined).toBe(isOffered);
  });

  it('is not offered while pullmedic is at it by itself', () => {
    const repair = {
      state: 'asked',
      secret: 'ecr-creds',
      wasMissing: false,
      target: 'shop',
      identity: 'role/pull',
      askedAt: NOW - 5_000,
      endedAt: undefined,
      expiresAt: undefined,
      reason: undefined,
      why: undefined,
      revertedBy: undefined,
      heldUntil: undefined,
    } as const;
    expect(refreshPullSecret.propose(contextOf(expired({ member: { repair } })))).toBeUndefined();
    const failed = { ...repair, state: 'failed' as const };
    expect(refreshPullSecret.propose(contextOf(expired({ member: { repair: failed } })))).toBeDefined();
  });
});

function regcred(name: string, host = 'registry.example.com', namespace = 'shop'): KubeSecret {
  return pullSecret({ name, namespace, auths: { [host]: { auth: authOf('robot', 'x') } } });
}

const refused = (name: string, node = 'node-1') => stuckPod(name, { image: PRIVATE, text: UNAUTHORIZED, node });

function lacking(change: Partial<Scene> = {}): Scene {
  return {
    pods: [refused('a'), refused('b')],
    workloads: [web({ image: PRIVATE, available: 0 })],
    secrets: [regcred('regcred')],
    ...change,
  };
}

describe('attach a pull secret', () => {
  it('has the service account name it, and each stuck pod made anew: only new pods get it', () => {
    const context = contextOf(lacking());
    expect(attachPullSecret.propose(context)).toMatchObject({ label: 'Attach secret regcred', danger: 'careful' });
    const plan = planned(attachPullSecret.plan(context, undefined));
    expect(plan.changes[0]).toEqual({
      kind: 'set-pull-secrets',
      on: { kind: 'ServiceAccount', namespace: 'shop', name: 'default' },
      before: [],
      after: ['regcred'],
    });
    expect(deleted(plan)).toEqual(['a', 'b']);
    expect(plan.choices).toEqual([
      { value: 'ServiceAccount/regcred', label: 'regcred, to ServiceAccount shop/default' },
      { value: 'workload/regcred', label: 'regcred, to Deployment shop/web' },
    ]);
    expect(plan.radius[0]).toMatch(/^ServiceAccount shop\/default is used by 2 pods of 1 workload/);
  });

  it('has the workload name it where that is chosen: it rolls out by itself', () => {
    const plan = planned(attachPullSecret.plan(contextOf(lacking()), 'workload/regcred'));
    expect(kinds(plan)).toEqual(['set-pull-secrets']);
    expect(plan.changes[0]).toMatchObject({ on: { kind: 'Deployment', name: 'web' }, after: ['regcred'] });
  });

  it('keeps what is named, and goes to the workload where its template names secrets of its own', () => {
    const template = {
      spec: { containers: [{ name: 'app', image: PRIVATE }], imagePullSecrets: [{ name: 'old' }] },
    };
    const pod = stuckPod('a', { image: PRIVATE, text: UNAUTHORIZED, pullSecret: 'old' });
    const scene = lacking({
      pods: [pod],
      workloads: [web({ image: PRIVATE, available: 0, spec: { template } })],
      secrets: [regcred('old', 'ghcr.io'), regcred('regcred')],
    });
    const plan = planned(attachPullSecret.plan(contextOf(scene), undefined));
    expect(plan.changes[0]).toMatchObject({ on: { kind: 'Deployment' }, before: ['old'], after: ['old', 'regcred'] });
    expect(plan.choices.map(({ value }) => value)).toEqual(['workload/regcred']);
  });

  it('prefers the secret that the registry took', () => {
    const took = {
      credential: { namespace: 'shop', secret: 'zeta', key: 'registry.example.com' },
      result: 'found',
      answeredBy: 'registry',
      httpStatus: 200,
      code: undefined,
    } as const;
    const secrets = [regcred('alpha'), regcred('zeta')];
    const first = (registry?: Scene['registry']) =>
      planned(
        attachPullSecret.plan(
          contextOf(lacking({ secrets, ...(registry === undefined ? {} : { registry }) })),
          undefined,
        ),
      ).choice;
    expect(first()).toBe('ServiceAccount/alpha');
    expect(first({ attempts: [took] })).toBe('ServiceAccount/zeta');
  });

  it('goes to the workload where something else gave the pod its secrets', () => {
    const pod = stuckPod('a', { image: PRIVATE, text: UNAUTHORIZED, pullSecret: 'injected' });
    const scene = lacking({ pods: [pod], secrets: [regcred('injected', 'ghcr.io'), regcred('regcred')] });
    const plan = planned(attachPullSecret.plan(contextOf(scene), undefined));
    expect(plan.choices.map(({ value }) => value)).toEqual(['workload/regcred']);
  });

  it.each<{ what: string; scene: Scene; why: RegExp }>([
    {
      what: 'the registry refuses it too',
      scene: lacking({
        registry: {
          attempts: [
            {
              credential: { namespace: 'shop', secret: 'regcred', key: 'registry.example.com' },
              result: 'unauthorized',
              answeredBy: 'registry',
              httpStatus: 401,
              code: undefined,
            },
          ],
        },
      }),
      why: /no other pull secret that is good/,
    },
    { what: 'there is none', scene: lacking({ secrets: [] }), why: /no other pull secret that is good/ },
    {
      what: 'it is of another namespace',
      scene: lacking({ secrets: [regcred('regcred', 'registry.example.com', 'other')] }),
      why: /no other pull secret that is good/,
    },
    {
      what: 'it is for another registry',
      scene: lacking({ secrets: [regcred('regcred', 'ghcr.io')] }),
      why: /no other pull secret that is good/,
    },
    {
      what: 'the service account names it already: a retry helps',
      scene: lacking({
        serviceAccounts: [
          { metadata: { name: 'default', namespace: 'shop' }, imagePullSecrets: [{ name: 'regcred' }] },
        ],
      }),
      why: /new pods get it \(Retry now\)/,
    },
    {
      what: 'the cause is another one',
      scene: lacking({ pods: [stuckPod('a', { image: PRIVATE })] }),
      why: /another pull secret would not help/,
    },
  ])('is not: $what', ({ scene, why }) => {
    const context = contextOf(scene);
    expect(refusal(attachPullSecret.plan(context, undefined))).toMatch(why);
    expect(attachPullSecret.propose(context)).toBeUndefined();
  });

  it('is a change for Git where something else writes service account and workload', () => {
    const argo = { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/web' };
    const scene = lacking({
      serviceAccounts: [{ metadata: { name: 'default', namespace: 'shop', annotations: argo } }],
      workloads: [web({ image: PRIVATE, metadata: { annotations: argo } })],
    });
    const context = contextOf(scene);
    expect(attachPullSecret.propose(context)?.gitFix).toBe(
      '# ServiceAccount shop/default, written by Argo CD app shop\nimagePullSecrets:\n  - name: regcred',
    );
    expect(refusal(attachPullSecret.plan(context, undefined))).toMatch(/^Argo CD app shop writes ServiceAccount/);
  });

  it('goes to the service account where only the workload is written by something else', () => {
    const argo = { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/web' };
    const scene = lacking({ workloads: [web({ image: PRIVATE, metadata: { annotations: argo } })] });
    const plan = planned(attachPullSecret.plan(contextOf(scene), undefined));
    expect(plan.choices.map(({ value }) => value)).toEqual(['ServiceAccount/regcred']);
  });
});

describe('retry now', () => {
  const TIMEOUT = 'dial tcp 10.0.0.1:443: i/o timeout';
  const timedOut = (name: string, node = 'node-1', change: object = {}) =>
    stuckPod(name, { image: PRIVATE, text: TIMEOUT, node, ...change });

  it('deletes one pod for each node and says that the others follow', () => {
    const pods = [...'abcdefg'].map((name) => timedOut(name));
    const plan = planned(retryNow.plan(contextOf({ pods }), undefined));
    expect(deleted(plan)).toEqual(['a']);
    expect(plan.danger).toBe('safe');
    expect(plan.radius).toEqual([
      '7 pods of shop/web are stuck and never started; pod a is deleted, and made anew',
      'the other 6 start by themselves once the image is on their node',
      'no pod that ever started is touched',
    ]);
  });

  it('deletes each pod that pulls always, and one on each other node', () => {
    const pods = [
      timedOut('a', 'node-1', { policy: 'Always' }),
      timedOut('b', 'node-1', { policy: 'Always' }),
      timedOut('c', 'node-2'),
      timedOut('d', 'node-2'),
    ];
    expect(deleted(planned(retryNow.plan(contextOf({ pods }), undefined)))).toEqual(['a', 'b', 'c']);
  });

  it('chooses the oldest, so that one that comes later changes nothing', () => {
    const pods = [
      timedOut('a', 'node-1', { bornAt: NOW - MINUTE }),
      timedOut('b', 'node-1', { bornAt: NOW - 9 * MINUTE }),
    ];
    expect(deleted(planned(retryNow.plan(contextOf({ pods }), undefined)))).toEqual(['b']);
  });

  it('deletes each of those that a secret was attached too late for', () => {
    const serviceAccounts = [
      { metadata: { name: 'default', namespace: 'shop' }, imagePullSecrets: [{ name: 'regcred' }] },
    ];
    const context = contextOf(lacking({ serviceAccounts }));
    expect(proposeRemedies(context)[0]?.remedyId).toBe('retry-now');
    expect(deleted(planned(retryNow.plan(context, undefined)))).toEqual(['a', 'b']);
  });

  it('comes first where a secret was corrected since the last try', () => {
    const first = (writtenAt: number) => {
      const managedFields = [{ manager: 'kubectl', time: new Date(writtenAt).toISOString() }];
      const secret = { ...ecrSecret(NOW + 600 * MINUTE), metadata: { ...pullSecret({}).metadata, managedFields } };
      return proposeRemedies(contextOf(expired({ secrets: [secret] })))[0]?.remedyId;
    };
    expect(first(NOW - 10_000)).toBe('retry-now');
    expect(first(NOW - 5 * MINUTE)).toBeUndefined();
  });

  it('is fine under GitOps', () => {
    const argo = { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:x' } };
    const scene = { pods: [timedOut('a')], workloads: [web({ image: PRIVATE, metadata: argo })] };
    expect(retryNow.propose(contextOf(scene))).toMatchObject({ label: 'Retry now', danger: 'safe' });
  });

  const base = timedOut('a');
  const status = base.status?.containerStatuses?.[0];
  it.each<{ what: string; pod: Pod; why: RegExp }>([
    { what: 'a bare one', pod: { ...base, metadata: { ...base.metadata, ownerReferences: [] } }, why: /no controller/ },
    { what: "a Job's", pod: timedOut('a', 'node-1', { owner: 'Job' }), why: /belongs to a Job/ },
    {
      what: 'one in which a container started',
      pod: {
        ...base,
        status: { ...base.status, initContainerStatuses: [{ name: 'init', state: { terminated: { exitCode: 0 } } }] },
      } as Pod,
      why: /has started/,
    },
    {
      what: 'one that restarted',
      pod: { ...base, status: { ...base.status, containerStatuses: [{ ...status, restartCount: 1 }] } } as Pod,
      why: /has started/,
    },
  ])('is not: $what', ({ pod, why }) => {
    const context = contextOf({ pods: [pod] });
    expect(refusal(retryNow.plan(context, undefined))).toMatch(why);
    expect(retryNow.propose(context)).toBeUndefined();
  });

  it.each<{ what: string; scene: Scene }>([
    { what: 'the tag is certainly missing', scene: { pods: [stuckPod('a')], registry: lacksTag('v1.2.3') } },
    { what: 'the secret is as it was', scene: expired() },
    {
      what: 'the image is not for the node',
      scene: { pods: [stuckPod('a', { text: 'no match for platform in manifest: not found' })] },
    },
  ])('is pointless where $what', ({ scene }) => {
    expect(retryNow.propose(contextOf(scene))).toBeUndefined();
  });

  it('comes last where it is not known whether the tag is there', () => {
    const proposals = proposeRemedies(contextOf({ pods: [stuckPod('a')], workloads: [web()] }));
    expect(proposals.at(-1)?.remedyId).toBe('retry-now');
  });
});
