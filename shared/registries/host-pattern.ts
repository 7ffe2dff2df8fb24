import type { HostDetails } from './host-family.ts';

/** A `match` that accepts exactly these names. */
export function exactly(...names: readonly string[]): (host: string) => HostDetails | undefined {
  return (host) => (names.includes(host) ? {} : undefined);
}

/** A `match` for these names and everything below them: `ghcr.io`, but never `ghcr.io.evil.example`. */
export function belowOrAt(...domains: readonly string[]): (host: string) => HostDetails | undefined {
  return (host) => (domains.some((domain) => host === domain || host.endsWith(`.${domain}`)) ? {} : undefined);
}

/**
 * Whether a host is the one that a list means: `registry.example.com`, or `*.example.com` for everything below it. Ports
 * belong to the name: `registry.example.com` is port 443 and no other. An address is never below anything.
 */
export function matchesHost(pattern: string, host: string): boolean {
  const [wanted, given] = [pattern.toLowerCase(), host.toLowerCase()];
  if (!wanted.startsWith('*.')) return wanted === given;
  return given.length > wanted.length - 1 && given.endsWith(wanted.slice(1)) && !/^\.|^[\d.:[\]]+$/.test(given);
}
