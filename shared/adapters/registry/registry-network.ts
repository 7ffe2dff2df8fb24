import { lookup as lookupAddresses } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { createSecureContext, getCACertificates } from 'node:tls';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import { refusalOfAddress } from './internal-address.ts';

/** Where a connection goes, and what was allowed for it. */
export interface NetworkTarget {
  /** `https://registry.example.com:5000`. */
  readonly origin: string;
  readonly proxy: string | undefined;
  /** PEM, trusted beside the public ones. */
  readonly certificateAuthority: string | undefined;
  readonly allowPrivate: boolean;
}

export interface OpenRoute {
  readonly dispatcher: Dispatcher;
  close(): Promise<void>;
}

/** The way to registries. */
export interface RegistryNetwork {
  /** @throws {AddressRefused}, or whatever the resolver throws */
  open(target: NetworkTarget): Promise<OpenRoute>;
}

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Every address of a name; throws as `dns.lookup` does. */
export type ResolveName = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/** The host is, or its name leads to, an address that must not be asked. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
  readonly address: string;
  /** `a private address`. */
  readonly kind: string;

  constructor(hostname: string, address: string, kind: string) {
    super(`${hostname} is ${kind}: ${address}`);
    this.address = address;
    this.kind = kind;
  }
}

const CONNECT_TIMEOUT_MS = 3_000;
const ANSWER_TIMEOUT_MS = 5_000;
const POOL = {
  // As many as questions go to one host at a time.
  connections: 4,
  headersTimeout: ANSWER_TIMEOUT_MS,
  bodyTimeout: ANSWER_TIMEOUT_MS,
  maxHeaderSize: 32 * 1024,
};

/**
 * A name is resolved once, every address of it must be allowed, and the connection goes to those very addresses: a
 * resolver that says something else a moment later changes nothing. Through a proxy it is the proxy that resolves, and
 * the address is its business; one that is written out is checked all the same.
 */
export function createGuardedNetwork(resolve: ResolveName = resolveBySystem): RegistryNetwork {
  return {
    async open({ origin, proxy, certificateAuthority, allowPrivate }) {
      const hostname = new URL(origin).hostname.replace(/^\[|\]$/g, '');
      const tls = {
        allowH2: false,
        ...(certificateAuthority === undefined ? {} : { secureContext: trust(certificateAuthority) }),
      };
      const family = isIP(hostname);
      if (family !== 0) check(hostname, hostname, allowPrivate || proxy !== undefined);
      if (proxy !== undefined) {
        const timeouts = { timeout: CONNECT_TIMEOUT_MS };
        return routeOf(
          new ProxyAgent({
            ...POOL,
            uri: proxy,
            proxyTls: { ...tls, ...timeouts },
            requestTls: { ...tls, ...timeouts },
          }),
        );
      }
      const addresses = family === 0 ? await resolve(hostname) : [{ address: hostname, family }];
      for (const { address } of addresses) check(hostname, address, allowPrivate);
      return routeOf(
        new Agent({
          ...POOL,
          allowH2: false,
          connect: { ...tls, timeout: CONNECT_TIMEOUT_MS, lookup: pinnedTo(hostname, addresses) },
        }),
      );
    },
  };
}

/** Node's own authorities and those of NODE_EXTRA_CA_CERTS still count. Made once: parsing them takes about 20 ms. */
function trust(certificateAuthority: string) {
  return createSecureContext({ ca: [...getCACertificates('default'), certificateAuthority] });
}

async function resolveBySystem(hostname: string): Promise<readonly ResolvedAddress[]> {
  return lookupAddresses(hostname, { all: true });
}

function check(hostname: string, address: string, allowPrivate: boolean): void {
  const kind = refusalOfAddress(address, allowPrivate);
  if (kind !== undefined) throw new AddressRefused(hostname, address, kind);
}

function pinnedTo(pinned: string, addresses: readonly ResolvedAddress[]): LookupFunction {
  return (hostname, options, callback) => {
    const [first] = addresses;
    if (hostname !== pinned || first === undefined) {
      callback(Object.assign(new Error('not resolved here'), { code: 'ENOTFOUND' }), '', 0);
      return;
    }
    if (options.all === true) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}

function routeOf(dispatcher: Agent | ProxyAgent): OpenRoute {
  return { dispatcher, close: () => dispatcher.destroy() };
}
