import { parse } from 'yaml';
import { ConfigError } from '../../domain/errors.ts';
import { isRecord } from '../../domain/is-record.ts';
import { Secret } from '../../domain/secret.ts';

/** How requests to one cluster prove who asks. */
export type ClusterIdentity =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: Secret }
  | { readonly kind: 'basic'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'certificate'; readonly certificate: string; readonly key: Secret }
  /** What `aws eks get-token` would give: made here, without running a program. */
  | {
      readonly kind: 'eks-token';
      readonly clusterName: string;
      readonly region: string;
      readonly roleArn: string | undefined;
      readonly profile: string | undefined;
    };

/** Where one API server is, how it is trusted and how it is asked: data only, no file path and no program. */
export interface ClusterTarget {
  /** Without a slash at its end. */
  readonly server: string;
  /** PEM. */
  readonly certificateAuthority: string | undefined;
  readonly isTlsVerified: boolean;
  readonly tlsServerName: string | undefined;
  readonly proxyUrl: string | undefined;
  readonly identity: ClusterIdentity;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a kubeconfig as data. Whatever would run a program or read another file is refused by name; only
 * `aws eks get-token` is understood, because pullmedic signs such a token itself.
 * @param name where it came from, for messages
 * @throws {ConfigError} saying what cannot be used and what to write instead
 */
export function parseKubeconfig(
  text: string,
  options: { readonly name: string; readonly context?: string | undefined },
) {
  const fail = (problem: string): never => {
    throw new ConfigError(`kubeconfig ${options.name}: ${problem}`);
  };
  const root = parseYaml(text, fail);
  const contextName = options.context ?? textOf(root['current-context']) ?? fail('it has no current-context');
  const context = findEntry(root, 'contexts', 'context', contextName) ?? fail(`there is no context ${contextName}`);
  const clusterName = textOf(context['cluster']) ?? fail(`context ${contextName} names no cluster`);
  const cluster = findEntry(root, 'clusters', 'cluster', clusterName) ?? fail(`there is no cluster ${clusterName}`);
  const userName = textOf(context['user']);
  const user =
    userName === undefined ? {} : (findEntry(root, 'users', 'user', userName) ?? fail(`there is no user ${userName}`));
  return {
    server: readServer(cluster, fail),
    certificateAuthority: readPem(cluster, 'certificate-authority', fail),
    isTlsVerified: cluster['insecure-skip-tls-verify'] !== true,
    tlsServerName: textOf(cluster['tls-server-name']),
    proxyUrl: textOf(cluster['proxy-url']),
    identity: readIdentity(user, fail),
  } satisfies ClusterTarget;
}

function parseYaml(text: string, fail: (problem: string) => never): Fields {
  try {
    const root: unknown = parse(text);
    return isRecord(root) ? root : fail('it is not a YAML object');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    // The parser's message quotes the line, which may hold a token.
    return fail('it is not YAML');
  }
}

function readServer(cluster: Fields, fail: (problem: string) => never): string {
  const server = textOf(cluster['server']) ?? fail('the cluster has no server');
  if (!URL.canParse(server)) return fail(`server ${server} is not a URL`);
  const url = new URL(server);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return fail(`server ${server} is neither https nor http`);
  // Plain text would show the token to the network; on this very machine there is none in between.
  if (url.protocol === 'http:' && !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) {
    return fail(`server ${server} is plain http: only https, or http on this machine, is asked`);
  }
  return server.replace(/\/+$/, '');
}

function readPem(fields: Fields, key: string, fail: (problem: string) => never): string | undefined {
  if (fields[key] !== undefined) return fail(`${key} is a file path: ${FLATTEN}`);
  const data = textOf(fields[`${key}-data`]);
  return data === undefined ? undefined : Buffer.from(data, 'base64').toString('utf8');
}

const FLATTEN = 'write it with `kubectl config view --raw --flatten --minify`, which puts the data in';

function readIdentity(user: Fields, fail: (problem: string) => never): ClusterIdentity {
  if (isRecord(user['exec'])) return readExec(user['exec'], fail);
  if (isRecord(user['auth-provider'])) {
    return fail(
      `auth-provider ${textOf(user['auth-provider']['name'])} is not supported: use a token or a client certificate`,
    );
  }
  if (user['tokenFile'] !== undefined) return fail('tokenFile is a file path: use `token`');
  for (const key of Object.keys(user)) {
    if (key.startsWith('as') && user[key] !== undefined) return fail(`impersonation (${key}) is not supported`);
  }
  const token = textOf(user['token']);
  if (token !== undefined) return { kind: 'token', token: new Secret(token) };
  const certificate = readPem(user, 'client-certificate', fail);
  const key = readPem(user, 'client-key', fail);
  if (certificate !== undefined && key !== undefined) return { kind: 'certificate', certificate, key: new Secret(key) };
  if (certificate !== undefined || key !== undefined) return fail('client-certificate-data needs client-key-data');
  const username = textOf(user['username']);
  const password = textOf(user['password']);
  if (username !== undefined && password !== undefined)
    return { kind: 'basic', username, password: new Secret(password) };
  return { kind: 'none' };
}

function readExec(exec: Fields, fail: (problem: string) => never): ClusterIdentity {
  const command = textOf(exec['command']) ?? '';
  const args = Array.isArray(exec['args']) ? exec['args'].map(String) : [];
  const isAws = /^(?:.*[\\/])?aws(?:\.exe)?$/.test(command);
  const verb = args.indexOf('get-token');
  if (!isAws || verb < 1 || args[verb - 1] !== 'eks') {
    return fail(
      `the program ${JSON.stringify(command)} is not run: only \`aws eks get-token\` is understood, or use a token`,
    );
  }
  const option = (name: string) => args.find((_, index) => args[index - 1] === name);
  const environment = new Map(
    (Array.isArray(exec['env']) ? exec['env'] : [])
      .filter(isRecord)
      .map((entry) => [String(entry['name']), String(entry['value'])] as const),
  );
  const clusterName =
    option('--cluster-name') ?? option('--cluster-id') ?? fail('`aws eks get-token` lacks --cluster-name');
  const region =
    option('--region') ??
    environment.get('AWS_REGION') ??
    environment.get('AWS_DEFAULT_REGION') ??
    fail('`aws eks get-token` lacks --region');
  return {
    kind: 'eks-token',
    clusterName,
    region,
    roleArn: option('--role-arn') ?? option('--role'),
    profile: option('--profile') ?? environment.get('AWS_PROFILE'),
  };
}

function findEntry(root: Fields, list: string, field: string, name: string): Fields | undefined {
  const entries = Array.isArray(root[list]) ? root[list].filter(isRecord) : [];
  const value = entries.find((entry) => entry['name'] === name)?.[field];
  return isRecord(value) ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
