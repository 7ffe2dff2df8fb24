import { stringify } from 'yaml';
import { parseKubeconfig } from '../../shared/adapters/kubernetes/parse-kubeconfig.ts';
import type { SecretWriter } from '../../shared/ports/secret-writer.ts';
import { type CliIo, EXIT } from './io.ts';

/** pullmedic's identities in a cluster, each a ServiceAccount `pullmedic-…` of infra/kubernetes. */
export const IDENTITIES = ['triage', 'refresh', 'remedy'] as const;
export type Identity = (typeof IDENTITIES)[number];

export interface KubeconfigOptions {
  readonly identity: Identity;
  /** Where infra/kubernetes is installed. */
  readonly namespace: string;
  /** Of the user's kubeconfig; `undefined` = its current one. */
  readonly context: string | undefined;
}

/**
 * `pullmedic kubeconfig`: the kubeconfig of one of pullmedic's identities, for a pullmedic outside the cluster. Data only:
 * the server and its CA as the user's own context has them, and the token that overlays/external made.
 */
export async function printKubeconfig(
  { identity, namespace, context }: KubeconfigOptions,
  world: { readonly kubeconfig: string; readonly writer: Pick<SecretWriter, 'getSecret'> },
  io: CliIo,
): Promise<number> {
  const account = `pullmedic-${identity}`;
  const name = `${account}-token`;
  const read = await world.writer.getSecret(namespace, name);
  if (!read.ok) {
    io.stderr(`pullmedic: ${read.gap.what}: ${read.gap.why}; it takes a user who may read Secrets in ${namespace}\n`);
    return EXIT.failed;
  }
  if (read.value === 'missing') {
    io.stderr(
      `pullmedic: there is no Secret ${namespace}/${name}; to make it: kubectl apply --server-side --kustomize infra/kubernetes/overlays/external\n`,
    );
    return EXIT.failed;
  }
  const token = Buffer.from(read.value.data?.['token'] ?? '', 'base64').toString('utf8');
  if (token === '') {
    io.stderr(
      `pullmedic: Secret ${namespace}/${name} has no token yet: the cluster writes it within seconds, or there is no ServiceAccount ${account}\n`,
    );
    return EXIT.failed;
  }
  const { server, certificateAuthority, isTlsVerified, tlsServerName, proxyUrl } = parseKubeconfig(world.kubeconfig, {
    name: 'KUBECONFIG',
    context,
  });
  const cluster = {
    server,
    ...(certificateAuthority !== undefined && {
      'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64'),
    }),
    ...(!isTlsVerified && { 'insecure-skip-tls-verify': true }),
    ...(tlsServerName !== undefined && { 'tls-server-name': tlsServerName }),
    ...(proxyUrl !== undefined && { 'proxy-url': proxyUrl }),
  };
  io.stdout(
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'cluster', cluster }],
      users: [{ name: account, user: { token } }],
      contexts: [{ name: account, context: { cluster: 'cluster', user: account } }],
      'current-context': account,
    }),
  );
  return EXIT.done;
}
