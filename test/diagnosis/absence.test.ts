import { describe, expect, it } from '@jest/globals';
import type { NearTag, TagList } from '../../shared/domain/registry-answer.ts';
import {
  attempt,
  ecrAnswer,
  entry,
  NOW,
  node,
  peers,
  pod,
  pullFailure,
  registryAnswer,
  secret,
  workload,
} from './build.ts';
import { best, type Facts, findings, textsOf } from './findings.ts';

const MINUTE = 60_000;
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';

function notFound(reference: string): string {
  return `rpc error: code = NotFound desc = failed to pull and unpack image "${reference}": failed to resolve image: ${reference}: not found`;
}

const TAG_MISSING = notFound('r.example.com/team/app:v999');

function tags(...nearest: readonly string[]): TagList {
  return { nearest: nearest.map((tag): NearTag => ({ tag, pushedAt: undefined })), count: 120, isComplete: true };
}

describe('a tag that the runtime did not find', () => {
  it.each([
    {
      why: 'the repository lists other tags',
      registry: registryAnswer([attempt('manifest-unknown')], { tags: tags('main') }),
      confidence: 'certain',
    },
    {
      why: 'only the manifest is unknown, which distribution says of unknown repositories too',
      registry: registryAnswer([attempt('manifest-unknown')]),
      confidence: 'likely',
    },
    { why: 'nobody was let in', registry: registryAnswer([attempt('unauthorized')]), confidence: 'likely' },
    {
      why: 'the registry gave no proper answer',
      registry: registryAnswer([attempt('unavailable')]),
      confidence: 'likely',
    },
    { why: 'the registry limits requests', registry: registryAnswer([attempt('rate-limited')]), confidence: 'likely' },
    { why: 'the registry was not asked', registry: undefined, confidence: 'likely' },
    { why: 'the registry finds it', registry: registryAnswer([attempt('found')]), confidence: 'likely' },
  ])('is $confidence where $why', ({ registry, confidence }) => {
    expect(best(TAG_MISSING, { registry })).toMatchObject({ causeId: 'tag-not-found', confidence });
  });

  it('is certain on hosts that show a private repository to nobody else, and on ECR', () => {
    const hub = { registry: registryAnswer([attempt('manifest-unknown')], { host: 'registry-1.docker.io' }) };
    expect(best(notFound('docker.io/library/nginx:1.99'), hub)).toMatchObject({
      causeId: 'tag-not-found',
      confidence: 'certain',
    });
    const ecr = { registry: registryAnswer([], { ecr: ecrAnswer({ repository: 'exists', image: 'missing' }) }) };
    expect(best(notFound(`${ECR}/cart:v9`), ecr)).toMatchObject({ causeId: 'tag-not-found', confidence: 'certain' });
  });

  it('says who answered what, from where and when', () => {
    const found = best(TAG_MISSING, { registry: registryAnswer([attempt('manifest-unknown')], { tags: tags('v99') }) });
    expect(found.evidence).toContainEqual({
      text: 'without credentials, the registry has no such manifest (404)',
      source: 'r.example.com, asked by pullmedic',
      at: NOW - 5_000,
    });
    expect(textsOf(found)).toContain('nearest of its 120 tags: v99');
  });

  it('is no longer doubted to be a missing repository', () => {
    const registry = registryAnswer([attempt('manifest-unknown')], { tags: tags('v99') });
    expect(findings(TAG_MISSING, { registry }).map(({ causeId }) => causeId)).toEqual(['tag-not-found']);
    expect(findings(TAG_MISSING).map(({ causeId }) => causeId)).toEqual(['tag-not-found', 'repository-not-found']);
  });
});

describe('the nearest tag', () => {
  const missing = (...nearest: readonly string[]): Facts => ({
    container: { name: 'app', kind: 'container', imagePullPolicy: undefined },
    workload: workload(),
    registry: registryAnswer([attempt('manifest-unknown')], { tags: tags(...nearest) }),
  });
  const of = (tag: string, ...nearest: readonly string[]) =>
    best(notFound(`r.example.com/team/app:${tag}`), missing(...nearest));

  it.each([
    { asked: 'v999', nearest: 'v99', phrase: 'tag v999 does not exist, v99 does' },
    { asked: '1.2.3', nearest: 'v1.2.3', phrase: 'tag 1.2.3 does not exist, v1.2.3 does' },
    { asked: 'Lates', nearest: 'latest', phrase: 'tag Lates does not exist, latest does' },
    { asked: 'v2', nearest: 'nightly', phrase: 'tag v2 does not exist' },
    { asked: 'a'.repeat(60), nearest: 'a'.repeat(59), phrase: `tag ${'a'.repeat(12)}… does not exist` },
    // Commits are not typed by hand.
    { asked: '4f2a9c81d03e', nearest: '4f2a9c81d03f', phrase: 'tag 4f2a9c81d03e does not exist' },
    // A phone makes a link of what looks like a host.
    { asked: 'app.example.io', nearest: 'app.example.co', phrase: 'the tag does not exist' },
    { asked: 'app.example.v1', nearest: 'app.example.io', phrase: 'tag app.example.v1 does not exist' },
  ])('$asked, where there is $nearest ─▶ $phrase', ({ asked, nearest, phrase }) => {
    expect(of(asked, nearest).phrase).toBe(phrase);
  });

  it('comes with the exact command, quoted', () => {
    const fix = of('v999', 'v99').fixes.find(({ id }) => id === 'correct-image');
    expect(fix?.commands).toEqual(["kubectl -n 'shop' set image 'deployment/web' 'app=r.example.com/team/app:v99'"]);
  });

  it('is no command where a GitOps tool would undo it, nor where nothing resembles it', () => {
    const text = notFound('r.example.com/team/app:v999');
    const owned = { ...missing('v99'), workload: workload({ managedBy: 'Argo CD app shop' }) };
    const fix = best(text, owned).fixes.find(({ id }) => id === 'correct-image');
    expect(fix?.commands).toEqual([]);
    expect(fix?.title).toContain('Argo CD app shop would undo');
    expect(of('v2', 'nightly').fixes.map(({ id }) => id)).not.toContain('correct-image');
  });
});

describe('when it was there', () => {
  const absent = registryAnswer([attempt('manifest-unknown')], { tags: tags() });

  it.each([
    { minutes: 14.9, detail: 'not-there-yet' },
    { minutes: 15, detail: undefined },
  ])('a rollout of $minutes min ─▶ $detail', ({ minutes, detail }) => {
    const found = best(TAG_MISSING, {
      registry: absent,
      workload: workload({ revisionCreatedAt: NOW - minutes * MINUTE }),
    });
    expect(found).toMatchObject({ causeId: 'tag-not-found', confidence: 'certain' });
    expect(found.detail).toBe(detail);
  });

  it('and is there by now, the next try gets it', () => {
    const found = best(TAG_MISSING, {
      registry: registryAnswer([attempt('found')]),
      workload: workload({ revisionCreatedAt: NOW - MINUTE }),
    });
    expect(found).toMatchObject({
      detail: 'appeared-since',
      confidence: 'likely',
      phrase: 'tag v999 was not found, the registry has it now',
    });
    expect(found.fixes[0]).toMatchObject({ id: 'restart-pod', commands: ["kubectl -n 'shop' delete pod 'web-1'"] });
  });

  it('and is there only for another secret, no restart is proposed', () => {
    const found = best(TAG_MISSING, {
      pod: pod({ pullSecretNames: ['regcred'] }),
      pullSecrets: [secret('regcred', { matching: [entry('r.example.com')] })],
      registry: registryAnswer([attempt('manifest-unknown', 'regcred'), attempt('found', 'other')]),
    });
    expect(found.detail).toBe('appeared-since');
    expect(found.fixes.map(({ id }) => id)).not.toContain('restart-pod');
  });

  it.each([
    { why: 'other pods run it', facts: { peers: peers({ runningPods: 2, runningNodes: ['node-2'] }) } },
    { why: 'the node has it', facts: { node: node('node-1', { hasImage: true }) } },
    {
      why: 'another revision serves with it',
      facts: { workload: workload({ previousImage: 'r.example.com/team/app:v999', oldAvailable: 3 }) },
    },
  ])('it is gone since, because $why', ({ facts }) => {
    expect(best(TAG_MISSING, { registry: absent, imageText: 'r.example.com/team/app:v999', ...facts })).toMatchObject({
      detail: 'gone-since',
      confidence: 'certain',
      phrase: 'tag v999 is gone: it was there before',
    });
  });

  it('is not concluded from a revision that does not serve', () => {
    const facts = { workload: workload({ previousImage: 'r.example.com/team/app:v999', oldAvailable: 0 }) };
    expect(best(TAG_MISSING, { registry: absent, imageText: 'r.example.com/team/app:v999', ...facts }).detail).toBe(
      undefined,
    );
  });

  it('names the lifecycle rules of ECR', () => {
    const ecr = ecrAnswer({ repository: 'exists', image: 'missing', lifecycleRules: ['keeps the newest 20'] });
    const found = best(notFound(`${ECR}/cart:v9`), {
      registry: registryAnswer([], { ecr }),
      peers: peers({ runningPods: 1, runningNodes: ['node-2'] }),
    });
    expect(found.detail).toBe('gone-since');
    expect(textsOf(found)).toContain('lifecycle rules of the repository: keeps the newest 20');
  });
});

describe('a digest', () => {
  const text = notFound(`r.example.com/team/app@${DIGEST}`);
  const registry = registryAnswer([attempt('manifest-unknown')], { tags: tags() });

  it('that the repository does not have is certainly missing', () => {
    expect(best(text, { registry })).toMatchObject({ causeId: 'digest-not-found', confidence: 'certain' });
    expect(best(text)).toMatchObject({ causeId: 'digest-not-found', confidence: 'likely' });
  });

  it('that pods run is gone', () => {
    const found = best(text, { registry, peers: peers({ runningPods: 1, runningNodes: ['node-2'] }) });
    expect(found).toMatchObject({
      detail: 'gone-since',
      phrase: 'the pinned digest of team/app is gone: it was there before',
    });
  });

  it('that the registry finds now is only likely missing', () => {
    const found = best(text, { registry: registryAnswer([attempt('found')]) });
    expect(found).toMatchObject({ causeId: 'digest-not-found', confidence: 'likely', detail: 'appeared-since' });
  });
});

describe('a repository', () => {
  const text =
    'failed to pull and unpack image "r.example.com/team/app:v1": failed to resolve image: unexpected status 404: NAME_UNKNOWN: repository name not known to registry';
  const unknown = registryAnswer([attempt('repository-unknown')]);

  it('is certainly missing where the registry knows none, in whichever words the runtime said so', () => {
    expect(best(text, { registry: unknown })).toMatchObject({ causeId: 'repository-not-found', confidence: 'certain' });
    expect(findings(TAG_MISSING, { registry: unknown }).map(({ causeId }) => causeId)).toEqual([
      'repository-not-found',
    ]);
  });

  it.each([
    {
      why: 'a secret for the registry was not tried',
      facts: { otherSecrets: [secret('x', { matching: [entry('r.example.com')] })] },
    },
    {
      why: 'a secret of the pod could not be read',
      facts: { pod: pod({ pullSecretNames: ['x'] }), pullSecrets: [secret('x', { state: 'unreadable' })] },
    },
    {
      why: 'somebody else finds the image',
      facts: { registry: registryAnswer([attempt('repository-unknown'), attempt('found', 'other')]) },
    },
  ])('is not certainly missing while $why', ({ facts }) => {
    const found = findings(text, { registry: unknown, ...facts });
    expect(found.filter(({ confidence }) => confidence === 'certain')).toEqual([]);
    expect(found[0]?.causeId).toBe('repository-not-found');
  });

  it('is not certainly missing on a host that hides private ones', () => {
    const hub = notFound('docker.io/acme/app:v1');
    const found = findings(hub, { registry: registryAnswer([attempt('repository-unknown')]) });
    expect(found.filter(({ confidence }) => confidence === 'certain')).toEqual([]);
  });

  it('that ECR itself does not list is certainly missing', () => {
    const registry = registryAnswer([], { ecr: ecrAnswer({ repository: 'missing' }) });
    expect(best(notFound(`${ECR}/cart:v9`), { registry })).toMatchObject({
      causeId: 'repository-not-found',
      confidence: 'certain',
    });
  });

  it('that exists by now is said', () => {
    const found = best(text, { registry: registryAnswer([attempt('found')]) });
    expect(found).toMatchObject({ causeId: 'repository-not-found', confidence: 'likely' });
    expect(textsOf(found)).toContain('the registry has it now');
  });
});

describe('a platform', () => {
  const text =
    'failed to pull and unpack image "r.example.com/team/app:v1": no match for platform in manifest: not found';
  const platform = (architecture: string, os = 'linux') => ({ os, architecture, variant: undefined });

  it('that the image does not list is certainly missing, and both sides are named', () => {
    const found = best(text, {
      node: node('node-1'),
      registry: registryAnswer([attempt('found')], { platforms: [platform('arm64'), platform('unknown', 'unknown')] }),
    });
    expect(found).toMatchObject({
      causeId: 'platform-mismatch',
      confidence: 'certain',
      detail: 'platform-not-in-index',
      phrase: 'team/app:v1 has linux/arm64, the node is linux/amd64',
    });
  });

  it.each([
    { why: 'lists it now', platforms: [platform('arm64'), platform('amd64')], facts: { node: node('node-1') } },
    { why: 'does not say its platform', platforms: [platform('', '')], facts: { node: node('node-1') } },
    { why: 'was not read', platforms: undefined, facts: { node: node('node-1') } },
    { why: 'lists others, and the node is not known', platforms: [platform('arm64')], facts: {} },
  ])('is likely missing where the image $why', ({ platforms, facts }) => {
    const found = best(text, { registry: registryAnswer([attempt('found')], { platforms }), ...facts });
    expect(found).toMatchObject({ causeId: 'platform-mismatch', confidence: 'likely' });
    expect(found.detail).toBeUndefined();
  });
});

describe('a tag that moves', () => {
  it('is a risk beside the cause, said once', () => {
    const moved = best(TAG_MISSING, {
      registry: registryAnswer([attempt('found')], { digest: `sha256:${'cd'.repeat(32)}` }),
      peers: peers({ runningPods: 1, runningNodes: ['node-2'], runningDigests: [DIGEST] }),
    });
    expect(moved.evidence.filter(({ text }) => text.startsWith('risk:'))).toHaveLength(1);
    const latest = findings(notFound('r.example.com/team/app'), {
      image: pullFailure(notFound('r.example.com/team/app')).image,
    });
    expect(textsOf(latest[0] ?? moved)).toContain('no tag means latest, which moves');
  });

  it('is not said of a digest, nor where pods run what the tag means now', () => {
    const same = best(TAG_MISSING, {
      registry: registryAnswer([attempt('found')], { digest: DIGEST }),
      peers: peers({ runningPods: 1, runningNodes: ['node-2'], runningDigests: [DIGEST] }),
    });
    expect(textsOf(same)).not.toContain('risk:');
  });
});
