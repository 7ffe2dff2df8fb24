import { createHash } from 'node:crypto';
import { type Descriptor, MEDIA } from '../registry/images.ts';
import type { NormalReference } from '../registry/reference.ts';
import type { Credential } from './credentials.ts';
import { NoReply, type RegistryClient, type Reply } from './registry-client.ts';

export interface PulledImage {
  readonly digest: string;
  readonly sizeBytes: number;
}

/** A pull that failed, in containerd 2.4's words as the kubelet passes them on. */
export class PullFailed extends Error {
  constructor(text: string, rpcCode?: 'NotFound' | 'DeadlineExceeded' | 'FailedPrecondition') {
    super(rpcCode ? `rpc error: code = ${rpcCode} desc = ${text}` : text);
    this.name = 'PullFailed';
  }
}

export interface PullOptions {
  readonly client: RegistryClient;
  readonly reference: NormalReference;
  readonly credential: Credential | undefined;
  readonly architecture: string;
  /** containerd fetches no content twice. */
  hasContent(digest: string): boolean;
  readonly signal: AbortSignal;
}

const ACCEPT = `${MEDIA.manifest}, ${MEDIA.index}, */*`;
const DENIED = 'pull access denied, repository does not exist or may require authorization';

/** Error codes of the body as containerd prints them: `toomanyrequests: You have reached …`. */
function bodyText({ body }: Reply): string {
  try {
    const { errors } = JSON.parse(body.toString('utf8')) as { errors?: { code?: string; message?: string }[] };
    const [first] = errors ?? [];
    return first?.code ? `\n${first.code.toLowerCase()}: ${first.message ?? ''}` : '';
  } catch {
    return '';
  }
}

/** One pull: resolve by HEAD, then manifest, config and layers, as containerd 2.4 does. */
export async function pullImage(options: PullOptions): Promise<PulledImage> {
  const { client, reference, credential, signal } = options;
  const { host, repository, full } = reference;
  const about = `failed to pull and unpack image "${full}"`;
  const resolving = `${about}: failed to resolve image`;
  let authorization: string | undefined;

  async function ask(method: 'HEAD' | 'GET', path: string): Promise<Reply> {
    const headers = { accept: ACCEPT, ...(authorization && { authorization }) };
    return client.ask(method, host, path, { headers, signal });
  }

  function basic(): string {
    return `Basic ${Buffer.from(`${credential?.username}:${credential?.password}`).toString('base64')}`;
  }

  /** Gets a token from the realm that the challenge names. */
  async function fetchToken(challenge: string): Promise<void> {
    const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? '';
    const realm = new URL(field('realm'));
    const scope = `repository:${repository}:pull`;
    const path = `${realm.pathname}?scope=${encodeURIComponent(scope)}&service=${encodeURIComponent(field('service'))}`;
    const headers = credential ? { authorization: basic() } : {};
    const kind = credential ? 'oauth' : 'anonymous';
    const failed = `${resolving}: failed to authorize: failed to fetch ${kind} token`;
    const reply = await client.ask('GET', realm.host, path, { headers, signal }).catch((error: unknown) => {
      if (!(error instanceof NoReply)) throw error;
      throw new PullFailed(`${failed}: Get "${realm.origin}${path}": ${error.message}`);
    });
    if (reply.status !== 200) {
      throw new PullFailed(
        `${failed}: unexpected status from GET request to ${realm.origin}${path}: ${reply.statusText}`,
      );
    }
    const { token } = JSON.parse(reply.body.toString('utf8')) as { token: string };
    authorization = `Bearer ${token}`;
  }

  async function head(path: string): Promise<Reply> {
    const reply = await ask('HEAD', path).catch((error: unknown) => {
      if (!(error instanceof NoReply)) throw error;
      const text = `${resolving}: failed to do request: Head "${client.urlOf(host, path)}": ${error.message}`;
      throw new PullFailed(text, error.isDeadline ? 'DeadlineExceeded' : undefined);
    });
    const challenge = reply.headers['www-authenticate'] ?? '';
    if (reply.status !== 401) return reply;
    if (/insufficient_scope/.test(challenge)) {
      throw new PullFailed(`${resolving}: ${DENIED}: server message: insufficient_scope: authorization failed`);
    }
    if (authorization !== undefined || challenge === '') return reply;
    if (/^Bearer/i.test(challenge)) await fetchToken(challenge);
    else if (credential) authorization = basic();
    else throw new PullFailed(`${resolving}: ${DENIED}: authorization failed: no basic auth credentials`);
    return head(path);
  }

  async function resolve(): Promise<{ readonly digest: string; readonly mediaType: string }> {
    const path = `/v2/${repository}/manifests/${reference.digest ?? reference.tag}`;
    const reply = await head(path);
    if (reply.status === 404) throw new PullFailed(`${resolving}: ${full}: not found`, 'NotFound');
    if (reply.status !== 200) {
      const denied = reply.status === 403 ? '\ndenied' : '';
      throw new PullFailed(
        `${resolving}: unexpected status from HEAD request to ${reply.url}: ${reply.statusText}${denied}`,
      );
    }
    const digest = reply.headers['docker-content-digest'] ?? reference.digest ?? '';
    return { digest, mediaType: reply.headers['content-type'] ?? MEDIA.manifest };
  }

  async function fetch({ digest, mediaType }: Pick<Descriptor, 'digest' | 'mediaType'>): Promise<Buffer> {
    const isManifest = mediaType === MEDIA.manifest || mediaType === MEDIA.index;
    const path = `/v2/${repository}/${isManifest ? 'manifests' : 'blobs'}/${digest}`;
    const opening = `${about}: failed to copy: httpReadSeeker: failed open`;
    const reply = await ask('GET', path).catch((error: unknown) => {
      if (!(error instanceof NoReply)) throw error;
      const text = `${opening}: failed to do request: Get "${client.urlOf(host, path)}": ${error.message}`;
      throw new PullFailed(text, error.isDeadline ? 'DeadlineExceeded' : undefined);
    });
    if (reply.status === 404) {
      throw new PullFailed(
        `${opening}: could not fetch content descriptor ${digest} (${mediaType}) from remote: not found`,
        'NotFound',
      );
    }
    if (reply.status !== 200) {
      throw new PullFailed(
        `${opening}: unexpected status from GET request to ${reply.url}: ${reply.statusText}${bodyText(reply)}`,
      );
    }
    if (reply.isCutShort) {
      const expected = reply.headers['content-length'];
      throw new PullFailed(
        `${about}: short read: expected ${expected} bytes but got ${reply.body.length}: unexpected EOF`,
      );
    }
    const actual = `sha256:${createHash('sha256').update(reply.body).digest('hex')}`;
    if (actual !== digest) {
      const kind = isManifest ? 'manifest' : mediaType === MEDIA.config ? 'config' : 'layer';
      throw new PullFailed(
        `${about}: failed commit on ref "${kind}-${digest}": unexpected commit digest ${actual}, expected ${digest}: failed precondition`,
        'FailedPrecondition',
      );
    }
    return reply.body;
  }

  function noPlatform(digest: string): PullFailed {
    return new PullFailed(
      `get image config descriptor: no match for platform in manifest ${digest}: not found`,
      'NotFound',
    );
  }

  const root = await resolve();
  if (options.hasContent(root.digest)) return { digest: root.digest, sizeBytes: 0 };
  let document = JSON.parse((await fetch(root)).toString('utf8')) as {
    manifests?: Descriptor[];
    config: Descriptor;
    layers: Descriptor[];
  };
  if (document.manifests) {
    const { architecture } = options;
    const own = document.manifests.find(
      ({ platform }) => platform?.os === 'linux' && platform.architecture === architecture,
    );
    if (!own) throw noPlatform(root.digest);
    document = JSON.parse((await fetch(own)).toString('utf8')) as typeof document;
  }
  const config = JSON.parse((await fetch(document.config)).toString('utf8')) as { architecture?: string };
  if (config.architecture !== options.architecture) throw noPlatform(root.digest);
  for (const layer of document.layers) await fetch(layer);
  const sizeBytes = document.config.size + document.layers.reduce((sum, { size }) => sum + size, 0);
  return { digest: root.digest, sizeBytes };
}
