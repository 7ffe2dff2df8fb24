import { compact } from '../compact.ts';
import type { PullPeer } from '../pull-error.ts';

/** What the text says of the request that failed. */
export interface FailedRequest {
  readonly url: string | undefined;
  readonly host: string | undefined;
  readonly peer: PullPeer | undefined;
}

const URL_IN_TEXT = /https?:\/\/[^\s"'<>{}|]+/gi;
/** Go's `Get "url": …`, containerd's `… request to url` and `status code url`, and the like. */
const BEFORE_A_REQUEST =
  /(?:get|head|post|put|patch|request to|status code|content at|endpoint|fetch|url|host)[\s:"'=]*$/i;
const REGISTRY_PATH = /\/v[012](?:\/|$)|\/token\b|\/blobs?\/|\/manifests\//;

/** Token endpoints: Docker Hub, ghcr, GitLab, ACR, Harbor, OpenShift, DigitalOcean, Aliyun, Artifactory. */
const TOKEN_ENDPOINT =
  /^https?:\/\/(?:auth\.|[\w.-]*dockerauth|login\.)[^/]*\/|\/(?:oauth2\/)?token(?:$|[?&/])|\/jwt\/auth\b|\/service\/token\b|\/registry\/auth\b|\/v2\/auth\b|\/auth\?/i;

/** Reads the last request that the text names: errors wrap outwards, so the last one is the one that failed. */
export function readRequest(text: string): FailedRequest {
  const squeezed = compact(text);
  const url = lastRequestUrl(text);
  const lookup = lookupHost(text);
  const peer = decidePeer(squeezed, url, lookup !== undefined);
  const host = peer === 'proxy' ? proxyHost(text) : (lookup ?? (url === undefined ? namedHost(text) : hostOfUrl(url)));
  return { url, host, peer };
}

function decidePeer(squeezed: string, url: string | undefined, hasLookup: boolean): PullPeer | undefined {
  if (/dialunix|\.sock[:,]|npipe:|errorwhiledialing/.test(squeezed)) return 'runtime';
  if (
    /proxyconnect|socksconnect|connecttunnelfailed|proxyauthenticationrequired|connectingtoproxy|https?:proxyerror/.test(
      squeezed,
    )
  )
    return 'proxy';
  if (
    hasLookup ||
    /(?:^|[:p])lookup[a-z0-9<*]\S{0,253}?(?:on[\d[]\S{2,60}:53:|:)/.test(squeezed) ||
    /nosuchhost|servermisbehaving|nameorservicenotknown|noaddressassociatedwithhostname|cannotunmarshaldnsmessage|nameresolution|couldnotresolvehost|nxdomain|servfail|dnslookup|dnsresolution/.test(
      squeezed,
    )
  )
    return 'resolver';
  if (isFetchingToken(squeezed, url)) return 'token-service';
  if (url !== undefined && /[?&]ns=/.test(url)) return 'mirror';
  // A folded URL may have lost its end; the parameter itself is unmistakable.
  if (/\?ns=[a-z0-9]/.test(squeezed)) return 'mirror';
  return url === undefined && namedHost(squeezed) === undefined ? undefined : 'registry';
}

function isFetchingToken(squeezed: string, url: string | undefined): boolean {
  return (
    /(?:fetch|retrieve|get|requesting)(?:anonymous|oauth|auth|bear(?:er)?)?token/.test(squeezed) ||
    (url !== undefined && TOKEN_ENDPOINT.test(url))
  );
}

function lastRequestUrl(text: string): string | undefined {
  let last: string | undefined;
  for (const match of text.matchAll(URL_IN_TEXT)) {
    const url = match[0].replace(/[:,.;)\]]+$/, '');
    const before = text.slice(Math.max(0, match.index - 24), match.index);
    if (BEFORE_A_REQUEST.test(before) || REGISTRY_PATH.test(url)) last = url;
  }
  return last;
}

function hostOfUrl(url: string): string | undefined {
  const host = /^https?:\/\/(?:[^/@]*@)?([^/?#]*)/i.exec(url)?.[1];
  return host === undefined || host === '' ? undefined : host;
}

/** `lookup HOST on SERVER`, `lookup HOST: no such host`; a copy may end right after the host. */
function lookupHost(text: string): string | undefined {
  const match = /\blook\s?up ([^\s:"]{1,253})/i.exec(text);
  if (match?.[1] === undefined) return undefined;
  const before = text.slice(Math.max(0, match.index - 24), match.index);
  return /(?:^|[:"]|tcp|udp|tcp4|tcp6|connect)\s*$/i.test(before) ? match[1].replace(/[.,;]$/, '') : undefined;
}

/** `proxyconnect tcp: dial tcp 10.0.0.1:3128: …`, `proxyconnect tcp: dial tcp: lookup proxy.corp: …`. */
function proxyHost(text: string): string | undefined {
  const after = text.slice(Math.max(0, text.indexOf('proxyconnect')));
  return /\b(?:dial tcp|lookup) ([^\s:]+(?::\d+)?)/.exec(after)?.[1];
}

/** Runtimes that name the host without a URL: containerd 1.6, containers-image, dockerd. */
function namedHost(text: string): string | undefined {
  const match =
    /pulling from host ([^\s:]+(?::\d+)?) failed/i.exec(text) ??
    /pinging (?:container|docker) registry ([^\s:]+(?::\d+)?)/i.exec(text) ??
    /reading manifest \S+ in ([^\s/:]+(?::\d+)?)\//i.exec(text) ??
    /docker:\/\/([^\s/]+\.[^\s/]+)\//i.exec(text);
  return match?.[1];
}
