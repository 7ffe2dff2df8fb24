import { toTarget } from '../../shared/config/targets.ts';
import type { KubeSecret } from '../../shared/domain/kubernetes.ts';
import type { SecretResult } from '../../shared/domain/refresh/result.ts';
import type { RefreshTarget } from '../../shared/domain/refresh/target.ts';

export const ECR_HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
export const PULL_ROLE = 'arn:aws:iam::123456789012:role/pull';

/** A target as the configuration makes it. */
export function refreshTarget(file: Partial<Parameters<typeof toTarget>[0]> = {}): RefreshTarget {
  return toTarget(
    {
      name: 'shop',
      namespaces: ['shop'],
      secretNames: ['ecr-creds'],
      registries: [ECR_HOST],
      roleArn: PULL_ROLE,
      create: false,
      retryPods: false,
      mode: 'auto',
      ...file,
    },
    0,
  );
}

/** A password as ECR makes them: base64 JSON with its end. */
export function ecrPassword(expiresAt: number, mark = 'x'): string {
  const payload = `${mark}-${'p'.repeat(60)}`;
  return Buffer.from(JSON.stringify({ payload, expiration: Math.floor(expiresAt / 1000) })).toString('base64');
}

export function authOf(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString('base64');
}

export interface PullSecretParts {
  readonly namespace?: string;
  readonly name?: string;
  readonly auths?: Readonly<Record<string, unknown>>;
  readonly text?: string;
  readonly type?: string;
  readonly meta?: KubeSecret['metadata'];
  readonly immutable?: boolean;
}

export function pullSecret(parts: PullSecretParts): KubeSecret {
  const { namespace = 'shop', name = 'ecr-creds', type = 'kubernetes.io/dockerconfigjson', auths = {} } = parts;
  const text = parts.text ?? JSON.stringify({ auths });
  const key = type.endsWith('cfg') ? '.dockercfg' : '.dockerconfigjson';
  return {
    metadata: { namespace, name, uid: `uid-${namespace}-${name}`, resourceVersion: '1', ...parts.meta },
    type,
    data: { [key]: Buffer.from(text).toString('base64') },
    ...(parts.immutable === undefined ? {} : { immutable: parts.immutable }),
  };
}

/** The document of a pull secret. */
export function documentOf(secret: KubeSecret | undefined): {
  readonly auths: Readonly<Record<string, { auth?: string }>>;
} {
  return JSON.parse(Buffer.from(secret?.data?.['.dockerconfigjson'] ?? '', 'base64').toString());
}

/** A secret that was refreshed at that time, after its token had ended. */
export function secretResult(finishedAt: number, change: Partial<SecretResult> = {}): SecretResult {
  return {
    cluster: 'prod-eu',
    namespace: 'shop',
    name: 'ecr-creds',
    targets: ['shop'],
    outcome: 'refreshed',
    reason: undefined,
    why: undefined,
    retry: undefined,
    entries: [],
    expiresAt: finishedAt + 12 * 3_600_000,
    wasExpired: true,
    lastWrittenBy: 'ecr-renew',
    attached: [],
    finishedAt,
    ...change,
  };
}
