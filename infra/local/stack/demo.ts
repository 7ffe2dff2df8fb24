import type { Ecr } from '../ecr/ecr.ts';
import type { Manifest } from '../kubernetes/cluster.ts';

export const NAMESPACE = 'shop';
export const REGISTRY = 'ghcr.io';
export const CHECKOUT = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/checkout';
export const SITE = `${REGISTRY}/acme/site`;
export const TAG = 'v1.2.2';
const [ECR_HOST = ''] = CHECKOUT.split('/');
const ECR_REGION = 'eu-west-1';

/** A pull secret with a token of the embedded ECR, good for 12 hours of the embedded clock. */
export function ecrSecret(ecr: Ecr): Manifest {
  const { authorizationToken: auth } = ecr.tokens.issue(ECR_REGION);
  const document = JSON.stringify({ auths: { [ECR_HOST]: { auth } } });
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'ecr-creds', namespace: NAMESPACE },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(document).toString('base64') },
  };
}

/** What the page's buttons break: a Deployment on ECR with a pull secret, and one on a public registry. */
export function demoObjects(ecr: Ecr): readonly Manifest[] {
  return [
    ecrSecret(ecr),
    deployment('checkout', `${CHECKOUT}:${TAG}`, 3, [{ name: 'ecr-creds' }]),
    deployment('site', `${SITE}:${TAG}`, 2, []),
  ];
}

function deployment(name: string, image: string, replicas: number, imagePullSecrets: readonly object[]): Manifest {
  const labels = { app: name };
  // Always: each new pod asks the registry, also where the image is on the node already.
  const containers = [{ name: 'app', image, imagePullPolicy: 'Always' }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers, imagePullSecrets } },
    },
  };
}
