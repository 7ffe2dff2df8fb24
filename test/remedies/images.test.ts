import { describe, expect, it } from '@jest/globals';
import type { SetImages } from '../../shared/domain/remedy/change.ts';
import type { Plan } from '../../shared/domain/remedy/plan.ts';
import { correctImage } from '../../shared/remedies/catalogue/correct-image.ts';
import { pinDigest } from '../../shared/remedies/catalogue/pin-digest.ts';
import { rollBack } from '../../shared/remedies/catalogue/roll-back.ts';
import { proposeRemedies } from '../../shared/remedies/propose.ts';
import { aFinding } from '../support/incident-builders.ts';
import {
  ARGO,
  BAD,
  contextOf,
  GOOD,
  goodPod,
  lacksTag,
  REPOSITORY,
  revisions,
  type Scene,
  stuckPod,
  stuckRollout,
  web,
} from './context.ts';
import { planned, refusal } from './plans.ts';

const ADVISE = { 'pullmedic.dev/mode': 'advise' };
const DIGEST = `sha256:${'a'.repeat(64)}`;

const images = ({ changes }: Plan) => changes.filter((change): change is SetImages => change.kind === 'set-images');

describe('roll back', () => {
  it('puts the image of the revision that serves back', () => {
    const context = contextOf(stuckRollout());
    const plan = planned(rollBack.plan(context, undefined));
    expect(plan.label).toBe('Roll back to v1.2.2');
    expect(plan.danger).toBe('careful');
    expect(plan.changes).toEqual([
      {
        kind: 'set-images',
        workload: { kind: 'Deployment', namespace: 'shop', name: 'web' },
        containers: [{ name: 'app', isInit: false, before: BAD, after: GOOD }],
      },
    ]);
    expect(plan.radius).toEqual([
      '1 pod of Deployment shop/web is made anew',
      '3 of 3 pods serve now and keep serving meanwhile',
    ]);
    expect(plan.warnings).toEqual([]);
    expect(plan.members).toEqual(['shop/Deployment/web/app']);
    expect(plan.pods).toBe(1);
  });

  it('changes every container that had another image then, in one change', () => {
    const two = (image: string, side: string) => ({
      template: {
        spec: {
          initContainers: [{ name: 'setup', image: `${REPOSITORY}-setup:${side}` }],
          containers: [
            { name: 'app', image },
            { name: 'side', image: `ghcr.io/acme/side:${side}` },
          ],
        },
      },
    });
    const scene = stuckRollout({
      workloads: [web({ spec: two(BAD, '2') }), ...revisions({ template: two(GOOD, '1').template })],
    });
    const [change] = images(planned(rollBack.plan(contextOf(scene), undefined)));
    expect(change?.containers.map(({ name, isInit, after }) => [name, isInit, after])).toEqual([
      ['setup', true, `${REPOSITORY}-setup:1`],
      ['app', false, GOOD],
      ['side', false, 'ghcr.io/acme/side:1'],
    ]);
  });

  it('says that the revisions differ in more than images, and not where only the hash does', () => {
    const template = (env: object) => ({
      metadata: { labels: { app: 'web', 'pod-template-hash': 'old1' } },
      spec: { containers: [{ name: 'app', image: GOOD, ...env }] },
    });
    const now = web({
      spec: { template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: BAD }] } } },
    });
    const warnings = (env: object) =>
      planned(
        rollBack.plan(
          contextOf(stuckRollout({ workloads: [now, ...revisions({ template: template(env) })] })),
          undefined,
        ),
      ).warnings;
    expect(warnings({})).toEqual([]);
    expect(warnings({ env: [{ name: 'A', value: '1' }] })).toEqual([
      'revision 41 also had other settings: only the images go back',
    ]);
  });

  it('says that nothing of the revision runs', () => {
    const scene: Scene = {
      pods: [stuckPod('a')],
      workloads: [web({ available: 0 }), ...revisions({ available: 0 })],
    };
    const plan = planned(rollBack.plan(contextOf(scene), undefined));
    expect(plan.warnings[0]).toMatch(/^no pod of revision 41 runs now/);
    expect(plan.radius[1]).toBe('nothing of it serves now, so nothing is interrupted');
    expect(plan.danger).toBe('careful');
  });

  it('deletes the broken pod of a StatefulSet, which would wait for ever', () => {
    const labelled = (hash: string) => ({ labels: { 'controller-revision-hash': hash } });
    const broken = stuckPod('web-0', { owner: 'StatefulSet' });
    const runs = goodPod('web-1');
    const owner = { ownerReferences: [{ kind: 'StatefulSet', name: 'web', controller: true }] };
    const scene: Scene = {
      pods: [
        { ...broken, metadata: { ...broken.metadata, ...labelled('r2') } },
        { ...runs, metadata: { ...runs.metadata, ...owner, ...labelled('r1') } },
      ],
      workloads: [web({ kind: 'StatefulSet', desired: 2, available: 1 })],
    };
    const plan = planned(rollBack.plan(contextOf(scene), undefined));
    expect(plan.changes.map(({ kind }) => kind)).toEqual(['set-images', 'delete-pod']);
    expect(plan.changes[1]).toMatchObject({ name: 'web-0', controller: 'StatefulSet web' });
    expect(plan.warnings[0]).toMatch(/^only this container's image is known/);
  });

  it.each<{ what: string; scene: Scene; why: RegExp }>([
    {
      what: 'another repository then',
      scene: stuckRollout({ workloads: [web(), ...revisions({ old: 'ghcr.io/other/web:v1' })] }),
      why: /another repository.*By hand: kubectl -n 'shop' rollout undo 'deployment\/web' --to-revision='41'/,
    },
    {
      what: 'a digest that the cluster would refuse',
      scene: stuckRollout({ workloads: [web(), ...revisions({ old: `${REPOSITORY}@sha512:${'a'.repeat(128)}` })] }),
      why: /is no other version of .* that may be written/,
    },
    {
      what: 'no earlier revision',
      scene: stuckRollout({ workloads: [web()], pods: [stuckPod('a')] }),
      why: /^no earlier revision of Deployment shop\/web/,
    },
    {
      what: 'an earlier revision with the same bad image',
      scene: stuckRollout({ workloads: [web(), ...revisions({ old: BAD, available: 0 })], pods: [stuckPod('a')] }),
      why: /^no earlier revision/,
    },
    {
      what: 'a workload that was not read',
      scene: stuckRollout({ workloads: [...revisions()] }),
      why: /could not be read/,
    },
    {
      what: 'a paused one',
      scene: stuckRollout({ workloads: [web({ spec: { paused: true } }), ...revisions()] }),
      why: /is paused/,
    },
    {
      what: 'an image that was corrected meanwhile',
      scene: stuckRollout({ workloads: [web({ image: GOOD }), ...revisions()] }),
      why: /asks for .*v1\.2\.2 now/,
    },
    {
      what: 'an image that a webhook rewrites',
      scene: stuckRollout({ workloads: [web({ image: 'shop/web:v1.2.33' }), ...revisions()] }),
      why: /something rewrites images/,
    },
    {
      what: 'a container that a webhook adds',
      scene: stuckRollout({
        workloads: [
          web({ spec: { template: { spec: { containers: [{ name: 'other', image: BAD }] } } } }),
          ...revisions(),
        ],
      }),
      why: /has no container app/,
    },
    { what: 'a bare pod', scene: { pods: [bare(stuckPod('a'))] }, why: /belongs to no workload/ },
    {
      what: 'a Job',
      scene: { pods: [stuckPod('a', { owner: 'Job' })] },
      why: /Job shop\/web is changed by hand/,
    },
    {
      what: 'a cause that an older image shares',
      scene: stuckRollout({ pods: [stuckPod('a', { text: 'dial tcp: lookup registry.example.com: no such host' })] }),
      why: /an older image would fail alike/,
    },
  ])('is not: $what', ({ scene, why }) => {
    const context = contextOf(scene);
    expect(refusal(rollBack.plan(context, undefined))).toMatch(why);
    expect(rollBack.propose(context)).toBeUndefined();
  });

  it.each([
    { what: 'Recreate', spec: { strategy: { type: 'Recreate' } }, old: 0, danger: 'dangerous' },
    { what: 'RollingUpdate', spec: {}, old: 0, danger: 'careful' },
    { what: 'maxUnavailable 2 of 3', spec: rolling(2), old: 0, danger: 'careful' },
    { what: 'maxUnavailable 3 of 3', spec: rolling(3), old: 0, danger: 'dangerous' },
    { what: 'maxUnavailable 99%', spec: rolling('99%'), old: 0, danger: 'careful' },
    { what: 'maxUnavailable 100%', spec: rolling('100%'), old: 0, danger: 'dangerous' },
  ])('of a Deployment with $what is $danger where others than the old revision serve', ({ spec, danger }) => {
    const scene = stuckRollout({ workloads: [web({ spec }), ...revisions({ available: 0 })] });
    expect(planned(rollBack.plan(contextOf(scene), undefined)).danger).toBe(danger);
  });
});

function rolling(maxUnavailable: number | string) {
  return { strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable } } };
}

function bare(pod: ReturnType<typeof stuckPod>) {
  return { ...pod, metadata: { ...pod.metadata, ownerReferences: [], labels: {} } };
}

describe('pin the digest', () => {
  const scene = (change: Partial<Scene> = {}): Scene => ({
    pods: [stuckPod('a'), goodPod('b', { image: BAD, digest: DIGEST, hash: 'new1' })],
    workloads: [web({ available: 1, desired: 2 })],
    registry: lacksTag(),
    ...change,
  });

  it('asks for what runs, by its digest', () => {
    const plan = planned(pinDigest.plan(contextOf(scene()), undefined));
    expect(images(plan)[0]?.containers).toEqual([
      { name: 'app', isInit: false, before: BAD, after: `${REPOSITORY}@${DIGEST}` },
    ]);
    expect(plan.warnings[0]).toMatch(/^1 pod runs it; whether the registry still has it/);
    expect(plan.pods).toBe(2);
  });

  it.each<{ what: string; scene: Scene; why: RegExp }>([
    {
      what: 'the tag means that digest',
      scene: scene({ registry: { ...lacksTag(), digest: DIGEST } }),
      why: /changes nothing/,
    },
    {
      what: 'a digest that was asked for',
      scene: scene({
        pods: [
          stuckPod('a', { image: `${REPOSITORY}:v1@${DIGEST}` }),
          goodPod('b', { image: `${REPOSITORY}:v1@${DIGEST}`, digest: DIGEST, hash: 'new1' }),
        ],
        member: { findings: [aFinding()] },
      }),
      why: /asked for by its digest already/,
    },
    { what: 'nothing runs', scene: scene({ pods: [stuckPod('a')] }), why: /^no pod runs this image/ },
    {
      what: 'two digests run',
      scene: scene({
        pods: [
          stuckPod('a'),
          goodPod('b', { image: BAD, digest: DIGEST }),
          goodPod('c', { image: BAD, digest: `sha256:${'b'.repeat(64)}` }),
        ],
      }),
      why: /report 2 digests/,
    },
    {
      what: 'a rate limit',
      scene: scene({
        pods: [
          stuckPod('a', { text: 'unexpected status code 429 Too Many Requests: toomanyrequests' }),
          goodPod('b', { image: BAD, digest: DIGEST }),
        ],
        registry: {},
      }),
      why: /would fail alike/,
    },
  ])('is not: $what', ({ scene: one, why }) => {
    const context = contextOf(one);
    expect(refusal(pinDigest.plan(context, undefined))).toMatch(why);
    expect(pinDigest.propose(context)).toBeUndefined();
  });
});

describe('correct the image', () => {
  it('offers the tags that the registry has, the nearest first', () => {
    const context = contextOf(stuckRollout());
    expect(correctImage.propose(context)).toMatchObject({
      label: 'Use v1.2.3',
      choices: [
        { value: 'v1.2.3', label: 'v1.2.3' },
        { value: 'v1.2.2', label: 'v1.2.2' },
      ],
    });
    const plan = planned(correctImage.plan(context, 'v1.2.2'));
    expect(plan.choice).toBe('v1.2.2');
    expect(images(plan)[0]?.containers[0]?.after).toBe(`${REPOSITORY}:v1.2.2`);
    expect(planned(correctImage.plan(context, undefined)).choice).toBe('v1.2.3');
  });

  it.each<{ what: string; registry: Scene['registry']; choice?: string; why: RegExp }>([
    { what: 'the registry was not asked', registry: undefined, why: /did not say that the tag is missing/ },
    { what: 'no tag is near', registry: lacksTag(), why: /named no tag/ },
    { what: 'the choice is none of its tags', registry: lacksTag('v1.2.3'), choice: 'v6', why: /does not list tag v6/ },
    { what: 'only the tag itself', registry: lacksTag('v1.2.33'), why: /named no tag/ },
    { what: 'what it names is no tag', registry: lacksTag('x y'), why: /named no tag/ },
  ])('is not: $what', ({ registry, choice, why }) => {
    const { registry: _, ...rest } = stuckRollout();
    const context = contextOf({ ...rest, ...(registry === undefined ? {} : { registry }) });
    expect(refusal(correctImage.plan(context, choice))).toMatch(why);
  });
});

describe('what something else writes', () => {
  const scene = (metadata: object, change: Partial<Scene> = {}) =>
    contextOf(stuckRollout({ workloads: [web({ metadata }), ...revisions()], ...change }));

  it.each([
    { what: 'Argo CD', metadata: ARGO },
    { what: 'Flux', metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop' } } },
    { what: 'a Flux Helm release', metadata: { labels: { 'helm.toolkit.fluxcd.io/name': 'shop' } } },
    {
      what: 'an operator',
      metadata: { ownerReferences: [{ kind: 'Prometheus', name: 'web', controller: true }] },
    },
  ])('$what: there is a fix for Git, and no plan', ({ metadata }) => {
    const context = scene(metadata);
    for (const remedy of [rollBack, correctImage]) {
      expect(remedy.propose(context)?.gitFix).toContain('images:');
      expect(refusal(remedy.plan(context, undefined))).toMatch(/would undo this: change it in Git/);
    }
  });

  it('shows exactly what to change in Git', () => {
    expect(rollBack.propose(scene(ARGO))?.gitFix).toBe(
      [
        '# Deployment shop/web, written by Argo CD app shop-prod',
        '# kustomization.yaml (name as in your base):',
        'images:',
        `  - name: ${REPOSITORY}`,
        '    newTag: "v1.2.2"',
        '# or in the manifest itself:',
        '  - name: app',
        `    image: ${GOOD}`,
      ].join('\n'),
    );
  });

  it('names another repository in Git, which is changed by hand', () => {
    const context = contextOf(
      stuckRollout({ workloads: [web({ metadata: ARGO }), ...revisions({ old: 'ghcr.io/other/web:v1' })] }),
    );
    expect(rollBack.propose(context)?.gitFix).toContain('newName: ghcr.io/other/web');
  });

  it.each([
    {
      what: 'an application that is synced by hand',
      metadata: ARGO,
      manualSync: ['shop-*'],
      warning: /synced by hand/,
    },
    {
      what: 'a Helm release',
      metadata: { annotations: { 'meta.helm.sh/release-name': 'web' } },
      manualSync: [],
      warning: /^Helm release web: its next upgrade undoes this/,
    },
  ])('$what: a plan with a warning', ({ metadata, manualSync, warning }) => {
    const context = scene(metadata, { manualSync });
    expect(rollBack.propose(context)?.gitFix).toBeUndefined();
    expect(rollBack.propose(context)?.warning).toMatch(warning);
    expect(planned(rollBack.plan(context, undefined)).warnings[0]).toMatch(warning);
  });

  it('is another application than the one that is synced by hand', () => {
    const context = scene(ARGO, { manualSync: ['shop'] });
    expect(rollBack.propose(context)?.gitFix).toBeDefined();
  });

  it('is told by the field manager where nothing else tells it', () => {
    const managedFields = [
      {
        manager: 'kustomize-controller',
        time: '2026-11-22T11:00:00Z',
        fieldsV1: {
          'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': { 'f:image': {} } } } } },
        },
      },
    ];
    expect(refusal(rollBack.plan(scene({ managedFields }), undefined))).toMatch(/^Flux writes/);
    const byHand = [{ ...managedFields[0], manager: 'kubectl-set' }];
    expect(rollBack.propose(scene({ managedFields: byHand }))?.gitFix).toBeUndefined();
  });
});

describe('what a look proposes', () => {
  it('is the surest first: back to what ran, before a guess', () => {
    expect(proposeRemedies(contextOf(stuckRollout())).map(({ label }) => label)).toEqual([
      'Roll back to v1.2.2',
      'Use v1.2.3',
    ]);
  });

  it.each([
    { what: 'the workload', change: { workloads: [web({ metadata: { annotations: ADVISE } }), ...revisions()] } },
    { what: 'the namespace', change: { namespace: { annotations: ADVISE } } },
    { what: 'the namespace, as a label', change: { namespace: { labels: ADVISE } } },
    {
      what: 'the service account',
      change: { serviceAccounts: [{ metadata: { name: 'default', namespace: 'shop', annotations: ADVISE } }] },
    },
  ])('is nothing where $what asks for advice only', ({ change }) => {
    expect(proposeRemedies(contextOf(stuckRollout(change)))).toEqual([]);
  });

  it('is something where another service account asks for advice only', () => {
    const serviceAccounts = [{ metadata: { name: 'other', namespace: 'shop', annotations: ADVISE } }];
    expect(proposeRemedies(contextOf(stuckRollout({ serviceAccounts })))).not.toEqual([]);
  });

  it('has labels that fit on a button', () => {
    const tag = 'x'.repeat(128);
    const long = `${REPOSITORY}:${tag}`;
    const scene = stuckRollout({ workloads: [web(), ...revisions({ old: long })], registry: lacksTag(tag) });
    const labels = proposeRemedies(contextOf(scene)).map(({ label }) => label);
    expect(labels).toEqual(['Roll back to revision 41', 'Use another tag']);
  });
});
