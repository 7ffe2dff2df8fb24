import type { Manifest } from '../kubectl.ts';
import type { Case, Repair } from './case.ts';
import { ECR_HOST, ecrPassword, GOOD, goodSecret, PRIVATE, pod, pullSecret, workload } from './objects.ts';

const DAY_SECONDS = 86_400;
const setApp: Repair = { kind: 'set-image', target: 'pod/app', images: { app: GOOD } };

type Rest = Partial<Omit<Case, 'name' | 'from' | 'objects'>>;

function seed(name: string, causes: readonly string[], objects: readonly Manifest[], rest: Rest = {}): Case {
  return {
    name,
    from: 'seed',
    objects,
    ends: 'ErrImagePull',
    causes,
    repair: setApp,
    pods: 1,
    mayBeRed: false,
    needs: 'registries',
    ...rest,
  };
}

function running(name: string, objects: readonly Manifest[]): Case {
  return seed(name, [], objects, { ends: 'Running', repair: undefined });
}

/**
 * Every scenario of the seed's table; `bad-tag-rollout` is the story of that name.
 * @param digest of an image that Docker Hub's imitation serves, for `digest-pin`; `undefined` = it is left out
 */
export function seedCases(now: number, digest: string | undefined): readonly Case[] {
  const expired = ecrPassword(Math.floor(now / 1_000) - DAY_SECONDS);
  const registrySa: Manifest = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'registry-sa' },
    imagePullSecrets: [{ name: 'my-registry-secret' }],
  } as Manifest;
  return [
    seed('nonexistent', ['access-denied-or-not-found'], [pod('acme/nonexistent-app:v1.0')]),
    seed('wrong-registry', ['dns-failure'], [pod('registry.wrong.invalid/nginx:1.27')], { needs: 'nothing' }),
    seed('private-image', ['auth-missing'], [pod(PRIVATE)]),
    running('with-pull-secret', [goodSecret('my-registry-secret'), pod(PRIVATE, { secrets: ['my-registry-secret'] })]),
    running('sa-pull-secret', [
      goodSecret('my-registry-secret'),
      registrySa,
      pod(PRIVATE, { serviceAccount: 'registry-sa' }),
    ]),
    running('always-pull', [pod('nginx:1.27', { policy: 'Always' })]),
    running('no-tag', [pod('nginx')]),
    ...(digest === undefined ? [] : [running('digest-pin', [pod(`nginx@${digest}`)])]),
    running('slow-pull', [pod('slow.example.com/team/slow:v1')]),
    seed('never-pull', ['image-never-pull'], [pod('registry.example.com/team/preloaded:v1', { policy: 'Never' })], {
      ends: 'ErrImageNeverPull',
      needs: 'nothing',
    }),
    seed(
      'rate-limit-test',
      ['rate-limited'],
      [workload('Deployment', 'redis:7.2', { name: 'rate-limit-test', replicas: 3 })],
      {
        pods: 3,
        mayBeRed: true,
        repair: { kind: 'set-image', target: 'deployment/rate-limit-test', images: { 'rate-limit-test': GOOD } },
      },
    ),
    running('concurrent-pulls', [workload('Deployment', GOOD, { name: 'concurrent-pulls', replicas: 5 })]),
    seed(
      'expired-ecr-token',
      ['auth-expired'],
      [
        pullSecret('ecr-creds', ECR_HOST, 'AWS', expired),
        workload('Deployment', `${ECR_HOST}/payments-api:v2.4.1`, {
          name: 'payments-api',
          replicas: 2,
          secrets: ['ecr-creds'],
        }),
      ],
      {
        pods: 2,
        mayBeRed: true,
        readsSecrets: true,
        says: /expired/,
        repair: { kind: 'set-image', target: 'deployment/payments-api', images: { 'payments-api': GOOD } },
      },
    ),
    seed(
      'missing-secret',
      ['secret-not-found'],
      [workload('Deployment', PRIVATE, { name: 'orders-api', replicas: 1, secrets: ['registry-credentials'] })],
      {
        mayBeRed: true,
        readsSecrets: true,
        says: /registry-credentials/,
        repair: { kind: 'create', objects: [goodSecret('registry-credentials')] },
      },
    ),
    seed(
      'wrong-platform',
      ['platform-mismatch'],
      [workload('Deployment', 'registry.example.com/team/arm-only:v1', { name: 'trainer', replicas: 1 })],
      {
        mayBeRed: true,
        repair: { kind: 'set-image', target: 'deployment/trainer', images: { trainer: GOOD } },
      },
    ),
    seed(
      'secret-not-readable',
      ['auth-invalid', 'auth-missing', 'access-denied-or-not-found'],
      [pullSecret('regcred', 'private.example.com', 'puller', 'wrong'), pod(PRIVATE, { secrets: ['regcred'] })],
      {
        // Not granted: the message must say what it could not read, and the thread how to grant it.
        says: /Not checked.*regcred/s,
      },
    ),
  ];
}
