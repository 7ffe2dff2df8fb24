/** How a registry asks for credentials, and what it answers without them. */
export type RegistryAuth =
  /** Anybody may pull. */
  | 'open'
  /** HTTP Basic, as docker-registry with htpasswd does. */
  | 'basic'
  /** A token from auth.docker.io; private and missing repositories get the same 401 insufficient_scope. */
  | 'dockerhub'
  /** A token from its own /token, which itself says 403 for private and missing packages. */
  | 'ghcr'
  /** HTTP Basic with a token of GetAuthorizationToken as the password. */
  | 'ecr';

/** What is wrong between a node and a host, before any HTTP is spoken. The words are in `kubelet/dial.ts`. */
export type ConnectFault =
  | 'tls-unknown-ca'
  | 'tls-expired'
  | 'tls-wrong-name'
  | 'tls-handshake-timeout'
  | 'plain-http'
  | 'dial-timeout'
  | 'proxy-502';

/** What goes wrong with the answers of a host. */
export type AnswerFault =
  /** 429 to everything; on Docker Hub only to GET, as there HEAD is free. */
  | 'rate-limited'
  | 'forbidden'
  | 'broken'
  | 'unavailable'
  /** Accepts the request and never answers. */
  | 'frozen'
  /** Sends the first byte of a blob and no more. */
  | 'stalled-blobs'
  /** Ends a blob in its middle. */
  | 'cut-blobs'
  | 'missing-blobs'
  /** Sends other bytes than the digest says. */
  | 'corrupt-blobs';

export interface RegistryHost {
  readonly host: string;
  readonly auth: RegistryAuth;
  readonly connect?: ConnectFault;
  readonly answer?: AnswerFault;
  /** Whose images it serves; itself by default. */
  readonly content?: string;
  /** How long each first pull of an image takes, in the kubelet's seconds. */
  readonly pullSeconds?: number;
}

/** Hosts that resolve in the embedded network; ECR's (any account and region) come on top. Any other fails as DNS does. */
export const DEFAULT_HOSTS: readonly RegistryHost[] = [
  { host: 'docker.io', auth: 'dockerhub' },
  { host: 'ghcr.io', auth: 'ghcr' },
  { host: 'registry.example.com', auth: 'open' },
  { host: 'private.example.com', auth: 'basic' },
  { host: 'slow.example.com', auth: 'open', content: 'registry.example.com', pullSeconds: 20 },
  { host: 'ratelimited.example.com', auth: 'open', content: 'registry.example.com', answer: 'rate-limited' },
  { host: '127.0.0.1:5002', auth: 'open', content: 'registry.example.com', answer: 'rate-limited' },
  { host: 'forbidden.example.com', auth: 'open', content: 'registry.example.com', answer: 'forbidden' },
  { host: 'broken.example.com', auth: 'open', content: 'registry.example.com', answer: 'broken' },
  { host: 'unavailable.example.com', auth: 'open', content: 'registry.example.com', answer: 'unavailable' },
  { host: 'mute.example.com', auth: 'open', content: 'registry.example.com', answer: 'frozen' },
  { host: 'stall.example.com', auth: 'open', content: 'registry.example.com', answer: 'stalled-blobs' },
  { host: 'cut.example.com', auth: 'open', content: 'registry.example.com', answer: 'cut-blobs' },
  { host: 'noblobs.example.com', auth: 'open', content: 'registry.example.com', answer: 'missing-blobs' },
  { host: 'corrupt.example.com', auth: 'open', content: 'registry.example.com', answer: 'corrupt-blobs' },
  { host: 'selfsigned.example.com', auth: 'open', content: 'registry.example.com', connect: 'tls-unknown-ca' },
  { host: 'expired.example.com', auth: 'open', content: 'registry.example.com', connect: 'tls-expired' },
  { host: 'wrongname.example.com', auth: 'open', content: 'registry.example.com', connect: 'tls-wrong-name' },
  { host: 'nohandshake.example.com', auth: 'open', content: 'registry.example.com', connect: 'tls-handshake-timeout' },
  { host: 'plainhttp.example.com', auth: 'open', content: 'registry.example.com', connect: 'plain-http' },
];

/** Private ECR in the commercial partition, the form that the embedded ECR issues tokens for. */
const ECR_HOST = /^(\d{12})\.dkr\.ecr\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/;

/** `123456789012.dkr.ecr.eu-west-1.amazonaws.com` ─▶ account and region; `undefined` for any other host. */
export function parseEcrHost(host: string): { readonly account: string; readonly region: string } | undefined {
  const match = ECR_HOST.exec(host);
  if (!match?.[1] || !match[2]) return undefined;
  return { account: match[1], region: match[2] };
}

/** Names under which Docker Hub is reached; `registry-1.docker.io` is where containerd sends its requests. */
export const DOCKER_HUB_API = 'registry-1.docker.io';
export const DOCKER_HUB_AUTH = 'auth.docker.io';

/** The registry host of an HTTP host: `registry-1.docker.io` ─▶ `docker.io`. */
export function canonicalHost(host: string): string {
  return [DOCKER_HUB_API, DOCKER_HUB_AUTH, 'index.docker.io'].includes(host) ? 'docker.io' : host;
}
