import { PRIVATE_PASSWORD, PRIVATE_USER } from '../registry/registry.ts';
import { REFRESHED } from '../stack/stack-config.ts';
import { deployment, pod, pullSecret } from './objects.ts';
import type { Scenario } from './scenario.ts';

const PRIVATE_HOST = 'private.example.com';
const PRIVATE_IMAGE = `${PRIVATE_HOST}/team/secret-app:v1`;

function subject(workload: string, kind: 'Pod' | 'Deployment' = 'Pod'): Scenario['subject'] {
  return { namespace: 'default', kind, workload };
}

function registrySecret() {
  return pullSecret('default', 'my-registry-secret', PRIVATE_HOST, PRIVATE_USER, PRIVATE_PASSWORD);
}

/** Scenarios that must run and of which nothing may be said. */
export const RUNNING: readonly Scenario[] = [
  {
    name: 'refreshed-ecr-token',
    title: 'an ECR pull secret that pullmedic keeps fresh: move the clock 13 hours and restart a pod',
    expected: 'runs',
    subject: { namespace: REFRESHED.namespace, kind: 'Deployment', workload: 'stock-api' },
    async apply({ cluster, registry, ecr }) {
      const { namespace, secret, registry: host } = REFRESHED;
      const image = `${host}/stock-api:v1.8.0`;
      registry.addImage(image);
      const { password } = ecr.tokens.issue('eu-west-1');
      cluster.apply([pullSecret(namespace, secret, host, 'AWS', password)], { manager: 'ecr-renew' });
      // Always: each new pod asks the registry, also where the image is on the node already.
      cluster.apply([deployment('stock-api', image, 2, { namespace, secrets: [secret], policy: 'Always' })]);
    },
  },
  {
    name: 'with-pull-secret',
    title: 'a private image with its pull secret',
    expected: 'runs',
    subject: subject('with-pull-secret'),
    async apply({ cluster, registry }) {
      registry.addImage(PRIVATE_IMAGE);
      cluster.apply([registrySecret(), pod('with-pull-secret', PRIVATE_IMAGE, { secrets: ['my-registry-secret'] })]);
    },
  },
  {
    name: 'sa-pull-secret',
    title: 'a private image with the pull secret of its ServiceAccount',
    expected: 'runs',
    subject: subject('sa-pull-secret'),
    async apply({ cluster, registry }) {
      registry.addImage(PRIVATE_IMAGE);
      cluster.apply([
        registrySecret(),
        {
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { name: 'registry-sa', namespace: 'default' },
          imagePullSecrets: [{ name: 'my-registry-secret' }],
        },
        pod('sa-pull-secret', PRIVATE_IMAGE, { serviceAccount: 'registry-sa' }),
      ]);
    },
  },
  {
    name: 'always-pull',
    title: 'pull policy Always',
    expected: 'runs',
    subject: subject('always-pull'),
    async apply({ cluster, registry }) {
      registry.addImage('nginx:1.27');
      cluster.apply([pod('always-pull', 'nginx:1.27', { policy: 'Always' })]);
    },
  },
  {
    name: 'no-tag',
    title: 'no tag: latest, pulled always',
    expected: 'runs',
    subject: subject('no-tag'),
    async apply({ cluster, registry }) {
      registry.addImage('nginx');
      cluster.apply([pod('no-tag', 'nginx')]);
    },
  },
  {
    name: 'digest-pin',
    title: 'an image pinned by its digest',
    expected: 'runs',
    subject: subject('digest-pin'),
    async apply({ cluster, registry }) {
      const digest = registry.addImage('nginx:1.27');
      cluster.apply([pod('digest-pin', `nginx@${digest}`)]);
    },
  },
  {
    name: 'slow-pull',
    title: 'a pull that takes its time',
    expected: 'runs',
    subject: subject('slow-pull'),
    async apply({ cluster, registry }) {
      registry.addImage('registry.example.com/team/slow:v1');
      cluster.apply([pod('slow-pull', 'slow.example.com/team/slow:v1')]);
    },
  },
  {
    name: 'concurrent-pulls',
    title: 'many pods that pull the same image at once',
    expected: 'runs',
    subject: subject('concurrent-pulls', 'Deployment'),
    async apply({ cluster, registry }) {
      registry.addImage('registry.example.com/team/app:v1');
      cluster.apply([deployment('concurrent-pulls', 'registry.example.com/team/app:v1', 5)]);
    },
  },
];
