import { type ClusterConnection, createConnection } from '../../shared/adapters/kubernetes/connection.ts';
import { parseKubeconfig } from '../../shared/adapters/kubernetes/parse-kubeconfig.ts';
import { Secret } from '../../shared/domain/secret.ts';

/**
 * The product's connection to the cluster of a kubeconfig with a token or a client certificate.
 * @param port of a longer wire to it on this machine
 */
export function openConnection(kubeconfig: string, connections: number, port?: number): ClusterConnection {
  const target = parseKubeconfig(kubeconfig, { name: 'bench' });
  const { identity } = target;
  const server = new URL(target.server);
  if (port !== undefined) server.port = String(port);
  return createConnection(
    {
      ...target,
      server: server.href.replace(/\/$/, ''),
      certificate: identity.kind === 'certificate' ? identity : undefined,
      connections,
    },
    async () => (identity.kind === 'token' ? new Secret(`Bearer ${identity.token.reveal()}`) : undefined),
  );
}
