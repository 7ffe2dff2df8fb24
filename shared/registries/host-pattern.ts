import type { HostDetails } from './host-family.ts';

/** A `match` that accepts exactly these names. */
export function exactly(...names: readonly string[]): (host: string) => HostDetails | undefined {
  return (host) => (names.includes(host) ? {} : undefined);
}

/** A `match` for these names and everything below them: `ghcr.io`, but never `ghcr.io.evil.example`. */
export function belowOrAt(...domains: readonly string[]): (host: string) => HostDetails | undefined {
  return (host) => (domains.some((domain) => host === domain || host.endsWith(`.${domain}`)) ? {} : undefined);
}
