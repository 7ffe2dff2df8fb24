import type { ClusterAccess, Config, CredentialReference } from './config.ts';

/** A key of `pullmedic.yaml` that names a credential. */
export interface NamedReference {
  /** As a person finds it in the file. */
  readonly key: string;
  readonly reference: CredentialReference;
}

/** Every credential that the configuration names, in the order of the file; one that two keys name stands twice. */
export function credentialReferences(config: Config): readonly NamedReference[] {
  const { slack, alerts, clusters, alertmanagers, registries } = config;
  return [
    ...clusters.flatMap(({ name, access, refreshAccess, remedyAccess }) => [
      ...kubeconfig(`clusters: ${name}: kubeconfig`, access),
      ...kubeconfig(`clusters: ${name}: refreshAccess: kubeconfig`, refreshAccess),
      ...kubeconfig(`clusters: ${name}: remedyAccess: kubeconfig`, remedyAccess),
    ]),
    ...alerts.tokens.flatMap(({ current, previous }, index) => [
      { key: `alerts.tokens[${index}].current`, reference: current },
      ...named(`alerts.tokens[${index}].previous`, previous),
    ]),
    { key: 'slack.botToken', reference: slack.botToken },
    { key: 'slack.signingSecret', reference: slack.signingSecret },
    ...named('slack.appToken', slack.appToken),
    ...alertmanagers.flatMap(({ auth }, index) => named(`alertmanagers[${index}].auth`, auth?.credential)),
    ...registries.flatMap(({ host, caBundle }) => named(`registries: ${host}: caBundle`, caBundle)),
  ];
}

function kubeconfig(key: string, access: ClusterAccess | undefined): readonly NamedReference[] {
  return access?.kind === 'kubeconfig' ? [{ key, reference: access.kubeconfig }] : [];
}

function named(key: string, reference: CredentialReference | undefined): readonly NamedReference[] {
  return reference === undefined ? [] : [{ key, reference }];
}
