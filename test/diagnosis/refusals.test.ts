import { describe, expect, it } from '@jest/globals';
import { attempt, ecrAnswer, entry, HOUR, NOW, node, pod, pullFailure, registryAnswer, secret } from './build.ts';
import { best, type Facts, findings, textsOf } from './findings.ts';

const HOST = 'r.example.com';
const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const BARE_401 = `failed to pull and unpack image "${HOST}/team/app:v1": failed to resolve image: unexpected status from HEAD request to https://${HOST}/v2/team/app/manifests/v1: 401 Unauthorized`;
const FORBIDDEN = BARE_401.replace('401 Unauthorized', '403 Forbidden');
const NO_CREDENTIALS = `failed to pull and unpack image "${HOST}/team/app:v1": failed to resolve image: pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials`;
const DENIED = (image: string) =>
  `failed to pull and unpack image "${image}": failed to resolve image: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`;

/** A pod whose secret `regcred` has an entry for the host. */
function withSecret(facts: Parameters<typeof secret>[1] = {}, host = HOST): Facts {
  const entries = [entry(host)];
  return {
    pod: pod({ pullSecretNames: ['regcred'] }),
    pullSecrets: [secret('regcred', { entries, matching: entries, ...facts })],
  };
}

describe('credentials that were sent and refused', () => {
  it.each([
    {
      why: 'all were tried, and nobody gets in without',
      attempts: [attempt('unauthorized', 'regcred'), attempt('unauthorized')],
      confidence: 'certain',
    },
    {
      why: 'the anonymous question is forbidden',
      attempts: [attempt('unauthorized', 'regcred'), attempt('forbidden')],
      confidence: 'certain',
    },
    { why: 'nobody asked without', attempts: [attempt('unauthorized', 'regcred')], confidence: 'likely' },
    {
      why: 'only another secret was tried',
      attempts: [attempt('unauthorized', 'other'), attempt('unauthorized')],
      confidence: 'likely',
    },
    {
      why: 'another entry of the secret was tried',
      attempts: [attempt('unauthorized', 'regcred other.example.com'), attempt('unauthorized')],
      confidence: 'likely',
    },
    {
      why: 'the registry did not answer',
      attempts: [attempt('unavailable', 'regcred'), attempt('unauthorized')],
      confidence: 'likely',
    },
    { why: 'they are accepted now', attempts: [attempt('found', 'regcred')], confidence: 'likely' },
    { why: 'nothing was asked', attempts: [], confidence: 'likely' },
  ])('are $confidence where $why', ({ attempts, confidence }) => {
    const found = best(BARE_401, { ...withSecret(), registry: registryAnswer(attempts) });
    expect(found).toMatchObject({ causeId: 'auth-invalid', confidence });
  });

  it('are never certain while another secret of the pod is missing, malformed or unread', () => {
    for (const state of ['missing', 'malformed', 'unreadable'] as const) {
      const facts = withSecret();
      const found = findings(BARE_401, {
        ...facts,
        pod: pod({ pullSecretNames: ['regcred', 'second'] }),
        pullSecrets: [...(facts.pullSecrets ?? []), secret('second', { state })],
        registry: registryAnswer([attempt('unauthorized', 'regcred'), attempt('unauthorized')]),
      });
      expect(found.filter(({ confidence }) => confidence === 'certain')).toEqual([]);
    }
  });

  it('are never certain where the kubelet may have another credential of its own', () => {
    const text = BARE_401.replaceAll(HOST, ECR);
    const found = findings(text, {
      ...withSecret({}, ECR),
      registry: registryAnswer([attempt('unauthorized', `regcred ${ECR}`), attempt('unauthorized')]),
    });
    expect(found.filter(({ confidence }) => confidence === 'certain')).toEqual([]);
  });

  it('say who wrote the secret last, and that it is accepted now', () => {
    const facts = withSecret({ lastWrittenBy: 'kubectl-edit', lastWrittenAt: NOW - HOUR });
    const found = best(BARE_401, { ...facts, registry: registryAnswer([attempt('found', 'regcred')]) });
    expect(textsOf(found)).toContain('last written 2026-11-22 11:00 UTC by kubectl-edit');
    expect(textsOf(found)).toContain('the registry gives the image to secret regcred now');
    expect(found.fixes[0]?.id).toBe('restart-pod');
  });

  it('settle a wording that means two things', () => {
    const found = findings(DENIED('docker.io/acme/trainer:2'), {
      ...withSecret({}, 'docker.io'),
      registry: registryAnswer([attempt('unauthorized', 'regcred docker.io'), attempt('unauthorized')]),
    });
    expect(found.map(({ causeId, confidence }) => `${causeId} ${confidence}`)).toEqual(['auth-invalid certain']);
  });
});

describe('a stale credential on a public image', () => {
  const registry = registryAnswer([attempt('unauthorized', 'regcred'), attempt('found')]);

  it('is proven by both answers, and the entry can go', () => {
    const found = best(BARE_401, { ...withSecret(), registry });
    expect(found).toMatchObject({
      causeId: 'auth-invalid',
      confidence: 'certain',
      detail: 'stale-credential-on-public-image',
      phrase: 'public image, but the pull secret for it is refused',
    });
    expect(found.fixes[0]?.id).toBe('remove-stale-credential');
    expect(found.fixes[0]?.commands[0]).toContain(
      "kubectl -n 'shop' get secret 'regcred' -o json | jq --arg key 'r.example.com'",
    );
  });

  it('is told by a 403 too', () => {
    const forbidden = registryAnswer([attempt('forbidden', 'regcred'), attempt('found')]);
    expect(best(FORBIDDEN, { ...withSecret(), registry: forbidden })).toMatchObject({
      causeId: 'auth-forbidden',
      confidence: 'certain',
      detail: 'stale-credential-on-public-image',
    });
  });

  it('is told of an expired one', () => {
    const entries = [entry(HOST, { expiresAt: NOW - HOUR, expirySource: 'token' })];
    const found = best(BARE_401, { ...withSecret({ matching: entries }), registry });
    expect(found).toMatchObject({
      causeId: 'auth-expired',
      confidence: 'certain',
      detail: 'stale-credential-on-public-image',
    });
    expect(found.fixes[0]?.id).toBe('remove-stale-credential');
  });

  it('of public ECR, which answers 400', () => {
    const text = BARE_401.replaceAll(HOST, 'public.ecr.aws').replace('401 Unauthorized', '400 Bad Request');
    const found = best(text, {
      ...withSecret({}, 'public.ecr.aws'),
      registry: registryAnswer([attempt('unavailable', 'regcred public.ecr.aws'), attempt('found')]),
    });
    expect(found).toMatchObject({ causeId: 'auth-expired', detail: 'stale-credential-on-public-image' });
  });

  it('is not concluded while nobody gets it without one, nor while one is accepted', () => {
    for (const attempts of [
      [attempt('unauthorized', 'regcred'), attempt('unauthorized')],
      [attempt('found', 'regcred'), attempt('found')],
      [attempt('found')],
    ]) {
      const found = findings(BARE_401, { ...withSecret(), registry: registryAnswer(attempts) });
      expect(found.map(({ detail }) => detail)).not.toContain('stale-credential-on-public-image');
    }
  });

  it('is changed where its owner writes it, not by a command', () => {
    const found = best(BARE_401, { ...withSecret({ ownedBy: 'ExternalSecret regcred' }), registry });
    expect(found.fixes[0]?.commands).toEqual([]);
    expect(found.fixes[0]?.title).toContain('ExternalSecret regcred writes it');
  });
});

describe('an expiry', () => {
  const expired = [entry(ECR, { expiresAt: NOW - 6 * HOUR, expirySource: 'token' })];
  const text = FORBIDDEN.replaceAll(HOST, ECR);

  it('is only likely where the registry takes the credential', () => {
    const facts = withSecret({ matching: expired });
    expect(best(text, facts)).toMatchObject({ causeId: 'auth-expired', confidence: 'certain' });
    const registry = registryAnswer([attempt('found', `regcred ${ECR}`)]);
    expect(best(text, { ...facts, registry })).toMatchObject({ causeId: 'auth-expired', confidence: 'likely' });
  });
});

describe('credentials that were not sent', () => {
  const kept = registryAnswer([attempt('unauthorized')]);

  it.each([
    { why: 'a registry of its own keeps everybody out', text: BARE_401, registry: kept, confidence: 'certain' },
    {
      why: 'it gives the image to anybody now',
      text: NO_CREDENTIALS,
      registry: registryAnswer([attempt('found')]),
      confidence: 'likely',
    },
    {
      why: 'it does not answer',
      text: BARE_401,
      registry: registryAnswer([attempt('unavailable')]),
      confidence: 'likely',
    },
    { why: 'nodes have their own', text: BARE_401.replaceAll(HOST, ECR), registry: kept, confidence: 'likely' },
  ])('are $confidence where $why', ({ text, registry, confidence }) => {
    const found = findings(text, { registry }).find(({ causeId }) => causeId === 'auth-missing');
    expect(found).toMatchObject({ confidence });
  });

  it('are certain for a wording that means two things where another secret is accepted', () => {
    const other = secret('hub', { matching: [entry('docker.io')] });
    const found = findings(DENIED('docker.io/acme/trainer:2'), {
      otherSecrets: [other],
      serviceAccount: { name: 'default', isFound: true, pullSecretNames: [] },
      registry: registryAnswer([attempt('unauthorized'), attempt('found', 'hub docker.io')]),
    });
    expect(found.map(({ causeId, confidence }) => `${causeId} ${confidence}`)).toEqual(['auth-missing certain']);
    expect(found[0]?.detail).toBe('serviceaccount-lacks-secret');
    expect(found[0]?.evidence.map(({ text }) => text)).toContain('with secret hub, the registry has the image (200)');
  });

  it('are two things still where nobody was let in', () => {
    const found = findings(DENIED('docker.io/acme/trainer:2'), { registry: kept });
    expect(found[0]).toMatchObject({ causeId: 'access-denied-or-not-found', confidence: 'likely' });
    expect(found.filter(({ confidence }) => confidence === 'certain')).toEqual([]);
  });

  it('are not looked for in a secret that the registry refuses', () => {
    const found = best(NO_CREDENTIALS, {
      otherSecrets: [secret('old', { matching: [entry(HOST)] })],
      registry: registryAnswer([attempt('unauthorized'), attempt('unauthorized', 'old')]),
    });
    expect(found.causeId).toBe('auth-missing');
    expect(found.detail).toBeUndefined();
    expect(textsOf(found)).toContain('with secret old, the registry refuses the login (401)');
  });

  it('are no matter where the repository is not there', () => {
    const found = findings(DENIED(`${HOST}/team/app:v1`), {
      ...withSecret(),
      registry: registryAnswer([attempt('repository-unknown', 'regcred')]),
    });
    expect(found.map(({ causeId, confidence }) => `${causeId} ${confidence}`)).toEqual([
      'repository-not-found certain',
    ]);
  });
});

describe('a permission', () => {
  it('is what is missing where the repository is there and every credential is kept out', () => {
    const found = findings(DENIED(`${HOST}/team/app:v1`), {
      ...withSecret(),
      registry: registryAnswer([attempt('forbidden', 'regcred'), attempt('unauthorized'), attempt('found', 'other')]),
    });
    expect(found.map(({ causeId, confidence }) => `${causeId} ${confidence}`)).toEqual(['auth-forbidden certain']);
  });

  it('stays one of two things where nobody saw the repository', () => {
    const found = findings(DENIED(`${HOST}/team/app:v1`), {
      ...withSecret(),
      registry: registryAnswer([attempt('forbidden', 'regcred'), attempt('unauthorized')]),
    });
    expect(found[0]).toMatchObject({ causeId: 'access-denied-or-not-found', confidence: 'likely' });
  });
});

describe('a login that is good', () => {
  const login = (facts: ReturnType<typeof attempt>[]) => ({
    ...withSecret(),
    registry: registryAnswer([{ ...attempt('unauthorized', 'regcred'), isLoginGood: true }, ...facts]),
  });

  it('is no wrong password, whatever the registry answers to the pull', () => {
    const found = findings(BARE_401, login([attempt('unauthorized')]));
    expect(found[0]).toMatchObject({
      causeId: 'auth-forbidden',
      confidence: 'likely',
      phrase: 'the login of the pull secret is good, but it may not pull this',
    });
    expect(textsOf(found[0] ?? best(BARE_401))).toContain('the registry takes the login and refuses the pull (401)');
    expect(found.find(({ causeId }) => causeId === 'auth-invalid')?.confidence).toBe('possible');
  });

  it('leaves open whether the repository is there', () => {
    const found = findings(DENIED(`${HOST}/team/app:v1`), login([attempt('unauthorized')]));
    expect(found[0]).toMatchObject({ causeId: 'access-denied-or-not-found', confidence: 'likely' });
    expect(found.map(({ confidence }) => confidence)).not.toContain('certain');
  });

  it('is certainly forbidden where somebody else sees the repository', () => {
    const found = findings(DENIED(`${HOST}/team/app:v1`), login([attempt('unauthorized'), attempt('found', 'other')]));
    expect(found[0]).toMatchObject({ causeId: 'auth-forbidden', confidence: 'certain' });
  });
});

describe('a failure of which no text is left', () => {
  const image = pullFailure(BARE_401).image;
  const silent = (facts: Facts): Facts => ({ reason: 'ImagePullBackOff', image, imageText: image?.raw, ...facts });
  const causes = (facts: Facts) =>
    findings('', silent(facts)).map(({ causeId, confidence }) => `${causeId} ${confidence}`);

  it.each([
    {
      registry: registryAnswer([attempt('manifest-unknown')], { tags: { nearest: [], count: 3, isComplete: true } }),
      best: 'tag-not-found likely',
    },
    { registry: registryAnswer([attempt('repository-unknown')]), best: 'repository-not-found likely' },
    { registry: registryAnswer([attempt('unauthorized')]), best: 'auth-missing likely' },
    { registry: registryAnswer([attempt('found')]), best: 'unknown possible' },
    { registry: registryAnswer([attempt('unavailable')]), best: 'unknown possible' },
    { registry: undefined, best: 'unknown possible' },
  ])('is judged by what the registry answers: $best', ({ registry, best: id }) => {
    expect(causes({ registry })[0]).toBe(id);
  });

  it('is a wrong password where the registry refuses what is sent, an expired token where that is one', () => {
    const registry = registryAnswer([attempt('unauthorized', 'regcred'), attempt('unauthorized')]);
    expect(causes({ ...withSecret(), registry })).toEqual(['auth-invalid likely']);
    const matching = [entry(HOST, { expiresAt: NOW - HOUR, expirySource: 'token' })];
    expect(causes({ ...withSecret({ matching }), registry })[0]).toBe('auth-expired likely');
  });

  it('is a missing platform where the image lists others', () => {
    const platforms = [{ os: 'linux', architecture: 'arm64', variant: undefined }];
    const registry = registryAnswer([attempt('found')], { platforms });
    expect(causes({ node: node('node-1'), registry })).toEqual(['platform-mismatch likely']);
  });

  it('is not judged so while a text says something', () => {
    const registry = registryAnswer([attempt('repository-unknown')]);
    const found = findings('no space left on device', silent({ registry }));
    expect(found.map(({ causeId }) => causeId)).toEqual(['disk-full']);
  });
});

describe('another AWS account', () => {
  const role = 'arn:aws:sts::111122223333:assumed-role/eks-nodes/i-0abcdef0123456789';
  const text = `failed to pull image "${ECR}/cart:v1": denied: User: ${role} is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:eu-west-1:123456789012:repository/cart because no resource-based policy allows the ecr:BatchGetImage action`;
  const facts = (ecr: Parameters<typeof ecrAnswer>[0] = {}): Facts => ({
    image: pullFailure(FORBIDDEN.replaceAll(HOST, ECR).replaceAll('team/app', 'cart')).image,
    registry: registryAnswer([], { host: ECR, ecr: ecrAnswer({ repository: 'exists', ...ecr }) }),
  });

  it.each([
    { why: 'the repository has no policy', ecr: { hasPolicy: false }, confidence: 'certain' },
    {
      why: 'the policy names others',
      ecr: { hasPolicy: true, pullPrincipals: ['arn:aws:iam::444455556666:root'] },
      confidence: 'certain',
    },
    {
      why: 'the policy names it',
      ecr: { hasPolicy: true, pullPrincipals: ['arn:aws:iam::111122223333:root'] },
      confidence: 'likely',
    },
    {
      why: 'the policy names the role with its path',
      ecr: { hasPolicy: true, pullPrincipals: ['arn:aws:iam::111122223333:role/infra/eks-nodes'] },
      confidence: 'likely',
    },
    { why: 'the policy lets everybody', ecr: { hasPolicy: true, pullPrincipals: ['*'] }, confidence: 'likely' },
    { why: 'the policy was not read', ecr: {}, confidence: 'likely' },
  ])('is kept out, $confidence, where $why', ({ ecr, confidence }) => {
    const found = findings(text, facts(ecr));
    const forbidden = found.find(({ causeId }) => causeId === 'auth-forbidden');
    if (confidence === 'certain') {
      expect(forbidden).toMatchObject({
        confidence,
        detail: 'cross-account-policy',
        phrase: 'repository of account 123456789012 does not let 111122223333 pull',
      });
      expect(found[0]).toBe(forbidden);
    } else {
      // The role's own permission is as likely, and the text speaks of the role.
      expect(found.map((each) => each.confidence)).not.toContain('certain');
      expect(found[0]).toMatchObject({ causeId: 'node-iam-no-ecr-permission', detail: 'node-role' });
    }
  });

  it('gets the statement that is missing', () => {
    const fix = best(text, facts({ hasPolicy: false })).fixes.find(({ id }) => id === 'allow-in-policy');
    const policy = JSON.parse(/--policy-text '(.*)'$/.exec(fix?.commands[0] ?? '')?.[1] ?? 'null');
    expect(policy.Statement).toEqual([
      {
        Sid: 'PullFrom111122223333',
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::111122223333:role/eks-nodes' },
        Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'],
      },
    ]);
    const added = best(text, facts()).fixes.find(({ id }) => id === 'allow-in-policy');
    expect(added?.commands[0]).toContain("jq --argjson add '{");
  });

  it('is not the case for a role of the same account', () => {
    const own = text.replace('111122223333', '123456789012');
    const found = findings(own, facts({ hasPolicy: false }));
    expect(found.map(({ detail }) => detail)).not.toContain('cross-account-policy');
    expect(found[0]).toMatchObject({
      causeId: 'node-iam-no-ecr-permission',
      detail: 'node-role',
      phrase: 'node role eks-nodes may not pull from ECR',
    });
    expect(found[0]?.fixes.flatMap(({ commands }) => commands)).toContain(
      "aws iam attach-role-policy --role-name 'eks-nodes' --policy-arn 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly'",
    );
  });
});

describe('a rate limit', () => {
  const text =
    'failed to pull and unpack image "docker.io/library/nginx:1": failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/nginx/manifests/1: 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit';
  const rateLimit = { limit: 100, windowSeconds: 21_600, remaining: 87, source: '203.0.113.7' };

  it('is that of an address where Docker Hub is asked without credentials, and never certain', () => {
    const found = best(text, { registry: registryAnswer([attempt('manifest-unknown')], { rateLimit }) });
    expect(found).toMatchObject({ causeId: 'rate-limited', confidence: 'likely', detail: 'per-address' });
    expect(textsOf(found)).toContain(
      "the limit is 100 pulls in 6 h, 87 left (seen from pullmedic's address, not the node's)",
    );
  });

  it.each([
    { why: 'a secret is sent', text, facts: withSecret({}, 'docker.io') },
    {
      why: 'another registry limits',
      text: text.replaceAll(/registry-1\.docker\.io|docker\.io/g, 'quay.io'),
      facts: {},
    },
    { why: 'secrets were not read', text, facts: { pod: pod({ pullSecretNames: ['regcred'] }) } },
  ])('is not called that where $why', ({ text: said, facts }) => {
    const found = best(said, facts);
    expect(found.causeId).toBe('rate-limited');
    expect(found.detail).toBeUndefined();
  });
});
