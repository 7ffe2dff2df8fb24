import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../kubectl.ts';
import type { Case, Repair } from './case.ts';
import {
  container,
  ECR_HOST,
  GOOD,
  goodSecret,
  PRIVATE,
  pod,
  podOf,
  pullSecret,
  workload,
  ZERO_DIGEST,
} from './objects.ts';

const EXPECTED = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'fixtures', 'captures', 'expected.json'), 'utf8'),
) as Readonly<Record<string, readonly string[]>>;

const setApp: Repair = { kind: 'set-image', target: 'pod/app', images: { app: GOOD } };

type Rest = Partial<Omit<Case, 'name' | 'from' | 'objects'>>;

/** A case of `testbed/capture.py`, with what `test/fixtures/captures/expected.json` accepts for it. */
function recorded(name: string, objects: readonly Manifest[], rest: Rest = {}): Case {
  const causes = (EXPECTED[name] ?? []).filter((cause) => cause !== 'none');
  return {
    name,
    from: 'capture',
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

const runs: Rest = { ends: 'Running', repair: undefined };
const setWeb = (kind: string): Repair => ({ kind: 'set-image', target: `${kind}/web`, images: { web: GOOD } });
const atHost = (host: string) => [pod(`${host}/team/app:v1`)];
const inTwo = (one: string, two: string) => podOf({ containers: [container(one), container(two, 'proxy')] });

/** containerd's text is that of a missing tag; a registry that is asked tells. */
const absent: Rest = {
  causes: ['repository-not-found'],
  expects: [{ cause: 'repository-not-found', confidence: 'certain' }],
};

/** Every case of `testbed/capture.py`, in its order. */
export const RECORDED: readonly Case[] = [
  recorded('tag-not-found', [pod('registry.example.com/team/app:v999')], {
    expects: [{ cause: 'tag-not-found', confidence: 'certain' }],
  }),
  recorded('repo-not-found', [pod('registry.example.com/team/nope:v1')], absent),
  recorded('digest-not-found', [pod(`registry.example.com/team/app@${ZERO_DIGEST}`)], {
    expects: [{ cause: 'digest-not-found', confidence: 'certain' }],
  }),
  recorded('dns-failure', [pod('registry.invalid/team/app:v1')], { needs: 'nothing' }),
  recorded('connection-refused', [pod('127.0.0.1:5999/team/app:v1')], { needs: 'nothing' }),
  recorded('private-no-secret', [pod(PRIVATE)]),
  recorded(
    'private-wrong-password',
    [pullSecret('regcred', 'private.example.com', 'puller', 'wrong'), pod(PRIVATE, { secrets: ['regcred'] })],
    {
      readsSecrets: true,
      repair: { kind: 'create', objects: [goodSecret('regcred')] },
      expects: [{ cause: 'auth-invalid', confidence: 'certain' }],
    },
  ),
  recorded('private-secret-missing', [pod(PRIVATE, { secrets: ['no-such-secret'] })], {
    readsSecrets: true,
    repair: { kind: 'create', objects: [goodSecret('no-such-secret')] },
  }),
  recorded(
    'private-secret-other-host',
    [goodSecret('regcred', 'registry.example.com'), pod(PRIVATE, { secrets: ['regcred'] })],
    {
      readsSecrets: true,
      repair: { kind: 'create', objects: [goodSecret('regcred')] },
      expects: [{ cause: 'auth-missing', detail: 'secret-lacks-host', confidence: 'certain' }],
    },
  ),
  recorded('private-ok', [goodSecret('regcred'), pod(PRIVATE, { secrets: ['regcred'] })], runs),
  recorded('secret-missing-public-image', [pod('registry.example.com/team/app:v999', { secrets: ['no-such-secret'] })]),
  recorded('never-absent', [pod('registry.example.com/team/absent:v1', { policy: 'Never' })], {
    ends: 'ErrImageNeverPull',
    needs: 'nothing',
  }),
  recorded('invalid-name', [pod('Nginx:bad:tag')], { ends: 'InvalidImageName', needs: 'nothing' }),
  recorded('invalid-name-uppercase', [pod('registry.example.com/Team/App:v1')], {
    ends: 'InvalidImageName',
    needs: 'nothing',
  }),
  recorded('invalid-name-scheme', [pod('https://registry.example.com/team/app:v1')], {
    ends: 'InvalidImageName',
    needs: 'nothing',
  }),
  recorded('plain-http-registry', atHost('plainhttp.example.com')),
  recorded('x509-unknown-ca', atHost('selfsigned.example.com')),
  recorded('x509-expired', atHost('expired.example.com')),
  recorded('x509-wrong-name', atHost('wrongname.example.com')),
  recorded('platform-mismatch', [pod('registry.example.com/team/arm-only:v1')], {
    expects: [{ cause: 'platform-mismatch', confidence: 'certain' }],
  }),
  recorded('corrupt-layer', [pod('registry.example.com/team/corrupt:v1')]),
  recorded('blob-missing', [pod('noblobs.example.com/team/missing-layer:v1')]),
  recorded('blob-cut-short', [pod('cut.example.com/team/cut:v1')]),
  recorded('rate-limit-dockerhub', [pod('redis:7.2')]),
  recorded('rate-limit-all', atHost('ratelimited.example.com')),
  recorded('rate-limit-plain-http', atHost('127.0.0.1:5002')),
  recorded('unavailable-503', atHost('unavailable.example.com')),
  recorded('error-500', atHost('broken.example.com')),
  recorded('forbidden-403', atHost('forbidden.example.com')),
  recorded('proxy-502', atHost('unknown-to-proxy.example.com')),
  recorded('timeout-no-answer', atHost('mute.example.com')),
  recorded('timeout-tls-handshake', atHost('nohandshake.example.com')),
  recorded('timeout-dial', atHost('127.0.0.1:5004')),
  recorded('timeout-stalled-blob', [pod('stall.example.com/team/stalled:v1')], {
    needs: 'patience',
    ends: 'ContainerCreating',
  }),
  recorded('slow-pull', [pod('slow.example.com/team/slow:v1')], runs),
  recorded('dockerhub-tag-not-found', [pod('nginx:9.99')]),
  recorded('dockerhub-repo-missing-or-private', [pod('acme/no-such-app:v1')]),
  recorded('dockerhub-typo-host', [pod('dokcer.invalid/library/nginx:1.27')], { needs: 'nothing' }),
  recorded('ghcr-denied', [pod('ghcr.io/acme/private-app:v1')]),
  recorded('ecr-no-credentials', [pod(`${ECR_HOST}/team/app:v1`)]),
  recorded(
    'init-container',
    [
      podOf({
        initContainers: [container('registry.example.com/team/migrate:v999', 'migrate')],
        containers: [container(GOOD)],
      }),
    ],
    {
      ...absent,
      repair: { kind: 'delete', target: 'pod/app', why: 'no image here ends by itself, as an init container must' },
    },
  ),
  recorded('sidecar-of-two', [inTwo(GOOD, 'registry.example.com/team/proxy:v999')], {
    ...absent,
    repair: { kind: 'set-image', target: 'pod/app', images: { proxy: GOOD } },
  }),
  recorded('two-bad-containers', [inTwo('registry.example.com/team/app:v999', 'registry.invalid/team/proxy:v1')], {
    repair: { kind: 'set-image', target: 'pod/app', images: { app: GOOD, proxy: GOOD } },
  }),
  recorded(
    'image-volume',
    [
      podOf({
        containers: [{ ...container(GOOD), volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
        volumes: [{ name: 'data', image: { reference: 'registry.example.com/team/data:v999' } }],
      }),
    ],
    { ...absent, repair: { kind: 'delete', target: 'pod/app', why: "a pod's volumes cannot be changed" } },
  ),
  recorded('deployment', [workload('Deployment', 'registry.example.com/team/web:v999')], {
    ...absent,
    repair: setWeb('deployment'),
    mayBeRed: true,
  }),
  recorded('statefulset', [workload('StatefulSet', 'registry.example.com/team/web:v999')], {
    ...absent,
    repair: { kind: 'set-image-and-delete-pod', target: 'statefulset/web', images: { web: GOOD } },
    mayBeRed: true,
  }),
  recorded('daemonset', [workload('DaemonSet', 'registry.example.com/team/web:v999')], {
    ...absent,
    repair: setWeb('daemonset'),
    mayBeRed: true,
  }),
  recorded('job', [workload('Job', 'registry.example.com/team/web:v999')], {
    ...absent,
    repair: { kind: 'delete', target: 'job/web', why: "a Job's template cannot be changed" },
  }),
  recorded('healthy', [pod(GOOD)], runs),
  recorded('no-space', [pod('registry.example.com/team/huge:v1')], { needs: 'small-image-store' }),
  recorded('qps-exceeded', [], { needs: 'pull-qps' }),
];
