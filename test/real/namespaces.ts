import type { TriageIdentity } from './identity.ts';
import type { Kubectl } from './kubectl.ts';
import { until } from './processes.ts';

interface AccountList {
  readonly items: readonly { readonly metadata: { readonly namespace: string; readonly name: string } }[];
}

/** Creates the namespaces, waits for their service accounts, lets triage read the secrets of some. */
export async function createNamespaces(
  names: readonly string[],
  readable: readonly string[],
  { kubectl, identity }: { readonly kubectl: Kubectl; readonly identity: TriageIdentity },
): Promise<void> {
  await kubectl.apply(
    undefined,
    names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
  );
  await Promise.all(readable.map((name) => identity.grantSecrets(name)));
  await until('service accounts of all namespaces', 60, async () => {
    const { items } = await kubectl.json<AccountList>('get', 'serviceaccounts', '-A');
    const have = new Set(
      items.filter(({ metadata }) => metadata.name === 'default').map(({ metadata }) => metadata.namespace),
    );
    return names.every((name) => have.has(name));
  });
}
