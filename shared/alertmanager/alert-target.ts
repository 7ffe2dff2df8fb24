/** Where an alert points to inside its cluster, as far as its labels say. */
export type AlertTarget =
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'node'; readonly node: string }
  | { readonly kind: 'registry'; readonly registry: string }
  | { readonly kind: 'cluster' };

/** Docker Hub answers under these names; image references call it `docker.io`. */
const DOCKER_HUB_HOSTS = ['registry-1.docker.io', 'index.docker.io', 'auth.docker.io', 'hub.docker.com'];

/** blackbox_exporter's own port: an `instance` that has it was not rewritten to the probed address. */
const BLACKBOX_PORT = '9115';

/** RFC 1123 label and subdomain (apimachinery `validation.IsDNS1123Label`, `IsDNS1123Subdomain`). */
const MAX_NAMESPACE_CHARACTERS = 63;
const MAX_NODE_CHARACTERS = 253;

/**
 * What to look at.
 * @param labels as `ownLabels` gives them: the metric's own names, nothing empty
 */
export function alertTarget(labels: Readonly<Record<string, string>>): AlertTarget {
  const registry = probedRegistry(labels);
  if (registry !== undefined) return { kind: 'registry', registry };

  const namespace = validName(labels['namespace'], MAX_NAMESPACE_CHARACTERS);
  const node = validName(labels['node'], MAX_NODE_CHARACTERS);
  if (namespace !== undefined && !isAboutNode(labels)) return { kind: 'namespace', namespace };
  // `instance` is the exporter, not the node: without a `node` label every pending pod of the cluster is looked at.
  return node === undefined ? { kind: 'cluster' } : { kind: 'node', node };
}

/**
 * A kubelet's own metrics say nothing of a pod: where they carry a namespace, it is the one of the scraped Service
 * (kube-prometheus-stack: `kube-system`).
 */
function isAboutNode(labels: Readonly<Record<string, string>>): boolean {
  if (labels['pod'] !== undefined || labels['container'] !== undefined) return false;
  return labels['alertname'] === 'HighImagePullFailureRate' || labels['job'] === 'kubelet';
}

/** A label is free text: what cannot be a name in Kubernetes must not become a part of a key or of a request. */
function validName(name: string | undefined, maxCharacters: number): string | undefined {
  if (name === undefined || name.length > maxCharacters) return undefined;
  return /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(name) ? name : undefined;
}

/** The host that a blackbox probe asked. Any other alert's `instance` is the exporter's `host:port`, never a URL. */
function probedRegistry(labels: Readonly<Record<string, string>>): string | undefined {
  if (labels['pod'] !== undefined || labels['container'] !== undefined) return undefined;
  const isProbe = labels['alertname'] === 'RegistryUnreachable' || labels['__name__'] === 'probe_success';
  for (const value of [labels['target'], labels['instance']]) {
    const host = value === undefined ? undefined : hostOf(value, isProbe);
    if (host !== undefined) return DOCKER_HUB_HOSTS.includes(host) ? 'docker.io' : host;
  }
  return undefined;
}

function hostOf(address: string, isBareHostAllowed: boolean): string | undefined {
  const isUrl = /^https?:\/\//i.test(address);
  if (!isUrl && !isBareHostAllowed) return undefined;
  const url = URL.parse(isUrl ? address : `https://${address}`);
  if (url === null || url.host === '') return undefined;
  return !isUrl && url.port === BLACKBOX_PORT ? undefined : url.host;
}
