import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Manifest } from '../../../infra/local/kubernetes/cluster.ts';
import type { SecretObject } from '../../../infra/local/kubernetes/objects.ts';
import { DEPLOYMENTS, PODS, SECRETS } from '../../../infra/local/kubernetes/resources.ts';
import { PRIVATE_PASSWORD, PRIVATE_USER } from '../../../infra/local/registry/registry.ts';
import { deployment, pullSecret, setDeploymentImage } from '../../../infra/local/scenarios/objects.ts';
import type { PreflightKind } from '../../../shared/domain/preflight/kind.ts';
import { formatEcrAnnotation, hashCredential } from '../../../shared/domain/refresh/ecr-annotation.ts';
import { until } from '../../support/until.ts';
import { type FindingJson, type Stage, startStage } from './preflight-stage.ts';

const HOUR = 3_600_000;
const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const ECR_ELSEWHERE = '123456789012.dkr.ecr.us-east-1.amazonaws.com';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(async () => {
  await stage.stop();
});

interface Case {
  readonly kind: PreflightKind;
  readonly what: string;
  /** Its namespace is `case-<n>`. */
  make(namespace: string): Promise<void> | void;
  readonly finds: Partial<FindingJson>;
  /** What the proof must say. */
  readonly proof: RegExp;
  repair(namespace: string): Promise<void> | void;
}

const apply = (...objects: readonly Manifest[]) => void stage.cluster.apply(objects);
const good = (namespace: string, name = 'reg') =>
  pullSecret(namespace, name, 'private.example.com', PRIVATE_USER, PRIVATE_PASSWORD);
const ecrSecret = (namespace: string, host: string, region: string, ageHours: number) =>
  pullSecret(
    namespace,
    'ecr',
    host,
    'AWS',
    stage.ecr.tokens.issue(region, stage.clock.now() - ageHours * HOUR).password,
  );
const putSecret = (secret: Manifest) => {
  stage.cluster.delete(SECRETS, secret.metadata.namespace, secret.metadata.name);
  apply(secret);
};

const CASES: readonly Case[] = [
  {
    kind: 'image-gone',
    what: 'a tag that was deleted while its pods run',
    async make(namespace) {
      stage.registry.addImage('registry.example.com/team/gone:v1');
      apply(deployment('web', 'registry.example.com/team/gone:v1', 2, { namespace }));
      await stage.untilRunning(namespace, 2);
      stage.registry.removeTag('registry.example.com/team/gone:v1');
    },
    finds: { breaks: 'next-node', confidence: 'certain', phrase: 'team/gone:v1 is gone from the registry' },
    proof: /has no such manifest \(404\).*node node-1 holds the image; 2 pods run from there/s,
    repair: () => void stage.registry.addImage('registry.example.com/team/gone:v1'),
  },
  {
    kind: 'image-gone',
    what: 'a tag that was never pushed',
    make: (namespace) => apply(deployment('web', 'registry.example.com/team/app:v999', 1, { namespace })),
    finds: { breaks: 'now', confidence: 'certain', phrase: 'repository team/app does not exist' },
    proof: /knows no such repository \(404\)|has no such manifest \(404\)/,
    repair: () => void stage.registry.addImage('registry.example.com/team/app:v999'),
  },
  {
    kind: 'secret-missing',
    what: 'a pull secret that is not there',
    make(namespace) {
      stage.registry.addImage('private.example.com/team/a:v1');
      apply(deployment('web', 'private.example.com/team/a:v1', 1, { namespace, secrets: ['reg'] }));
    },
    finds: { breaks: 'now', confidence: 'certain', phrase: 'pull secret reg does not exist' },
    proof: /which does not exist.*without credentials, the registry refuses the login \(401\)/s,
    repair: (namespace) => apply(good(namespace)),
  },
  {
    kind: 'secret-malformed',
    what: 'a pull secret that is not JSON',
    make(namespace) {
      stage.registry.addImage('private.example.com/team/b:v1');
      apply(
        { ...good(namespace), data: { '.dockerconfigjson': Buffer.from('{"auths": 7}').toString('base64') } },
        deployment('web', 'private.example.com/team/b:v1', 1, { namespace, secrets: ['reg'] }),
      );
    },
    finds: { breaks: 'now', confidence: 'certain', phrase: 'pull secret reg is malformed' },
    proof: /the kubelet skips it: its auths is not an object/,
    repair: (namespace) => putSecret(good(namespace)),
  },
  {
    kind: 'secret-other-host',
    what: 'a pull secret for another registry',
    make(namespace) {
      stage.registry.addImage('private.example.com/team/c:v1');
      apply(
        pullSecret(namespace, 'reg', 'registry.example.com', 'u', 'p'),
        deployment('web', 'private.example.com/team/c:v1', 1, { namespace, secrets: ['reg'] }),
      );
    },
    finds: { breaks: 'now', confidence: 'certain' },
    proof: /reg has no entry for private\.example\.com; the nearest entry is for registry\.example\.com/,
    repair: (namespace) => putSecret(good(namespace)),
  },
  {
    kind: 'secret-wrong-region',
    what: 'an ECR pull secret for another region',
    make(namespace) {
      stage.registry.addImage(`${ECR}/team/d:v1`);
      apply(
        ecrSecret(namespace, ECR_ELSEWHERE, 'us-east-1', 1),
        deployment('web', `${ECR}/team/d:v1`, 1, { namespace, secrets: ['ecr'] }),
      );
    },
    // Nodes on EKS have a credential of their own, which nobody else can try.
    finds: { breaks: 'now', confidence: 'likely' },
    proof: /holds a token for us-east-1, the image is in eu-west-1/,
    repair: (namespace) => putSecret(ecrSecret(namespace, ECR, 'eu-west-1', 1)),
  },
  {
    kind: 'secret-expired',
    what: 'an ECR token that has ended',
    make(namespace) {
      stage.registry.addImage(`${ECR}/team/e:v1`);
      apply(
        ecrSecret(namespace, ECR, 'eu-west-1', 13),
        deployment('web', `${ECR}/team/e:v1`, 1, { namespace, secrets: ['ecr'] }),
      );
    },
    finds: { breaks: 'now', confidence: 'likely', phrase: 'ECR pull secret ecr has expired' },
    proof: /its token expired .* 1 h ago|its token expired .* min ago/,
    repair: (namespace) => putSecret(ecrSecret(namespace, ECR, 'eu-west-1', 0)),
  },
  {
    kind: 'secret-expiring',
    what: 'an ECR token that ends in two hours and that nobody renews',
    make(namespace) {
      stage.registry.addImage(`${ECR}/team/f:v1`);
      apply(
        ecrSecret(namespace, ECR, 'eu-west-1', 6),
        deployment('web', `${ECR}/team/f:v1`, 1, { namespace, secrets: ['ecr'] }),
      );
    },
    finds: { breaks: 'at' },
    proof: /its token ends .*; nobody is known to renew it/,
    repair(namespace) {
      const secret = ecrSecret(namespace, ECR, 'eu-west-1', 0);
      const data = (secret as unknown as SecretObject).data?.['.dockerconfigjson'] ?? '';
      const { auths } = JSON.parse(Buffer.from(data, 'base64').toString('utf8'));
      const [issuedAt, expiresAt] = [stage.clock.now(), stage.clock.now() + 12 * HOUR];
      const hash = hashCredential(`AWS:${auths[ECR].password}`);
      const annotation = formatEcrAnnotation(new Map([[ECR, { issuedAt, expiresAt, hash }]]));
      putSecret({ ...secret, metadata: { ...secret.metadata, annotations: { 'pullmedic.dev/ecr': annotation } } });
    },
  },
  {
    kind: 'service-account-secret-missing',
    what: 'a ServiceAccount that names a pull secret which is not there',
    make(namespace) {
      stage.registry.addImage('private.example.com/team/g:v1');
      apply(
        {
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { name: 'app', namespace },
          imagePullSecrets: [{ name: 'reg' }],
        },
        deployment('web', 'private.example.com/team/g:v1', 1, { namespace, serviceAccount: 'app' }),
      );
    },
    finds: { breaks: 'now', confidence: 'certain', phrase: 'app names pull secret reg, which is not there' },
    proof: /ServiceAccount app names pull secret case-\d+\/reg, which does not exist/,
    repair: (namespace) => apply(good(namespace)),
  },
  {
    kind: 'credentials-refused',
    what: 'a password that the registry does not take',
    make(namespace) {
      stage.registry.addImage('private.example.com/team/h:v1');
      apply(
        pullSecret(namespace, 'reg', 'private.example.com', PRIVATE_USER, 'old'),
        deployment('web', 'private.example.com/team/h:v1', 1, { namespace, secrets: ['reg'] }),
      );
    },
    finds: { breaks: 'now', confidence: 'certain', phrase: 'the registry refuses pull secret reg' },
    proof: /with secret reg, the registry refuses the login \(401\)/,
    repair: (namespace) => putSecret(good(namespace)),
  },
  {
    kind: 'no-credentials',
    what: 'no pull secret where the registry wants one',
    make(namespace) {
      stage.registry.addImage('private.example.com/team/i:v1');
      apply(deployment('web', 'private.example.com/team/i:v1', 1, { namespace }));
    },
    finds: { breaks: 'now', confidence: 'likely' },
    proof: /without credentials, the registry refuses the login \(401\)/,
    repair(namespace) {
      apply(good(namespace), deployment('web', 'private.example.com/team/i:v1', 1, { namespace, secrets: ['reg'] }));
      for (const { metadata } of stage.cluster.list(PODS, namespace))
        stage.cluster.delete(PODS, namespace, metadata.name);
    },
  },
  {
    kind: 'cached-only',
    what: 'pods that run from a cache after the password was changed',
    async make(namespace) {
      stage.registry.addImage('private.example.com/team/j:v1');
      apply(good(namespace), deployment('web', 'private.example.com/team/j:v1', 1, { namespace, secrets: ['reg'] }));
      await stage.untilRunning(namespace);
      putSecret(pullSecret(namespace, 'reg', 'private.example.com', PRIVATE_USER, 'changed'));
    },
    finds: { breaks: 'next-node', confidence: 'likely', phrase: 'team/j:v1 runs from caches only: pulls are refused' },
    proof: /with secret reg, the registry refuses the login \(401\).*node node-1 holds the image/s,
    repair: (namespace) => putSecret(good(namespace)),
  },
  {
    kind: 'platform-missing',
    what: 'an image without the architecture of a node that its pods tolerate',
    make(namespace) {
      stage.registry.addImage('registry.example.com/team/k:v1', { platforms: ['linux/amd64'] });
      const base = deployment('web', 'registry.example.com/team/k:v1', 1, { namespace });
      const spec = base['spec'] as { template: { spec: object } };
      const tolerations = [{ key: 'kubernetes.io/arch', operator: 'Exists' }];
      apply({
        ...base,
        spec: { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, tolerations } } },
      });
    },
    finds: { breaks: 'next-node', confidence: 'certain', phrase: 'team/k:v1 has no image for linux/arm64' },
    proof: /the image has linux\/amd64.*its pods may run on node-2, which is linux\/arm64/s,
    repair: () => void stage.registry.addImage('registry.example.com/team/k:v1'),
  },
  {
    kind: 'tag-moved',
    what: 'a tag that was pushed anew since the pods started',
    async make(namespace) {
      stage.registry.addImage('registry.example.com/team/l:v1');
      apply(deployment('web', 'registry.example.com/team/l:v1', 1, { namespace }));
      await stage.untilRunning(namespace);
      stage.registry.addImage('registry.example.com/team/l:v1', { seed: 'built again' });
    },
    finds: { breaks: 'drift', confidence: 'certain', phrase: 'team/l:v1 means another image than what runs' },
    proof: /the tag has digest sha256:[0-9a-f]{12} now.*1 pod of Deployment web runs sha256:[0-9a-f]{12} since/s,
    async repair(namespace) {
      const digest = stage.registry.addImage('registry.example.com/team/l:v1', { seed: 'built again' });
      setDeploymentImage(stage as never, namespace, 'web', `registry.example.com/team/l@${digest}`);
    },
  },
  {
    kind: 'latest-tag',
    what: 'an image without a tag',
    make(namespace) {
      stage.registry.addImage('registry.example.com/team/m');
      apply(deployment('web', 'registry.example.com/team/m', 1, { namespace }));
    },
    finds: { breaks: 'drift', confidence: 'certain' },
    proof: /it has no tag, which means latest, and its pull policy Always/,
    repair(namespace) {
      stage.registry.addImage('registry.example.com/team/m:v1');
      stage.cluster.delete(DEPLOYMENTS, namespace, 'web');
      apply(deployment('web', 'registry.example.com/team/m:v1', 1, { namespace }));
    },
  },
  {
    kind: 'invalid-name',
    what: 'a name that no parser takes',
    make: (namespace) => apply(deployment('web', 'registry.example.com/Team/web:v1', 1, { namespace })),
    finds: { breaks: 'now', confidence: 'certain' },
    proof: /it holds upper-case letters/,
    repair(namespace) {
      stage.registry.addImage('registry.example.com/team/web:v1');
      setDeploymentImage(stage as never, namespace, 'web', 'registry.example.com/team/web:v1');
    },
  },
  {
    kind: 'hub-limit',
    what: 'ninety images that every start asks Docker Hub for, without a login',
    make(namespace) {
      for (let i = 0; i < 90; i += 1) {
        const image = `docker.io/acme/job-${i}:1`;
        stage.registry.addImage(image);
        apply(cronJob(namespace, `job-${i}`, image));
      }
    },
    finds: {
      breaks: 'drift',
      confidence: 'possible',
      phrase: 'up to 90 anonymous Docker Hub pulls at once, 100 are allowed',
    },
    proof: /90 images with pull policy Always and no login, on up to \d nodes? without an address of their own/,
    repair(namespace) {
      stage.registry.setCredentials('docker.io', 'acme', 'token');
      apply(pullSecret(namespace, 'hub', 'https://index.docker.io/v1/', 'acme', 'token'), {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default', namespace },
        imagePullSecrets: [{ name: 'hub' }],
      });
    },
  },
];

function cronJob(namespace: string, name: string, image: string): Manifest {
  const spec = { restartPolicy: 'Never', containers: [{ name: 'app', image, imagePullPolicy: 'Always' }] };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, namespace },
    spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: { spec } } } },
  };
}

describe('each finding on the embedded cluster', () => {
  it.each(CASES.map((one, index) => [one.kind, one.what, one, `case-${index}`] as const))(
    '%s: %s is made, found, and gone once repaired',
    async (kind, _what, { make, finds, proof, repair }, namespace) => {
      await make(namespace);
      const found = (await stage.report('-n', namespace)).findings.filter((one) => one.kind === kind);
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject(finds);
      expect(found[0]?.evidence.join('\n')).toMatch(proof);
      expect(found[0]?.phrase.length).toBeLessThanOrEqual(70);

      await repair(namespace);
      // Controllers and kubelets take their time to follow.
      await until('the finding is gone', 10, async () => {
        const after = await stage.report('-n', namespace);
        return after.findings.every((one) => one.kind !== kind);
      });
    },
  );
});
