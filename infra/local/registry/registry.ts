import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Log } from '../../../shared/ports/log.ts';
import type { EcrTokens } from '../ecr/tokens.ts';
import { type Answer, jsonAnswer, refuse, send } from './answer.ts';
import { authorize, grantToken } from './authorize.ts';
import { type AddImageOptions, createContent, type Repository } from './content.ts';
import {
  type AnswerFault,
  type ConnectFault,
  canonicalHost,
  DEFAULT_HOSTS,
  parseEcrHost,
  type RegistryHost,
} from './hosts.ts';
import { MEDIA } from './images.ts';
import { listenOnLoopback } from './loopback.ts';
import { type BlobAnswer, serveBlob } from './serve-blob.ts';

/** One embedded OCI registry that answers as every host of a table; nothing leaves the machine. */
export interface Registry {
  /** `http://127.0.0.1:PORT`. The host is told by the Host header, or by a path `/host/<name>/v2/…`. */
  readonly url: string;
  /** `127.0.0.1:PORT`: a plain registry by itself, with the images of registry.example.com. */
  readonly address: string;
  /** The host as the network knows it; `undefined` = no such name. */
  lookup(host: string): RegistryHost | undefined;
  hosts(): readonly RegistryHost[];
  addHost(host: RegistryHost): void;
  /** Puts an image under a tag and gives its digest. */
  addImage(reference: string, options?: AddImageOptions): string;
  removeTag(reference: string): boolean;
  setPrivate(reference: string, isPrivate: boolean): void;
  setCredentials(host: string, user: string, password: string): void;
  /** @param repositories only these, where given; Docker Hub limits GET only, as the real one does */
  setRateLimited(host: string, isLimited?: boolean, repositories?: readonly string[]): void;
  /** Requests to the host hang until it is thawed. */
  freeze(host: string, isFrozen?: boolean): void;
  setAnswerFault(host: string, fault: AnswerFault | undefined): void;
  setConnectFault(host: string, fault: ConnectFault | undefined): void;
  /** Requests served so far, newest last, at most 1,000: `HEAD docker.io/v2/…`. */
  requests(): readonly string[];
  stop(): Promise<void>;
}

/** What the testbed's private registry takes: `private.example.com` until `setCredentials` says otherwise. */
export const PRIVATE_USER = 'puller';
export const PRIVATE_PASSWORD = 's3cret';

const MAX_REQUESTS = 1_000;

interface Route {
  readonly host: RegistryHost;
  readonly path: string;
  readonly query: URLSearchParams;
}

export async function createRegistry(options: {
  readonly log?: Log;
  /** Checks ECR passwords; without it every one is unknown. */
  readonly tokens?: EcrTokens;
  readonly hosts?: readonly RegistryHost[];
  /** The kubelet's speed: slow pulls are that much shorter. */
  readonly timeScale?: number;
  readonly port?: number;
}): Promise<Registry> {
  const { tokens, timeScale = 1 } = options;
  const hosts = new Map<string, RegistryHost>(DEFAULT_HOSTS.map((host) => [host.host, host]));
  for (const host of options.hosts ?? []) hosts.set(host.host, host);
  const content = createContent();
  const accounts = new Map<string, Map<string, string>>([
    ['private.example.com', new Map([[PRIVATE_USER, PRIVATE_PASSWORD]])],
  ]);
  const limited = new Map<string, readonly string[] | 'all'>();
  const frozen = new Map<string, Set<() => void>>();
  const served: string[] = [];
  let address = '';

  function lookup(host: string): RegistryHost | undefined {
    const name = canonicalHost(host);
    const known = hosts.get(name);
    if (known) return known;
    return parseEcrHost(name) ? { host: name, auth: 'ecr' } : undefined;
  }

  function change(host: string, with_: Partial<Record<'answer' | 'connect', string | undefined>>): void {
    const before = lookup(host);
    if (!before) throw new Error(`no such registry host: ${host}`);
    const after: Record<string, unknown> = { ...before, ...with_ };
    for (const [key, value] of Object.entries(with_)) if (value === undefined) delete after[key];
    hosts.set(before.host, after as unknown as RegistryHost);
  }

  function find(host: RegistryHost, name: string): Repository | undefined {
    return content.find(host.content ?? host.host, name);
  }

  function route(request: IncomingMessage): Route | undefined {
    const url = new URL(request.url ?? '/', 'http://registry');
    const prefixed = /^\/host\/([^/]+)(\/.*)$/.exec(url.pathname);
    const name = prefixed?.[1] ?? (request.headers.host ?? '').toLowerCase();
    const path = prefixed?.[2] ?? url.pathname;
    if (name === address || name === address.replace('127.0.0.1', 'localhost')) {
      return { host: { host: address, auth: 'open', content: 'registry.example.com' }, path, query: url.searchParams };
    }
    const host = lookup(name) ?? lookup(name.replace(/:(443|80)$/, ''));
    return host && { host, path, query: url.searchParams };
  }

  function isLimited(host: RegistryHost, name: string, method: string): boolean {
    const only = limited.get(host.host);
    const isOn = host.answer === 'rate-limited' || only === 'all' || (only?.includes(name) ?? false);
    return isOn && (host.auth !== 'dockerhub' || method === 'GET');
  }

  /** Docker Hub tells its limits on manifests (facts: absent = not limited). */
  function limitHeaders(host: RegistryHost, name: string): Readonly<Record<string, string>> {
    if (host.auth !== 'dockerhub') return {};
    const left = isLimited(host, name, 'GET') ? 0 : 76;
    return {
      'ratelimit-limit': '100;w=21600',
      'ratelimit-remaining': `${left};w=21600`,
      'docker-ratelimit-source': '192.0.2.2',
    };
  }

  function refusal(host: RegistryHost, name: string, method: string): Answer | undefined {
    if (isLimited(host, name, method)) {
      const message =
        host.auth === 'dockerhub'
          ? 'You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit'
          : 'rate limit exceeded';
      return refuse(429, 'TOOMANYREQUESTS', message, limitHeaders(host, name));
    }
    if (host.answer === 'forbidden') return refuse(403, 'DENIED', 'requested access to the resource is denied');
    if (host.answer === 'broken') return refuse(500, 'UNKNOWN', 'unknown error');
    if (host.answer === 'unavailable') return refuse(503, 'UNAVAILABLE', 'service unavailable');
    return undefined;
  }

  function manifest(host: RegistryHost, name: string, reference: string): Answer {
    const repository = find(host, name);
    if (!repository) {
      const message =
        host.auth === 'ecr'
          ? `The repository with name '${name}' does not exist in the registry with id '${parseEcrHost(host.host)?.account}'`
          : 'repository name not known to registry';
      return refuse(404, 'NAME_UNKNOWN', message);
    }
    const digest = reference.startsWith('sha256:') ? reference : repository.tags.get(reference);
    const found = digest === undefined ? undefined : repository.manifests.get(digest);
    if (!found) {
      return refuse(404, 'MANIFEST_UNKNOWN', host.auth === 'ecr' ? 'Requested image not found' : 'manifest unknown');
    }
    return {
      status: 200,
      headers: { 'content-type': found.mediaType, 'docker-content-digest': found.digest, ...limitHeaders(host, name) },
      body: found.bytes,
    };
  }

  function respond({ host, path, query }: Route, request: IncomingMessage): Answer | BlobAnswer {
    const method = request.method ?? 'GET';
    const { authorization } = request.headers;
    const known = accounts.get(host.host) ?? new Map<string, string>();
    if (path === '/token') {
      const scope = query.get('scope') ?? '';
      return grantToken({ host, authorization, accounts: known, tokens, scope, find: (name) => find(host, name) });
    }
    const match = /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/]+)$/.exec(path);
    const name = match?.[1];
    const repository = name === undefined ? undefined : find(host, name);
    const refused =
      refusal(host, name ?? '', method) ??
      authorize({ host, authorization, name, repository, accounts: known, tokens });
    if (refused) return refused;
    if (method !== 'GET' && method !== 'HEAD') return refuse(405, 'UNSUPPORTED', 'read only');
    if (path === '/v2/' || path === '/v2') return jsonAnswer({});
    if (path === '/v2/_catalog') {
      return jsonAnswer({ repositories: content.repositories(host.content ?? host.host) });
    }
    if (!match || name === undefined) return { status: 404, body: '404 page not found\n' };
    const reference = decodeURIComponent(match[3] ?? '');
    if (match[2] === 'manifests' || !repository) return manifest(host, name, reference);
    if (match[2] === 'tags') return jsonAnswer({ name, tags: [...repository.tags.keys()].sort() });
    const blob = repository.blobs.get(reference);
    if (!blob) return refuse(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    const seconds = blob.mediaType === MEDIA.layer ? (repository.pullSeconds ?? host.pullSeconds ?? 0) : 0;
    return { blob, fault: repository.fault ?? host.answer, delayMs: (seconds * 1000) / timeScale };
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const to = route(request);
    if (!to) {
      send(request, response, { status: 421, body: 'no such host here\n' });
      return;
    }
    served.push(`${request.method} ${to.host.host}${to.path}`);
    if (served.length > MAX_REQUESTS) served.shift();
    if (to.host.answer === 'frozen') return;
    const held = frozen.get(to.host.host);
    if (held) {
      // A thawed request is not answered late: its client has long given up or will try again.
      held.add(() => response.destroy());
      return;
    }
    const answer = respond(to, request);
    if ('blob' in answer) serveBlob(request, response, answer);
    else send(request, response, answer);
  }

  const server = createServer((request, response) => {
    request.resume();
    handle(request, response);
  });
  const listening = await listenOnLoopback(server, options.port);
  address = listening.address;

  return {
    url: listening.url,
    address,
    lookup,
    hosts: () => [...hosts.values()],
    addHost: (host) => void hosts.set(host.host, host),
    addImage: content.addImage,
    removeTag: content.removeTag,
    setPrivate: content.setPrivate,
    setCredentials(host, user, password) {
      accounts.set(canonicalHost(host), new Map([[user, password]]));
    },
    setRateLimited(host, isOn = true, repositories) {
      if (isOn) limited.set(canonicalHost(host), repositories ?? 'all');
      else limited.delete(canonicalHost(host));
    },
    freeze(host, isFrozen = true) {
      const name = canonicalHost(host);
      if (isFrozen) return void frozen.set(name, frozen.get(name) ?? new Set());
      for (const drop of frozen.get(name) ?? []) drop();
      frozen.delete(name);
    },
    setAnswerFault: (host, answerFault) => change(host, { answer: answerFault }),
    setConnectFault: (host, connect) => change(host, { connect }),
    requests: () => served,
    stop: listening.close,
  };
}
