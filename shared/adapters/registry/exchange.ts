import type { Dispatcher } from 'undici';
import type { Secret } from '../../domain/secret.ts';
import { matchesHost } from '../../registries/host-pattern.ts';
import type { OpenRoute, RegistryNetwork } from './registry-network.ts';
import type { RegistryTarget } from './registry-target.ts';

export interface ExchangeRequest {
  readonly method: 'GET' | 'HEAD';
  readonly url: URL;
  readonly accept: string;
  /** Sent to this very address and never to where it redirects. */
  readonly authorization: Secret | undefined;
  /** Where it may lead: nowhere, to hosts of the same service, or, for blobs, to any public host. */
  readonly redirects: 'none' | 'service' | 'storage';
  /** In bytes; of no meaning for a HEAD. */
  readonly bodyLimit: number;
}

export interface ExchangeReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As it was sent, never decompressed; `undefined`: longer than the limit. */
  readonly body: Buffer | undefined;
  /** The address that answered. */
  readonly url: URL;
  readonly isRedirected: boolean;
  /** Host that it wanted to lead to and that was not followed; `status` is then a 3xx. */
  readonly refusedRedirect: string | undefined;
}

/** The HTTP of one question. */
export interface Exchange {
  /** @throws what undici and the network throw; nothing for any HTTP status */
  send(request: ExchangeRequest): Promise<ExchangeReply>;
  /** Whether a token service may be sent a credential of this registry. */
  isTrustedRealm(url: URL): boolean;
  close(): Promise<void>;
}

const REDIRECTS_MAX = 2;

export function createExchange(options: {
  readonly target: RegistryTarget;
  readonly network: RegistryNetwork;
  /** PEM of the entry's caBundle. */
  readonly certificateAuthority: string | undefined;
  readonly userAgent: string;
  readonly signal: AbortSignal;
}): Exchange {
  const { target, network, signal } = options;
  const routes = new Map<string, Promise<OpenRoute>>();

  const isOwn = (url: URL) => url.origin === target.origin;
  const isRealm = (url: URL) => url.protocol === 'https:' && target.realmHosts.includes(url.host);

  function open(url: URL): Promise<OpenRoute> {
    const known = routes.get(url.origin);
    if (known !== undefined) return known;
    const isNamedByEntry = target.entry?.realmHosts.includes(url.host) ?? false;
    const opening = network.open({
      origin: url.origin,
      proxy: target.entry?.proxy,
      certificateAuthority: options.certificateAuthority,
      // What the entry allows holds for the hosts that it names, not for where they point to.
      allowPrivate: target.entry?.allowPrivate === true && (isOwn(url) || isNamedByEntry),
    });
    routes.set(url.origin, opening);
    return opening;
  }

  function mayFollow(url: URL, redirects: ExchangeRequest['redirects']): boolean {
    if (redirects === 'none' || url.username !== '' || url.password !== '') return false;
    if (isOwn(url)) return true;
    if (url.protocol !== 'https:') return false;
    if (target.redirectHosts.some((pattern) => matchesHost(pattern, url.host))) return true;
    // Behind a proxy nobody here can tell a public address from an internal one.
    return redirects === 'storage' && url.port === '' && target.entry?.proxy === undefined;
  }

  async function sendOnce(request: ExchangeRequest, url: URL, authorization: Secret | undefined) {
    if (authorization !== undefined && !isOwn(url) && !isRealm(url)) {
      throw new Error('a credential is for its own registry only');
    }
    signal.throwIfAborted();
    const { dispatcher } = await open(url);
    const { statusCode, headers, body } = await dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method,
      headers: {
        accept: request.accept,
        'accept-encoding': 'identity',
        'user-agent': options.userAgent,
        ...(authorization === undefined ? {} : { authorization: authorization.reveal() }),
      },
      signal,
    });
    const plain = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
    );
    // A HEAD describes a body that does not come.
    const limit = request.method === 'HEAD' ? undefined : request.bodyLimit;
    return { status: statusCode, headers: plain, body: await readBody(body, limit) };
  }

  return {
    async send(request) {
      let { url, authorization } = request;
      for (let redirects = 0; ; redirects += 1) {
        const reply = await sendOnce(request, url, authorization);
        const done = { ...reply, url, isRedirected: redirects > 0 };
        const location = reply.status >= 300 && reply.status < 400 ? reply.headers['location'] : undefined;
        if (location === undefined) return { ...done, refusedRedirect: undefined };
        const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
        if (next === undefined || redirects === REDIRECTS_MAX || !mayFollow(next, request.redirects)) {
          return { ...done, refusedRedirect: next?.host.slice(0, 253) ?? 'an unreadable address' };
        }
        url = next;
        authorization = undefined;
      }
    },

    isTrustedRealm: (url) => url.username === '' && url.password === '' && (isOwn(url) || isRealm(url)),

    async close() {
      await Promise.allSettled([...routes.values()].map(async (route) => (await route).close()));
    },
  };
}

/** Reads as much as the limit and ends the connection of whatever is longer. */
async function readBody(body: Dispatcher.ResponseData['body'], limit: number | undefined): Promise<Buffer | undefined> {
  // Ending it early is an error to the stream, which nobody else listens to.
  body.on('error', () => {});
  if (limit === undefined) {
    await body.dump();
    return Buffer.alloc(0);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += (chunk as Buffer).length;
    if (size > limit) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
