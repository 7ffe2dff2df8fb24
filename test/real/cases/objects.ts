import type { Manifest } from '../kubectl.ts';

/** A pod that the testbed's open registry can serve. */
export const GOOD = 'registry.example.com/team/app:v1';
export const PRIVATE = 'private.example.com/team/secret-app:v1';
export const ECR_HOST = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
export const ZERO_DIGEST = `sha256:${'0'.repeat(64)}`;

export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly volumeMounts?: readonly object[];
}

export function container(image: string, name = 'app', policy?: string): ContainerSpec {
  return { name, image, ...(policy === undefined ? {} : { imagePullPolicy: policy }) };
}

/** A bare pod `app`. */
export function pod(
  image: string,
  more: { readonly secrets?: readonly string[]; readonly policy?: string; readonly serviceAccount?: string } = {},
): Manifest {
  return podOf({
    containers: [container(image, 'app', more.policy)],
    ...(more.secrets && { imagePullSecrets: more.secrets.map((name) => ({ name })) }),
    ...(more.serviceAccount && { serviceAccountName: more.serviceAccount }),
  });
}

export function podOf(spec: object, name = 'app'): Manifest {
  // The default grace of 30 s would only make the run longer.
  const whole = { terminationGracePeriodSeconds: 1, ...spec };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec: whole };
}

/** A Deployment, StatefulSet, DaemonSet or Job `web`, or of that name. */
export function workload(
  kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Job',
  image: string,
  more: {
    readonly name?: string;
    readonly replicas?: number;
    readonly secrets?: readonly string[];
    readonly policy?: string;
  } = {},
): Manifest {
  const { name = 'web', replicas, secrets, policy } = more;
  const labels = { app: name };
  const template = {
    metadata: { labels },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [container(image, name, policy)],
      ...(secrets && { imagePullSecrets: secrets.map((one) => ({ name: one })) }),
      ...(kind === 'Job' && { restartPolicy: 'Never' }),
    },
  };
  const isJob = kind === 'Job';
  return {
    apiVersion: isJob ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name },
    spec: {
      template,
      ...(replicas !== undefined && { replicas }),
      ...(!isJob && { selector: { matchLabels: labels } }),
      ...(kind === 'StatefulSet' && { serviceName: name }),
    },
  };
}

/** A pull secret with one entry. */
export function pullSecret(name: string, host: string, user: string, password: string): Manifest {
  const auth = Buffer.from(`${user}:${password}`).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/dockerconfigjson',
    metadata: { name },
    stringData: { '.dockerconfigjson': JSON.stringify({ auths: { [host]: { username: user, password, auth } } }) },
  };
}

/** The registry's password for the testbed's private registry. */
export function goodSecret(name: string, host = 'private.example.com'): Manifest {
  return pullSecret(name, host, 'puller', 's3cret');
}

/** A password as ECR issues it: base64 of a document that holds its expiry (seconds since the epoch). */
export function ecrPassword(expiresAt: number): string {
  const document = { payload: 'e2e', datakey: 'e2e', version: '2', type: 'DATA_KEY', expiration: expiresAt };
  return Buffer.from(JSON.stringify(document)).toString('base64');
}

/** The admission policy lets the refresh write a secret with this label. */
export function refreshed(secret: Manifest): Manifest {
  return { ...secret, metadata: { ...secret.metadata, labels: { 'pullmedic.dev/refresh': 'true' } } };
}
