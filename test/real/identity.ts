import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kubectl } from './kubectl.ts';

const KUBERNETES = join(import.meta.dirname, '..', '..', 'infra', 'kubernetes');
const NAMESPACE = 'pullmedic';
const ACCOUNT = 'pullmedic-triage';

/** Who the product is in the cluster: what `infra/kubernetes` ships, and nothing of the admin. */
export interface TriageIdentity {
  /** As the API server's audit log calls it. */
  readonly user: string;
  readonly kubeconfig: string;
  /** Lets it read the secrets of one namespace, with the shipped overlay. */
  grantSecrets(namespace: string): Promise<void>;
  /** `verb group/resource` that its roles allow. */
  readonly allowed: ReadonlySet<string>;
}

interface ClusterRole {
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

/**
 * Applies the shipped manifests and makes a kubeconfig from a token of the triage identity.
 * @param name of its file
 */
export async function createTriageIdentity(kubectl: Kubectl, folder: string, name: string): Promise<TriageIdentity> {
  await kubectl.run('apply', '--server-side', '--kustomize', join(KUBERNETES, 'overlays', 'triage'));
  const token = (await kubectl.run('create', 'token', ACCOUNT, '-n', NAMESPACE, '--duration=4h')).trim();
  const view = await kubectl.json<{
    clusters: readonly { cluster: { server: string; 'certificate-authority-data'?: string } }[];
  }>('config', 'view', '--raw', '--minify', '--flatten');
  const cluster = view.clusters[0]?.cluster;
  if (cluster === undefined) throw new Error('the kubeconfig names no cluster');
  const kubeconfig = join(folder, `${name}.kubeconfig`);
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'e2e', cluster }],
    users: [{ name: 'triage', user: { token } }],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'triage' } }],
    'current-context': 'e2e',
  };
  writeFileSync(kubeconfig, JSON.stringify(document), { mode: 0o600 });

  const allowed = new Set<string>();
  for (const role of ['pullmedic-triage', 'pullmedic-events', 'pullmedic-read-pull-secrets']) {
    const { rules } = await kubectl.json<ClusterRole>('get', 'clusterrole', role);
    for (const { apiGroups, resources, verbs } of rules) {
      for (const group of apiGroups) {
        for (const resource of resources) for (const verb of verbs) allowed.add(callName(verb, group, resource));
      }
    }
  }
  return {
    user: `system:serviceaccount:${NAMESPACE}:${ACCOUNT}`,
    kubeconfig,
    allowed,
    async grantSecrets(namespace) {
      await kubectl.run(
        'apply',
        '--server-side',
        '-n',
        namespace,
        '--kustomize',
        join(KUBERNETES, 'overlays', 'read-secrets'),
      );
    },
  };
}

/** `list pods`, `get apps/deployments`. */
export function callName(verb: string, group: string, resource: string): string {
  return `${verb} ${group === '' ? '' : `${group}/`}${resource}`;
}
