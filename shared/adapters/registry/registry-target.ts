import type { Config, RegistryConfig } from '../../config/config.ts';
import { parseEcrHost } from '../../domain/ecr-host.ts';
import type { ImageReference } from '../../domain/image-reference.ts';
import type { Gap } from '../../domain/pull-failure.ts';
import { matchesHost } from '../../registries/host-pattern.ts';
import { apiHostOf, publicServiceOf } from '../../registries/public-service.ts';

/** The part of the configuration that says who may be asked. */
export type RegistrySettings = Pick<Config, 'registries' | 'ecr'>;

export interface EcrTarget {
  readonly account: string;
  readonly region: string;
  readonly roleArn: string | undefined;
}

/** A registry that may be asked, and everything that was allowed for it. */
export interface RegistryTarget {
  /** `registry-1.docker.io`, `registry.example.com:5000`. */
  readonly host: string;
  readonly origin: string;
  readonly entry: RegistryConfig | undefined;
  /** Hosts beside its own that may be sent its credentials for a token. */
  readonly realmHosts: readonly string[];
  /** Hosts that it may redirect to, never with a credential. */
  readonly redirectHosts: readonly string[];
  readonly ecr: EcrTarget | undefined;
  readonly vantage: string;
}

/** containerd speaks plain HTTP to these by default (`docker.MatchLocalhost`), and to nobody else. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

/** @returns the target, or the gap that says why this registry is not asked and how to allow it */
export function chooseTarget(image: ImageReference, settings: RegistrySettings): RegistryTarget | Gap {
  const written = image.registry.toLowerCase().replace(/:443$/, '');
  const host = apiHostOf(written);
  const entry = findEntry([written, host], settings.registries);
  const service = publicServiceOf(host);
  const location = parseEcrHost(host);
  const account = settings.ecr.accounts.find(({ id }) => id === location?.account);
  if (entry === undefined && service === undefined && account === undefined) {
    return notAsked(written, location?.account);
  }
  if (!isPlainlyWritten(host)) {
    return { what: `registry ${written} was not asked`, why: 'it is an address in a notation that hides it' };
  }
  const isPlain = entry?.allowPrivate === true && entry.proxy === undefined && LOOPBACK.test(host);
  const proxyHost = entry?.proxy === undefined ? undefined : new URL(entry.proxy).hostname;
  return {
    host,
    origin: `${isPlain ? 'http' : 'https'}://${host}`,
    entry,
    realmHosts: [...(service?.realmHosts ?? []), ...(entry?.realmHosts ?? [])],
    redirectHosts: service?.redirectHosts ?? [],
    ecr: location !== undefined && account !== undefined ? { ...location, roleArn: account.roleArn } : undefined,
    vantage: `asked by pullmedic${proxyHost === undefined ? '' : ` through ${proxyHost}`}`,
  };
}

/** An exact entry wins over a pattern, a longer pattern over a shorter one. */
function findEntry(hosts: readonly string[], entries: readonly RegistryConfig[]): RegistryConfig | undefined {
  return entries
    .filter((entry) => hosts.some((host) => matchesHost(entry.host.replace(/:443$/, ''), host)))
    .sort((a, b) => rank(b) - rank(a))[0];
}

function rank({ host }: RegistryConfig): number {
  return host.startsWith('*.') ? host.length : Number.POSITIVE_INFINITY;
}

/** `2130706433`, `0x7f.1` and `0177.0.0.1` are all 127.0.0.1 to a resolver. */
function isPlainlyWritten(host: string): boolean {
  try {
    return new URL(`https://${host}`).host === host;
  } catch {
    return false;
  }
}

function notAsked(host: string, account: string | undefined): Gap {
  const lines =
    account === undefined ? `registries: [{ host: "${host}" }]` : `ecr: { accounts: [{ id: "${account}" }] }`;
  const who =
    account === undefined
      ? 'only well-known hosts and those under `registries:` are asked'
      : 'only ECR accounts under `ecr.accounts:` are asked';
  return { what: `registry ${host} was not asked`, why: `${who}; to allow it, configure \`${lines}\`` };
}
