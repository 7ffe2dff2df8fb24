import { timestamp } from '../kubernetes/objects.ts';
import { DOCKER_HUB_API } from '../registry/hosts.ts';
import type { Registry } from '../registry/registry.ts';

/** How a host is reached from a node: a base URL, or the words with which Go's net package fails. */
export type Route =
  | { readonly scheme: 'http' | 'https'; readonly host: string }
  | { readonly scheme: 'https'; readonly host: string; readonly error: string; readonly waitMs: number };

/** The cluster's name server as it stands in the errors. */
const DNS_SERVER = '10.96.0.10:53';

/** Go's TLSHandshakeTimeout and Dial timeout as containerd sets them. */
const TLS_HANDSHAKE_MS = 10_000;
const DIAL_MS = 30_000;

function ipOf(host: string): string | undefined {
  const name = host.replace(/:\d+$/, '');
  return /^(\d{1,3}\.){3}\d{1,3}$/.test(name) || name === 'localhost' ? name : undefined;
}

/** Decides what the network does with a host. Nothing leaves the machine: an unknown name fails as DNS does. */
export function routeTo(host: string, registry: Registry, now: number): Route {
  const api = host === 'docker.io' ? DOCKER_HUB_API : host;
  function fail(error: string, waitMs = 0): Route {
    return { scheme: 'https', host: api, error, waitMs };
  }
  if (host === registry.address || host === registry.address.replace('127.0.0.1', 'localhost')) {
    return { scheme: 'http', host };
  }
  const known = registry.lookup(host);
  const ip = ipOf(host);
  if (!known && ip !== undefined) {
    const address = host.includes(':') ? host.replace('localhost', '127.0.0.1') : `${ip}:443`;
    const isLoopback = ip.startsWith('127.') || ip === 'localhost';
    if (isLoopback) return fail(`dial tcp ${address}: connect: connection refused`);
    return fail(`dial tcp ${address}: i/o timeout`, DIAL_MS);
  }
  const name = api.replace(/:\d+$/, '');
  if (!known) return fail(`dial tcp: lookup ${name} on ${DNS_SERVER}: no such host`);
  const untrusted = 'tls: failed to verify certificate: x509: certificate';
  const { connect } = known;
  // containerd asks a registry on loopback over plain HTTP when that is what answers.
  if (connect === undefined) return { scheme: ip?.startsWith('127.') ? 'http' : 'https', host: api };
  switch (connect) {
    case 'tls-unknown-ca':
      return fail(`${untrusted} signed by unknown authority`);
    case 'tls-expired': {
      const ended = timestamp(now - 24 * 3600_000);
      return fail(`${untrusted} has expired or is not yet valid: current time ${timestamp(now)} is after ${ended}`);
    }
    case 'tls-wrong-name':
      return fail(`${untrusted} is valid for other.example.com, not ${name}`);
    case 'tls-handshake-timeout':
      return fail('net/http: TLS handshake timeout', TLS_HANDSHAKE_MS);
    case 'plain-http':
      return fail('http: server gave HTTP response to HTTPS client');
    case 'dial-timeout':
      return fail(`dial tcp ${ip === undefined ? '192.0.2.10:443' : host}: i/o timeout`, DIAL_MS);
    case 'proxy-502':
      return fail('Bad Gateway');
  }
}
