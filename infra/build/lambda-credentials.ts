import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Stands for `@aws-sdk/credential-provider-node` in the bundles of Lambda functions. There the role's keys are always in
 * the environment; profiles, SSO and metadata servers, 95 kB of them, belong to other places.
 * @throws for a profile (a kubeconfig may name one): the function's own role must not stand in for it silently
 */
export function defaultProvider(options: { readonly profile?: string } = {}): ReturnType<typeof fromEnv> {
  if (options.profile !== undefined) {
    throw new Error(`AWS profile ${options.profile}: there are no profiles on Lambda; use access: { kind: eks }`);
  }
  return fromEnv();
}
