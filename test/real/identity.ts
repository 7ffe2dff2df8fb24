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
  const kubeconfig = await writeKubeconfig(kubectl, ACCOUNT, join(folder, `${name}.kubeconfig`));
  const allowed = await allowedBy(['pullmedic-triage', 'pullmedic-events', 'pullmedic-read-pull-secrets'], kubectl);
  return {
    user: userOf(ACCOUNT),
    kubeconfig,
    allowed,
    grantSecrets: (namespace) => applyOverlay(kubectl, namespace, 'read-secrets'),
  };
}

/** Binds what one of the shipped overlays grants in one namespace. */
export async function applyOverlay(kubectl: Kubectl, namespace: string, overlay: string): Promise<void> {
  const folder = join(KUBERNETES, 'overlays', overlay);
  await kubectl.run('apply', '--server-side', '-n', namespace, '--kustomize', folder);
}

/** As the API server's audit log calls a service account of pullmedic's. */
export function userOf(account: string): string {
  return `system:serviceaccount:${NAMESPACE}:${account}`;
}

/** Makes a kubeconfig from a token of a service account in pullmedic's namespace. @returns its path */
export async function writeKubeconfig(kubectl: Kubectl, account: string, path: string): Promise<string> {
  const token = (await kubectl.run('create', 'token', account, '-n', NAMESPACE, '--duration=4h')).trim();
  const view = await kubectl.json<{
    clusters: readonly { cluster: { server: string; 'certificate-authority-data'?: string } }[];
  }>('config', 'view', '--raw', '--minify', '--flatten');
  const cluster = view.clusters[0]?.cluster;
  if (cluster === undefined) throw new Error('the kubeconfig names no cluster');
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'e2e', cluster }],
    users: [{ name: account, user: { token } }],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: account } }],
    'current-context': 'e2e',
  };
  writeFileSync(path, JSON.stringify(document), { mode: 0o600 });
  return path;
}

/** `verb group/resource` that these cluster roles allow. */
export async function allowedBy(roles: readonly string[], kubectl: Kubectl): Promise<ReadonlySet<string>> {
  const allowed = new Set<string>();
  for (const role of roles) {
    const { rules } = await kubectl.json<ClusterRole>('get', 'clusterrole', role);
    for (const { apiGroups, resources, verbs } of rules) {
      for (const group of apiGroups) {
        for (const resource of resources) for (const verb of verbs) allowed.add(callName(verb, group, resource));
      }
    }
  }
  return allowed;
}

/** `list pods`, `get apps/deployments`. */
export function callName(verb: string, group: string, resource: string): string {
  return `${verb} ${group === '' ? '' : `${group}/`}${resource}`;
}
