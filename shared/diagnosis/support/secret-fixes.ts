import type { Fix } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { shellCommand } from '../../domain/shell.ts';
import { ecrLocation } from '../../registries/recognise.ts';
import { now } from './fixes.ts';
import { registryHost } from './subjects.ts';

/** Docker Hub's key in a pull secret; every other registry is keyed by its host. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

/** Creates (or replaces) a pull secret for the image's registry. Without a namespace it is advice in words only. */
export function createPullSecret(failure: PullFailure, name = defaultSecretName(failure)): Fix {
  const { namespace } = failure;
  const host = registryHost(failure);
  const title = `Create pull secret ${name} for the registry, and name it in the pod or its ServiceAccount`;
  const command = namespace === undefined || host === undefined ? undefined : createCommand(namespace, name, host);
  return now('create-pull-secret', title, command);
}

function createCommand(namespace: string, name: string, host: string): string | undefined {
  const location = ecrLocation(host);
  if (location !== undefined) return ecrSecretCommand(namespace, name, host, location.region);
  const server = host === 'docker.io' ? DOCKER_HUB_KEY : host;
  return shellCommand`kubectl -n ${namespace} create secret docker-registry ${name} --docker-server=${server} --docker-username="$REGISTRY_USER" --docker-password="$REGISTRY_TOKEN"`;
}

/** Writes a fresh ECR token. Replaces the whole secret: other registries in it have to be added again. */
export function ecrSecretCommand(namespace: string, name: string, host: string, region: string): string | undefined {
  return shellCommand`kubectl -n ${namespace} create secret docker-registry ${name} --docker-server=${host} --docker-username=AWS --docker-password="$(aws ecr get-login-password --region ${region})" --dry-run=client -o yaml | kubectl apply -f -`;
}

/** Adds a secret to the pod's ServiceAccount, beside those that it has. Needs new pods: admission copies them once. */
export function attachSecret(failure: PullFailure, name: string): Fix | undefined {
  const { namespace, pod, serviceAccount } = failure;
  const account = serviceAccount?.name ?? pod?.serviceAccountName;
  if (namespace === undefined || account === undefined) return undefined;
  const names = [...(serviceAccount?.pullSecretNames ?? []), name].filter(
    (each, index, all) => all.indexOf(each) === index,
  );
  const patch = JSON.stringify({ imagePullSecrets: names.map((each) => ({ name: each })) });
  return now(
    'attach-secret',
    `Attach secret ${name} to ServiceAccount ${account}, then restart the pod`,
    shellCommand`kubectl -n ${namespace} patch serviceaccount ${account} -p ${patch}`,
  );
}

function defaultSecretName(failure: PullFailure): string {
  return failure.pod?.pullSecretNames[0] ?? 'registry-credentials';
}
