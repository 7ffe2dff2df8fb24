import { TOKEN_REGISTRY_HOST } from './token-registry.ts';

/** The way to the testbed's registries: as a company's proxy. */
const PROXY = 'http://127.0.0.1:3128';

/** `registries` of the configuration, as an operator would write it: each host behind a proxy with a CA of its own. */
export function testbedRegistries(caFile: string): readonly object[] {
  const behindProxy = { proxy: PROXY, caBundle: `file:${caFile}`, allowPrivate: true };
  return [
    { host: '*.example.com', ...behindProxy },
    { host: 'docker.io', ...behindProxy, realmHosts: ['auth.docker.io'] },
    { host: 'ghcr.io', ...behindProxy },
    { host: TOKEN_REGISTRY_HOST, allowPrivate: true },
  ];
}
