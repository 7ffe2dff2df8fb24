import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterAccess, Config } from '../../config/config.ts';
import { ConfigError, CredentialError, PullmedicError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/instant.ts';
import { Secret } from '../../domain/secret.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ClusterNoter, ClusterReader, Clusters } from '../../ports/cluster.ts';
import type { ClusterChanger, RemedyClusters } from '../../ports/cluster-changer.ts';
import type { Credentials } from '../../ports/credentials.ts';
import type { InventoryReader, InventoryReaders } from '../../ports/inventory-reader.ts';
import type { Log } from '../../ports/log.ts';
import type { PodRetrier } from '../../ports/pod-retrier.ts';
import type { SecretWriter, SecretWriters } from '../../ports/secret-writer.ts';
import { createClusterChanger } from './cluster-changer.ts';
import { createClusterNoter } from './cluster-noter.ts';
import { createClusterReader } from './cluster-reader.ts';
import { type Authorization, type ClusterConnection, createConnection } from './connection.ts';
import { assumeRole, createEksToken, describeEksCluster, type EksToken } from './eks.ts';
import { createInventoryReader } from './inventory-reader.ts';
import { type ClusterIdentity, type ClusterTarget, parseKubeconfig } from './parse-kubeconfig.ts';
import { createPodRetrier } from './pod-retrier.ts';
import { createSecretWriter } from './secret-writer.ts';
import type { AwsKeysProvider } from './sign-aws.ts';

/** Where the pod's own identity is mounted, and the API server's name inside every cluster. */
const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
const IN_CLUSTER_SERVER = 'https://kubernetes.default.svc';
/** How long an opened cluster is kept before its credential is read again: a rotated one takes effect by itself. */
const REOPEN_AFTER_MS = 60_000;

export interface ClustersDependencies {
  /** A `ConfigSource`, of which only the clusters are used. */
  readonly config: { load(): Promise<Pick<Config, 'clusters'>> };
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly log: Log;
  /** Keys of this process, or of a profile of the user's AWS configuration. */
  readonly awsKeys: (options: { readonly profile?: string | undefined }) => AwsKeysProvider;
  /** As whom: what looks, what writes pull secrets or what remedies act as (`…Access`, where a cluster has one). */
  readonly identity?: 'triage' | 'refresh' | 'remedy' | undefined;
  /** The function that asks, for the User-Agent. */
  readonly component?: string | undefined;
  /** Most connections to each API server; a look needs eight, a refresh as many as it works on at a time. */
  readonly connections?: number | undefined;
  /** Only tests set these. */
  readonly serviceAccountFolder?: string | undefined;
  readonly inClusterServer?: string | undefined;
  readonly awsEndpoint?: string | undefined;
}

/** The connections themselves, for whoever asks an API server about itself. */
export interface ClusterConnections {
  /** @throws as `Clusters.reader` does */
  connection(name: string): Promise<ClusterConnection>;
}

interface OpenCluster {
  readonly fingerprint: string;
  readonly checkedAt: Instant;
  readonly connection: ClusterConnection;
  readonly reader: ClusterReader;
  readonly inventory: InventoryReader;
  readonly noter: ClusterNoter;
  readonly writer: SecretWriter;
  readonly retrier: PodRetrier;
  readonly changer: ClusterChanger;
}

/** Opens each configured cluster once a process, and again only when its access or its credential changed. */
export function createClusters(
  deps: ClustersDependencies,
): Clusters & InventoryReaders & SecretWriters & RemedyClusters & ClusterConnections & { close(): Promise<void> } {
  const opened = new Map<string, Promise<OpenCluster>>();

  /** A look may still hold the old reader: its pool lives on for as long as a look can. */
  function retire(connection: ClusterConnection, cluster: string): void {
    const close = () => {
      connection.close().catch(() => deps.log.warn('an old connection pool did not close', { cluster }));
    };
    setTimeout(close, REOPEN_AFTER_MS).unref();
  }

  async function open(name: string, previous: OpenCluster | undefined): Promise<OpenCluster> {
    const access = findAccess(await deps.config.load(), name, deps.identity);
    const target = await resolveTarget(name, access, deps);
    const fingerprint = fingerprintOf(target);
    const checkedAt = deps.clock.now();
    if (previous?.fingerprint === fingerprint) return { ...previous, checkedAt };
    if (!target.isTlsVerified) deps.log.warn('the certificate of a cluster is not verified', { cluster: name });
    const { authorize, forget } = authorization(target.identity, deps);
    const connection = createConnection(
      {
        ...target,
        certificate: target.identity.kind === 'certificate' ? target.identity : undefined,
        component: deps.component,
        connections: deps.connections,
      },
      authorize,
      forget,
    );
    if (previous !== undefined) retire(previous.connection, name);
    return {
      fingerprint,
      checkedAt,
      connection,
      reader: createClusterReader(connection),
      inventory: createInventoryReader(connection),
      noter: createClusterNoter(connection, deps.clock),
      writer: createSecretWriter(connection),
      retrier: createPodRetrier(connection),
      changer: createClusterChanger(connection, deps.clock),
    };
  }

  async function find(name: string): Promise<OpenCluster> {
    const current = opened.get(name);
    const known = await current?.catch(() => undefined);
    if (known !== undefined && deps.clock.now() - known.checkedAt < REOPEN_AFTER_MS) return known;
    // Callers that come at the same time share one opening.
    if (opened.get(name) === current) opened.set(name, open(name, known));
    const opening = opened.get(name);
    if (opening === undefined) throw new ConfigError(`cluster ${name} was closed`);
    return opening.catch((error: unknown) => {
      // A credential source that does not answer right now leaves the cluster as it was.
      if (known === undefined || !(error instanceof PullmedicError) || error.retry === 'give-up') {
        if (opened.get(name) === opening) opened.delete(name);
        throw error;
      }
      opened.set(name, Promise.resolve(known));
      return known;
    });
  }

  return {
    reader: async (name) => (await find(name)).reader,
    inventory: async (name) => (await find(name)).inventory,
    noter: async (name) => (await find(name)).noter,
    writer: async (name) => (await find(name)).writer,
    retrier: async (name) => (await find(name)).retrier,
    changer: async (name) => (await find(name)).changer,
    connection: async (name) => (await find(name)).connection,
    async close() {
      const all = [...opened.values()];
      opened.clear();
      await Promise.allSettled(all.map(async (one) => (await one).connection.close()));
    },
  };
}

function findAccess(
  config: Pick<Config, 'clusters'>,
  name: string,
  identity: ClustersDependencies['identity'],
): ClusterAccess {
  const cluster = config.clusters.find((one) => one.name === name);
  if (cluster === undefined) {
    throw new ConfigError(
      `cluster ${name} is not configured; configured: ${config.clusters.map((one) => one.name).join(', ')}`,
    );
  }
  if (identity === 'refresh') return cluster.refreshAccess ?? cluster.access;
  return identity === 'remedy' ? (cluster.remedyAccess ?? cluster.access) : cluster.access;
}

async function resolveTarget(name: string, access: ClusterAccess, deps: ClustersDependencies): Promise<ClusterTarget> {
  switch (access.kind) {
    case 'kubeconfig': {
      const text = await deps.credentials.read(access.kubeconfig);
      return parseKubeconfig(text.reveal(), {
        name: `of cluster ${name} (${access.kubeconfig})`,
        context: access.context,
      });
    }
    case 'eks': {
      const identity: ClusterIdentity = { ...access, kind: 'eks-token', roleArn: access.roleArn, profile: undefined };
      const { server, certificateAuthority } = await describeEksCluster({
        clusterName: access.clusterName,
        region: access.region,
        keys: await keysFor(identity, deps)(),
        now: deps.clock.now(),
        endpoint: deps.awsEndpoint,
      });
      return {
        server,
        certificateAuthority,
        isTlsVerified: true,
        tlsServerName: undefined,
        proxyUrl: undefined,
        identity,
      };
    }
    case 'in-cluster': {
      const folder = deps.serviceAccountFolder ?? SERVICE_ACCOUNT_FOLDER;
      const [token, certificateAuthority] = await Promise.all([
        readFile(join(folder, 'token'), 'utf8'),
        readFile(join(folder, 'ca.crt'), 'utf8'),
      ]).catch((cause: unknown) => {
        throw new ConfigError(
          `cluster ${name} is configured as in-cluster, but no service account is mounted at ${folder}`,
          cause,
        );
      });
      return {
        server: deps.inClusterServer ?? IN_CLUSTER_SERVER,
        certificateAuthority,
        isTlsVerified: true,
        tlsServerName: undefined,
        proxyUrl: undefined,
        // The kubelet renews the file; it is read again with every re-opening.
        identity: { kind: 'token', token: new Secret(token.trim()) },
      };
    }
  }
}

function authorization(
  identity: ClusterIdentity,
  deps: ClustersDependencies,
): { authorize: Authorization; forget: () => void } {
  const fixed = (value: Secret | undefined) => ({ authorize: async () => value, forget: () => {} });
  switch (identity.kind) {
    case 'none':
    case 'certificate':
      return fixed(undefined);
    case 'token':
      return fixed(new Secret(`Bearer ${identity.token.reveal()}`));
    case 'basic': {
      const pair = Buffer.from(`${identity.username}:${identity.password.reveal()}`).toString('base64');
      return fixed(new Secret(`Basic ${pair}`));
    }
    case 'eks-token': {
      const keys = keysFor(identity, deps);
      let cached: EksToken | undefined;
      return {
        async authorize() {
          if (cached === undefined || cached.usableUntil <= deps.clock.now()) {
            cached = await createEksToken({ ...identity, keys: await readKeys(keys), now: deps.clock.now() });
          }
          return new Secret(`Bearer ${cached.token.reveal()}`);
        },
        forget() {
          cached = undefined;
        },
      };
    }
  }
}

function keysFor(
  identity: ClusterIdentity & { readonly kind: 'eks-token' },
  deps: ClustersDependencies,
): AwsKeysProvider {
  const base = deps.awsKeys({ profile: identity.profile });
  if (identity.roleArn === undefined) return base;
  return assumeRole({
    roleArn: identity.roleArn,
    region: identity.region,
    base,
    now: () => deps.clock.now(),
    endpoint: deps.awsEndpoint,
  });
}

async function readKeys(keys: AwsKeysProvider) {
  return keys().catch((cause: unknown) => {
    throw new CredentialError('the AWS identity of this process could not be read', { retry: 'retry', cause });
  });
}

/** Changes when anything does that a connection was built from. Stays in memory. */
function fingerprintOf({ identity, ...target }: ClusterTarget): string {
  const secret =
    identity.kind === 'token'
      ? identity.token.reveal()
      : identity.kind === 'basic'
        ? identity.password.reveal()
        : identity.kind === 'certificate'
          ? identity.key.reveal()
          : '';
  return JSON.stringify([target, identity, secret]);
}
