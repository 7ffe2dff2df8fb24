import type { WorkloadObject } from '../kubernetes/objects.ts';
import { DEPLOYMENTS, PODS } from '../kubernetes/resources.ts';
import { PRIVATE_PASSWORD, PRIVATE_USER } from '../registry/registry.ts';
import { deleteStuckPods, deployment, pod, pullSecret, setDeploymentImage, setPodImage, until } from './objects.ts';
import type { Scenario } from './scenario.ts';

const GOOD_IMAGE = 'nginx:1.27';
const PRIVATE_HOST = 'private.example.com';
const PRIVATE_IMAGE = `${PRIVATE_HOST}/team/secret-app:v1`;
const ECR_HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const ECR_REGION = 'eu-west-1';
const HOUR_MS = 3600_000;

/** Scenarios that must be diagnosed, the seed's names first. */
export const FAILING: readonly Scenario[] = [
  {
    name: 'nonexistent',
    title: 'an image that is not on Docker Hub, or is private there',
    expected: 'access-denied-or-not-found',
    subject: { namespace: 'default', kind: 'Pod', workload: 'nonexistent' },
    async apply({ cluster }) {
      cluster.apply([pod('nonexistent', 'acme/nonexistent-app:v1.0')]);
    },
    async repair(world) {
      world.registry.addImage(GOOD_IMAGE);
      setPodImage(world, 'default', 'nonexistent', GOOD_IMAGE);
    },
  },
  {
    name: 'wrong-registry',
    title: 'a registry host that does not resolve',
    expected: 'dns-failure',
    subject: { namespace: 'default', kind: 'Pod', workload: 'wrong-registry' },
    async apply({ cluster }) {
      cluster.apply([pod('wrong-registry', 'registry.wrong.example/nginx:1.27')]);
    },
    async repair(world) {
      world.registry.addImage(GOOD_IMAGE);
      setPodImage(world, 'default', 'wrong-registry', GOOD_IMAGE);
    },
  },
  {
    name: 'private-image',
    title: 'a private image and no pull secret',
    expected: 'auth-missing',
    subject: { namespace: 'default', kind: 'Pod', workload: 'private-image' },
    async apply({ cluster, registry }) {
      registry.addImage(PRIVATE_IMAGE);
      cluster.apply([pod('private-image', PRIVATE_IMAGE)]);
    },
    async repair(world) {
      const { cluster } = world;
      cluster.apply([pullSecret('default', 'my-registry-secret', PRIVATE_HOST, PRIVATE_USER, PRIVATE_PASSWORD)]);
      // Pull secrets of a pod are fixed at its creation: only a new pod has them.
      cluster.delete(PODS, 'default', 'private-image');
      await until(world, 'the old pod is gone', () => !cluster.get(PODS, 'default', 'private-image'));
      cluster.apply([pod('private-image', PRIVATE_IMAGE, { secrets: ['my-registry-secret'] })]);
    },
  },
  {
    name: 'never-pull',
    title: 'pull policy Never and an image that is not on the node',
    expected: 'image-never-pull',
    subject: { namespace: 'default', kind: 'Pod', workload: 'never-pull' },
    async apply({ cluster }) {
      cluster.apply([pod('never-pull', 'registry.example.com/team/preloaded:v1', { policy: 'Never' })]);
    },
    async repair({ cluster, registry }) {
      const reference = 'registry.example.com/team/preloaded:v1';
      const digest = registry.addImage(reference);
      for (const { images } of cluster.kubelets) images.add(reference, { digest, sizeBytes: 20_480 }, undefined);
    },
  },
  {
    name: 'rate-limit-test',
    title: "Docker Hub's limit for anonymous pulls is used up",
    expected: 'rate-limited',
    subject: { namespace: 'default', kind: 'Deployment', workload: 'rate-limit-test' },
    async apply({ cluster, registry }) {
      registry.addImage('redis:7.2');
      // Of one repository only, so that the other scenarios pull from Docker Hub.
      registry.setRateLimited('docker.io', true, ['library/redis']);
      cluster.apply([deployment('rate-limit-test', 'redis:7.2', 3)]);
    },
    async repair(world) {
      world.registry.setRateLimited('docker.io', false);
    },
  },
  {
    name: 'expired-ecr-token',
    title: 'an ECR pull secret whose token has expired',
    expected: 'auth-expired',
    subject: { namespace: 'payments', kind: 'Deployment', workload: 'payments-api' },
    async apply({ cluster, registry, ecr, clock }) {
      const image = `${ECR_HOST}/payments-api:v2.4.1`;
      registry.addImage(image);
      const { password } = ecr.tokens.issue(ECR_REGION, clock.now() - 13 * HOUR_MS);
      cluster.apply([pullSecret('payments', 'ecr-creds', ECR_HOST, 'AWS', password)], { manager: 'ecr-renew' });
      cluster.apply([deployment('payments-api', image, 2, { namespace: 'payments', secrets: ['ecr-creds'] })]);
    },
    async repair(world) {
      const { password } = world.ecr.tokens.issue(ECR_REGION);
      world.cluster.apply([pullSecret('payments', 'ecr-creds', ECR_HOST, 'AWS', password)], { manager: 'ecr-renew' });
      deleteStuckPods(world, 'payments');
    },
  },
  {
    name: 'missing-secret',
    title: 'a pull secret that does not exist',
    expected: 'secret-not-found',
    subject: { namespace: 'orders', kind: 'Deployment', workload: 'orders-api' },
    async apply({ cluster, registry }) {
      registry.addImage(PRIVATE_IMAGE);
      const options = { namespace: 'orders', secrets: ['registry-credentials'] };
      cluster.apply([deployment('orders-api', PRIVATE_IMAGE, 1, options)]);
    },
    async repair(world) {
      const secret = pullSecret('orders', 'registry-credentials', PRIVATE_HOST, PRIVATE_USER, PRIVATE_PASSWORD);
      world.cluster.apply([secret]);
      deleteStuckPods(world, 'orders');
    },
  },
  {
    name: 'wrong-platform',
    title: 'an image for arm64 on an amd64 node',
    expected: 'platform-mismatch',
    subject: { namespace: 'ml', kind: 'Deployment', workload: 'trainer' },
    async apply({ cluster, registry }) {
      registry.addImage('registry.example.com/ml/trainer:v2', { platforms: ['linux/arm64'] });
      cluster.apply([deployment('trainer', 'registry.example.com/ml/trainer:v2', 1, { namespace: 'ml' })]);
    },
    async repair(world) {
      world.registry.addImage('registry.example.com/ml/trainer:v2', { platforms: ['linux/amd64', 'linux/arm64'] });
      deleteStuckPods(world, 'ml');
    },
  },
  {
    name: 'bad-tag-rollout',
    title: 'a rollout to a tag that does not exist, while the old revision serves',
    expected: 'tag-not-found',
    subject: { namespace: 'web', kind: 'Deployment', workload: 'storefront' },
    async apply(world) {
      const { cluster, registry } = world;
      registry.addImage('registry.example.com/web/storefront:v1.2.2');
      registry.addImage('registry.example.com/web/storefront:v1.2.3');
      cluster.apply([deployment('storefront', 'registry.example.com/web/storefront:v1.2.2', 3, { namespace: 'web' })]);
      await until(world, 'storefront v1.2.2 serves', () => {
        const found = cluster.get(DEPLOYMENTS, 'web', 'storefront') as WorkloadObject | undefined;
        return found?.status['availableReplicas'] === 3;
      });
      setDeploymentImage(world, 'web', 'storefront', 'registry.example.com/web/storefront:v1.2.33');
    },
    async repair(world) {
      setDeploymentImage(world, 'web', 'storefront', 'registry.example.com/web/storefront:v1.2.2');
    },
  },
];
