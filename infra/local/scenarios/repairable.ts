import type { PodObject, WorkloadObject } from '../kubernetes/objects.ts';
import { DEPLOYMENTS, PODS } from '../kubernetes/resources.ts';
import { PRIVATE_PASSWORD, PRIVATE_USER } from '../registry/registry.ts';
import { deleteStuckPods, deployment, pullSecret, setDeploymentImage, until } from './objects.ts';
import type { Scenario, World } from './scenario.ts';

/** A host each: failures of one host are one incident. */
const BILLING_HOST = 'billing.example.com';
const REPORTS_HOST = 'reports.example.com';
const HOST = 'registry.example.com';
const OUTAGE_HOST = 'outage.example.com';

async function untilServed(world: World, namespace: string, name: string, count: number): Promise<void> {
  await until(world, `${namespace}/${name} serves`, () => {
    const found = world.cluster.get(DEPLOYMENTS, namespace, name) as WorkloadObject | undefined;
    return found?.status['availableReplicas'] === count;
  });
}

/** Has a ServiceAccount name a pull secret, as `kubectl patch serviceaccount` would: pods that exist do not get it. */
function attach({ cluster }: World, namespace: string, secret: string): void {
  cluster.apply([
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace },
      imagePullSecrets: [{ name: secret }],
    },
  ]);
}

/** A registry that asks for a password, with one image, and the secret that it takes. */
function addPrivate({ cluster, registry }: World, host: string, namespace: string, image: string): void {
  registry.addHost({ host, auth: 'basic' });
  registry.setCredentials(host, PRIVATE_USER, PRIVATE_PASSWORD);
  registry.addImage(image);
  cluster.apply([pullSecret(namespace, 'private-registry', host, PRIVATE_USER, PRIVATE_PASSWORD)]);
}

/** Scenarios that fail, each for the sake of the one button that repairs it. */
export const REPAIRABLE: readonly Scenario[] = [
  {
    name: 'unattached-secret',
    title: 'a workload without the pull secret that its neighbour uses',
    expected: 'auth-missing',
    subject: { namespace: 'billing', kind: 'Deployment', workload: 'invoice-api' },
    async apply(world) {
      const [ledger, invoices] = [`${BILLING_HOST}/team/ledger:v1`, `${BILLING_HOST}/team/invoices:v1`];
      addPrivate(world, BILLING_HOST, 'billing', ledger);
      world.registry.addImage(invoices);
      world.cluster.apply([
        deployment('ledger', ledger, 1, { namespace: 'billing', secrets: ['private-registry'] }),
        deployment('invoice-api', invoices, 2, { namespace: 'billing' }),
      ]);
    },
    async repair(world) {
      attach(world, 'billing', 'private-registry');
      deleteStuckPods(world, 'billing');
    },
  },
  {
    name: 'attached-too-late',
    title: 'a pull secret that its ServiceAccount got after the pods were there',
    expected: 'auth-missing',
    subject: { namespace: 'reports', kind: 'Deployment', workload: 'report-api' },
    async apply(world) {
      const { cluster } = world;
      const image = `${REPORTS_HOST}/team/reports:v1`;
      addPrivate(world, REPORTS_HOST, 'reports', image);
      cluster.apply([deployment('report-api', image, 2, { namespace: 'reports' })]);
      await until(world, 'its pods are there', () => cluster.list(PODS, 'reports').length === 2);
      attach(world, 'reports', 'private-registry');
    },
    async repair(world) {
      deleteStuckPods(world, 'reports');
    },
  },
  {
    name: 'removed-tag',
    title: 'a tag that was removed while pods of it run',
    expected: 'tag-not-found',
    subject: { namespace: 'api', kind: 'Deployment', workload: 'gateway' },
    async apply(world) {
      const { cluster, registry } = world;
      const image = `${HOST}/api/gateway:v3.1.0`;
      registry.addImage(image);
      cluster.apply([deployment('gateway', image, 3, { namespace: 'api', policy: 'Always' })]);
      await untilServed(world, 'api', 'gateway', 3);
      registry.removeTag(image);
      const [one] = cluster.list(PODS, 'api') as readonly PodObject[];
      // As an eviction would: the pod that replaces it asks for the tag again.
      if (one) cluster.delete(PODS, 'api', one.metadata.name, { gracePeriodSeconds: 0 });
    },
    async repair(world) {
      world.registry.addImage(`${HOST}/api/gateway:v3.1.0`);
      deleteStuckPods(world, 'api');
    },
  },
  {
    name: 'gitops-bad-tag',
    title: 'a tag that does not exist, in a workload that Argo CD writes',
    expected: 'tag-not-found',
    subject: { namespace: 'catalog', kind: 'Deployment', workload: 'catalog-api' },
    async apply(world) {
      const { cluster, registry } = world;
      registry.addImage(`${HOST}/catalog/catalog-api:v1.2.2`);
      registry.addImage(`${HOST}/catalog/catalog-api:v1.2.3`);
      const whole = (tag: string) => {
        const made = deployment('catalog-api', `${HOST}/catalog/catalog-api:${tag}`, 2, { namespace: 'catalog' });
        const annotations = { 'argocd.argoproj.io/tracking-id': 'catalog:apps/Deployment:catalog/catalog-api' };
        return { ...made, metadata: { ...made.metadata, annotations } };
      };
      cluster.apply([whole('v1.2.2')], { manager: 'argocd-controller' });
      await untilServed(world, 'catalog', 'catalog-api', 2);
      cluster.apply([whole('v1.2.33')], { manager: 'argocd-controller' });
    },
    async repair(world) {
      setDeploymentImage(world, 'catalog', 'catalog-api', `${HOST}/catalog/catalog-api:v1.2.3`);
    },
  },
  {
    name: 'registry-outage',
    title: 'a registry that answers 503',
    expected: 'registry-5xx',
    subject: { namespace: 'media', kind: 'Deployment', workload: 'thumbnails' },
    async apply({ cluster, registry }) {
      registry.addHost({ host: OUTAGE_HOST, auth: 'open' });
      registry.addImage(`${OUTAGE_HOST}/media/thumbnails:v1`);
      registry.setAnswerFault(OUTAGE_HOST, 'unavailable');
      cluster.apply([deployment('thumbnails', `${OUTAGE_HOST}/media/thumbnails:v1`, 2, { namespace: 'media' })]);
    },
    async repair(world) {
      endOutage(world);
      deleteStuckPods(world, 'media');
    },
  },
];

/** The registry of `registry-outage` answers again; pods wait out their back-off. */
export function endOutage({ registry }: Pick<World, 'registry'>): void {
  registry.setAnswerFault(OUTAGE_HOST, undefined);
}
