import { describe, expect, it } from '@jest/globals';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import { parsePullError } from '../../shared/domain/pull-error.ts';
import type { NodeFact } from '../../shared/domain/pull-failure.ts';
import { entry, event, HOUR, NOW, pod, pullFailure, secret } from './build.ts';

const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const FORBIDDEN_ECR = `failed to pull and unpack image "${ECR}/cart:v1": failed to resolve reference "${ECR}/cart:v1": unexpected status from HEAD request to https://${ECR}/v2/cart/manifests/v1: 403 Forbidden`;
const NO_CREDENTIALS =
  'failed to pull and unpack image "r.example.com/team/app:v1": failed to resolve image: pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials';
const BARE_401 =
  'failed to pull and unpack image "r.example.com/team/app:v1": failed to resolve image: unexpected status from HEAD request to https://r.example.com/v2/team/app/manifests/v1: 401 Unauthorized';
const DENIED =
  'failed to pull and unpack image "docker.io/acme/trainer:2": failed to resolve image: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed';

const NODE: NodeFact = {
  name: 'node-1',
  isFound: true,
  createdAt: undefined,
  architecture: 'arm64',
  operatingSystem: 'linux',
  kubeletVersion: undefined,
  runtimeVersion: undefined,
  isReady: true,
  hasDiskPressure: false,
  diskPressureSince: undefined,
  hasImage: false,
};

function best(...args: Parameters<typeof pullFailure>) {
  const finding = diagnose(pullFailure(...args))[0];
  if (finding === undefined) throw new Error('diagnose gave nothing');
  return finding;
}

describe('an ECR token', () => {
  const withEntries = (...entries: ReturnType<typeof entry>[]) => ({
    pod: pod({ pullSecretNames: ['ecr-creds'] }),
    pullSecrets: [secret('ecr-creds', { entries, matching: entries })],
  });

  it.each([
    { agoMs: 6 * HOUR, best: 'auth-expired', confidence: 'certain' },
    { agoMs: 0, best: 'auth-expired', confidence: 'certain' },
    { agoMs: -1, best: 'auth-forbidden', confidence: 'likely' },
  ])('that expired $agoMs ms ago and a 403 ─▶ $best, $confidence', ({ agoMs, best: id, confidence }) => {
    const found = best(FORBIDDEN_ECR, withEntries(entry(ECR, { expiresAt: NOW - agoMs, expirySource: 'token' })));
    expect(found).toMatchObject({ causeId: id, confidence });
  });

  it('names what expired, when, and whom a refresh would serve', () => {
    const found = best(FORBIDDEN_ECR, withEntries(entry(ECR, { expiresAt: NOW - 6 * HOUR, expirySource: 'token' })));
    expect(found.detail).toBe('ecr-token-expired');
    expect(found.subject).toBe('ecr/123456789012/eu-west-1');
    expect(found.phrase).toBe('ECR pull secret has expired');
    expect(found.evidence.map(({ text }) => text).join()).toContain(
      'secret ecr-creds: its token expired 2026-11-22 06:00 UTC, 6 h ago',
    );
    expect(found.evidence.map(({ source }) => source)).toContain('expiry written in the token');
    expect(found.fixes.flatMap(({ commands }) => commands).join()).toContain(
      "aws ecr get-login-password --region 'eu-west-1'",
    );
  });

  it('is only possible while another entry is still good', () => {
    const expired = entry(ECR, { expiresAt: NOW - 1, expirySource: 'token' });
    const found = diagnose(
      pullFailure(FORBIDDEN_ECR, withEntries(expired, entry(ECR, { expiresAt: NOW + HOUR, expirySource: 'token' }))),
    );
    expect(found.map(({ causeId, confidence }) => [causeId, confidence])).toContainEqual(['auth-expired', 'possible']);
    expect(found[0]?.causeId).toBe('auth-forbidden');
  });

  it('whose expiry is concluded from its age is never certain', () => {
    expect(best(FORBIDDEN_ECR, withEntries(entry(ECR, { expiresAt: NOW - 1, expirySource: 'age' })))).toMatchObject({
      causeId: 'auth-expired',
      confidence: 'likely',
    });
  });

  it('is never certain while another secret of the pod could not be read', () => {
    const failure = {
      pod: pod({ pullSecretNames: ['ecr-creds', 'other'] }),
      pullSecrets: [
        secret('ecr-creds', { matching: [entry(ECR, { expiresAt: NOW - 1, expirySource: 'token' })] }),
        secret('other', { state: 'unreadable' }),
      ],
    };
    expect(diagnose(pullFailure(FORBIDDEN_ECR, failure)).filter(({ confidence }) => confidence === 'certain')).toEqual(
      [],
    );
  });

  it('that expired explains no missing tag', () => {
    const text = `rpc error: code = NotFound desc = failed to pull and unpack image "${ECR}/cart:v1": failed to resolve reference "${ECR}/cart:v1": ${ECR}/cart:v1: not found`;
    const found = diagnose(pullFailure(text, withEntries(entry(ECR, { expiresAt: NOW - 1, expirySource: 'token' }))));
    expect(found.map(({ causeId }) => causeId)).toEqual(['tag-not-found', 'repository-not-found']);
  });

  it('for another region is said', () => {
    const other = entry('123456789012.dkr.ecr.us-east-1.amazonaws.com', { ecrRegion: 'us-east-1' });
    const found = best(`Get https://${ECR}/v2/cart/manifests/v1: no basic auth credentials`, {
      pod: pod({ pullSecretNames: ['ecr-creds'] }),
      pullSecrets: [secret('ecr-creds', { entries: [other] })],
      image: pullFailure(FORBIDDEN_ECR).image,
    });
    expect(found).toMatchObject({ causeId: 'auth-missing', detail: 'ecr-wrong-region' });
    expect(found.confidence).not.toBe('certain');
  });
});

describe('a secret that the pod names', () => {
  it('and that does not exist is certain where no credentials were sent', () => {
    const found = best(NO_CREDENTIALS, {
      pod: pod({ pullSecretNames: ['regcred'] }),
      pullSecrets: [secret('regcred', { state: 'missing' })],
    });
    expect(found).toMatchObject({
      causeId: 'secret-not-found',
      confidence: 'certain',
      subject: 'shop/regcred',
      phrase: 'pull secret regcred does not exist',
    });
  });

  it('is likely missing where only the kubelet says so', () => {
    const found = diagnose(
      pullFailure(NO_CREDENTIALS, {
        pod: pod({ pullSecretNames: ['regcred'] }),
        pullSecrets: [secret('regcred', { state: 'unreadable' })],
        events: [
          event(
            'FailedToRetrieveImagePullSecret',
            'Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.',
          ),
        ],
      }),
    );
    expect(found.map(({ causeId, confidence }) => `${causeId} ${confidence}`)).toEqual(['secret-not-found likely']);
  });

  it.each([
    { createdMs: 1_000, best: 'secret-not-found', detail: 'created-since' },
    { createdMs: -1_000, best: 'auth-missing', detail: undefined },
  ])('and that was created $createdMs ms after the last try ─▶ $best', ({ createdMs, best: id, detail }) => {
    const entries = [entry('r.example.com')];
    const found = best(NO_CREDENTIALS, {
      pod: pod({ pullSecretNames: ['regcred'] }),
      lastFailedAt: NOW - 60_000,
      pullSecrets: [secret('regcred', { entries, matching: entries, createdAt: NOW - 60_000 + createdMs })],
      events: [
        event(
          'FailedToRetrieveImagePullSecret',
          'Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.',
        ),
      ],
    });
    expect(found).toMatchObject({ causeId: id });
    if (detail !== undefined) {
      expect(found).toMatchObject({ detail, phrase: 'pull secret regcred came after the last try' });
      expect(found.fixes.map(({ id: fix }) => fix)).toEqual(['restart-pod']);
    }
  });

  it('and that is missing explains nothing on a public image', () => {
    const text =
      'rpc error: code = NotFound desc = failed to pull and unpack image "r.example.com/team/app:v9": failed to resolve image: r.example.com/team/app:v9: not found';
    const found = best(text, {
      pod: pod({ pullSecretNames: ['regcred'] }),
      pullSecrets: [secret('regcred', { state: 'missing' })],
    });
    expect(found.causeId).toBe('tag-not-found');
  });

  it('and that exists by now is not called missing for an old event', () => {
    const found = best(NO_CREDENTIALS, {
      pod: pod({ pullSecretNames: ['regcred'] }),
      pullSecrets: [secret('regcred')],
      events: [
        event(
          'FailedToRetrieveImagePullSecret',
          'Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.',
        ),
      ],
    });
    expect(found).toMatchObject({ causeId: 'auth-missing', detail: 'secret-lacks-host' });
  });

  it('and that is malformed is said with what is wrong', () => {
    const found = best(NO_CREDENTIALS, {
      pod: pod({ pullSecretNames: ['regcred'] }),
      pullSecrets: [secret('regcred', { state: 'malformed', problem: 'its type is Opaque' })],
    });
    expect(found).toMatchObject({ causeId: 'secret-malformed', confidence: 'certain' });
    expect(found.evidence.map(({ text }) => text).join()).toContain('its type is Opaque');
  });
});

describe('missing credentials', () => {
  it('name the nearest host that the secret has', () => {
    const found = best(NO_CREDENTIALS, {
      pod: pod({ pullSecretNames: ['regcred'] }),
      pullSecrets: [secret('regcred', { entries: [entry('ghcr.io'), entry('r.example.org')] })],
    });
    expect(found).toMatchObject({ causeId: 'auth-missing', detail: 'secret-lacks-host', confidence: 'certain' });
    expect(found.evidence.map(({ text }) => text).join()).toContain('the nearest entry is for r.example.org');
  });

  it('say that the ServiceAccount lacks a secret that exists', () => {
    const found = best(NO_CREDENTIALS, {
      otherSecrets: [secret('regcred', { matching: [entry('r.example.com')] })],
      serviceAccount: { name: 'default', isFound: true, pullSecretNames: [] },
    });
    expect(found).toMatchObject({ causeId: 'auth-missing', detail: 'serviceaccount-lacks-secret' });
    expect(found.fixes[0]?.commands[0]).toBe(
      `kubectl -n 'shop' patch serviceaccount 'default' -p '{"imagePullSecrets":[{"name":"regcred"}]}'`,
    );
  });

  it('say that the secret was attached after the pod was created', () => {
    const found = best(NO_CREDENTIALS, {
      serviceAccount: { name: 'default', isFound: true, pullSecretNames: ['regcred'] },
    });
    expect(found).toMatchObject({ causeId: 'auth-missing', detail: 'attached-after-creation' });
  });

  it.each([
    { state: 'ok' as const, detail: undefined },
    { state: 'missing' as const, detail: undefined },
    { state: 'unreadable' as const, detail: 'attached-after-creation' },
  ])('say so of a secret without an entry for the host that is $state: $detail', ({ state, detail }) => {
    const found = best(NO_CREDENTIALS, {
      otherSecrets: [secret('regcred', { state })],
      serviceAccount: { name: 'default', isFound: true, pullSecretNames: ['regcred'] },
    });
    expect(found.causeId).toBe('auth-missing');
    expect(found.detail).toBe(detail);
  });

  it('say that the secret is in another namespace', () => {
    const found = best(NO_CREDENTIALS, {
      otherSecrets: [secret('regcred', { namespace: 'other', matching: [entry('r.example.com')] })],
    });
    expect(found).toMatchObject({ causeId: 'auth-missing', detail: 'secret-in-other-namespace' });
  });

  it.each([
    { text: NO_CREDENTIALS, secrets: 'unread', confidence: 'likely' },
    { text: NO_CREDENTIALS.replaceAll('r.example.com', ECR), secrets: 'none', confidence: 'likely' },
    { text: NO_CREDENTIALS, secrets: 'none', confidence: 'certain' },
  ])('are $confidence with secrets $secrets', ({ text, secrets, confidence }) => {
    const facts =
      secrets === 'unread'
        ? { pod: pod({ pullSecretNames: ['regcred'] }), pullSecrets: [secret('regcred', { state: 'unreadable' })] }
        : {};
    expect(best(text, facts)).toMatchObject({ causeId: 'auth-missing', confidence });
  });
});

describe('a bare 401', () => {
  it('is a wrong password where a secret is for that host', () => {
    const own = secret('regcred', { entries: [entry('r.example.com')], matching: [entry('r.example.com')] });
    const found = best(BARE_401, { pod: pod({ pullSecretNames: ['regcred'] }), pullSecrets: [own] });
    expect(found).toMatchObject({ causeId: 'auth-invalid', confidence: 'likely', subject: 'shop/regcred' });
  });

  it('is missing credentials where the pod is known to have none', () => {
    expect(best(BARE_401).causeId).toBe('auth-missing');
  });

  it('is a wrong password, not certainly, where secrets could not be read', () => {
    const found = best(BARE_401, {
      pod: pod({ pullSecretNames: ['regcred'] }),
      pullSecrets: [secret('regcred', { state: 'unreadable' })],
    });
    expect(found).toMatchObject({ causeId: 'auth-invalid', confidence: 'likely' });
  });
});

describe('an answer that means two things', () => {
  it('says both, and that no credentials are set', () => {
    const found = diagnose(pullFailure(DENIED));
    expect(found[0]).toMatchObject({
      causeId: 'access-denied-or-not-found',
      confidence: 'likely',
      phrase: 'acme/trainer:2 is missing, or private and no credentials set',
    });
    expect(found.map(({ causeId }) => causeId)).toContain('auth-missing');
  });
});

describe('the node', () => {
  it('whose status shows DiskPressure makes a full disk certain', () => {
    const text = 'failed to copy: write /var/lib/containerd/data: no space left on device';
    expect(best(text, { node: { ...NODE, hasDiskPressure: true, diskPressureSince: NOW - HOUR } })).toMatchObject({
      causeId: 'disk-full',
      confidence: 'certain',
      subject: 'node-1',
    });
    expect(best(text, { node: NODE }).confidence).toBe('likely');
  });

  it('is named with its platform where no manifest fits', () => {
    const text =
      'failed to pull and unpack image "r.example.com/team/app:v1": no match for platform in manifest: not found';
    expect(best(text, { node: NODE }).phrase).toBe('team/app:v1 has no image for linux/arm64');
  });

  it('that has the image makes never-pull a question of credentials', () => {
    const text = 'Container image "r.example.com/team/app:v1" is not present with pull policy of Never';
    expect(best(text, { node: { ...NODE, hasImage: true } })).toMatchObject({
      causeId: 'image-never-pull',
      confidence: 'likely',
    });
    expect(best(text, { node: NODE }).confidence).toBe('certain');
  });
});

describe('several errors', () => {
  it('are judged by the newest that says something', () => {
    const found = diagnose(
      pullFailure('Back-off pulling image "r.example.com/team/app:v1"', {
        otherErrors: [
          parsePullError('Failed to pull image "r.example.com/team/app:v1": manifest unknown: manifest unknown'),
        ],
      }),
    );
    expect(found[0]?.causeId).toBe('tag-not-found');
  });

  it('show what only the lesser part says as possible', () => {
    const found = diagnose(
      pullFailure(
        '[failed to pull and unpack image "r.example.com/a:1": failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized, failed to pull and unpack image "r.example.com/a:1": failed to extract layer sha256:ab: write /x: no space left on device]',
      ),
    );
    expect(found.map(({ causeId, confidence }) => `${causeId} ${confidence}`)).toEqual([
      'disk-full likely',
      'auth-invalid possible',
    ]);
  });
});

describe('a pull without an end', () => {
  it('is stalled, since when it began', () => {
    const found = diagnose(
      pullFailure('', { state: 'stalled', events: [event('Pulling', 'Pulling image "r.example.com/team/app:v1"')] }),
    );
    expect(found.map(({ causeId }) => causeId)).toEqual(['pull-stalled', 'pull-slow']);
    expect(found[0]?.evidence[0]?.text).toContain('for 60 min, since 2026-11-22 11:00 UTC');
  });
});

describe('hostile names', () => {
  it('reach no command unquoted, and none at all with control characters', () => {
    const found = best(NO_CREDENTIALS, { namespace: "x'; rm -rf /; '", pod: pod({ name: 'a\u0000b' }) });
    for (const command of found.fixes.flatMap(({ commands }) => commands)) {
      expect(command).not.toContain('\u0000');
      expect(command).not.toMatch(/-n x'/);
    }
  });
});
