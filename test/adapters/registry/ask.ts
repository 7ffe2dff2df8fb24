import { createRegistry, type RegistryDependencies } from '../../../shared/adapters/registry/create-registry.ts';
import { createGuardedNetwork } from '../../../shared/adapters/registry/registry-network.ts';
import type { RegistrySettings } from '../../../shared/adapters/registry/registry-target.ts';
import type { RegistryConfig } from '../../../shared/config/config.ts';
import { CredentialError } from '../../../shared/domain/errors.ts';
import { parseImageReference } from '../../../shared/domain/image-reference.ts';
import { Secret } from '../../../shared/domain/secret.ts';
import type { RegistryCredential, RegistryQuestion, RegistryReply } from '../../../shared/ports/registry.ts';

export const NOW = Date.UTC(2026, 10, 22, 12);

export interface TestRegistryOptions {
  readonly entries?: readonly (Partial<RegistryConfig> & { readonly host: string })[];
  readonly accounts?: RegistrySettings['ecr']['accounts'];
  /** What a name resolves to, one answer after another; the last one stays. */
  readonly dns?: Readonly<Record<string, readonly (readonly string[])[]>>;
  readonly caBundle?: string;
  readonly deps?: Partial<RegistryDependencies>;
}

/** The real adapter with the guarded network, on a clock and a resolver that the test holds. */
export function openRegistry(options: TestRegistryOptions) {
  let now = NOW;
  const resolved: string[] = [];
  const settings: RegistrySettings = {
    registries: (options.entries ?? []).map((entry) => ({
      proxy: undefined,
      caBundle: undefined,
      realmHosts: [],
      allowPrivate: false,
      ...entry,
    })),
    ecr: { accounts: options.accounts ?? [] },
  };
  const registry = createRegistry({
    config: { load: async () => settings },
    credentials: {
      async read(reference) {
        if (reference === 'env:CA' && options.caBundle !== undefined) return new Secret(options.caBundle);
        throw new CredentialError(`${reference}: does not exist`, { retry: 'give-up' });
      },
    },
    clock: { now: () => now },
    network: createGuardedNetwork(async (hostname) => {
      const answers = options.dns?.[hostname];
      const times = resolved.filter((one) => one === hostname).length;
      resolved.push(hostname);
      const addresses = answers?.[Math.min(times, answers.length - 1)];
      if (addresses === undefined) throw Object.assign(new Error(hostname), { code: 'ENOTFOUND' });
      return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    }),
    userAgent: 'pullmedic/0.0.0-test',
    timeoutMs: 3_000,
    ...options.deps,
  });
  return {
    resolved,
    advance(ms: number) {
      now += ms;
    },
    ask(
      image: string,
      question: Partial<Omit<RegistryQuestion, 'image'>> & { readonly signal?: AbortSignal } = {},
    ): Promise<RegistryReply> {
      const parsed = parseImageReference(image);
      if (parsed === undefined) throw new Error(`not an image: ${image}`);
      const { signal = new AbortController().signal, wantsPlatforms = false } = question;
      const credentials = (question.credentials ?? []).map((one) =>
        one.name.key === OWN_KEY ? { ...one, name: { ...one.name, key: parsed.registry } } : one,
      );
      return registry.ask({ image: parsed, credentials, wantsPlatforms }, signal);
    },
  };
}

/** The key of a credential that is for whatever registry the test asks. */
const OWN_KEY = 'own.example';

export function credential(username: string, password: string, key = OWN_KEY): RegistryCredential {
  return { name: { namespace: 'shop', secret: username, key }, username, password: new Secret(password) };
}

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
