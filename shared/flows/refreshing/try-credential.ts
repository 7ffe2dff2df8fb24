import { parseImageReference } from '../../domain/image-reference.ts';
import type { RefreshReport } from '../../domain/refresh/result.ts';
import type { RefreshTarget } from '../../domain/refresh/target.ts';
import { type TokenRequest, tokenKey, tokenRequestFor } from '../../domain/refresh/token-request.ts';
import type { RefreshTrouble } from '../../domain/refresh/trouble.ts';
import { secretId } from '../../domain/refresh/want-secrets.ts';
import type { CredentialIssuer, RegistryToken } from '../../ports/credential-issuer.ts';
import type { Registry } from '../../ports/registry.ts';

/** One manifest HEAD, its token and retries included. */
const TIMEOUT_MS = 5_000;

/** The same issuer, whose tokens can be had again as long as the run lasts. */
export function rememberTokens(issuer: CredentialIssuer) {
  const tokens = new Map<string, RegistryToken>();
  return {
    issuer: {
      async issue(request: TokenRequest) {
        const token = await issuer.issue(request);
        tokens.set(tokenKey(request), token);
        return token;
      },
    },
    tokenFor: (request: TokenRequest) => tokens.get(tokenKey(request)),
  };
}

/**
 * Asks the image's registry once with the credential that was just written for it: that a secret was written does not
 * say that a pull works. A registry that does not answer, or an image that is not there, is no trouble of the refresh.
 */
export async function tryCredential(
  image: string,
  report: RefreshReport,
  deps: {
    readonly registry: Registry;
    readonly targets: readonly RefreshTarget[];
    readonly tokenFor: (request: TokenRequest) => RegistryToken | undefined;
  },
): Promise<RefreshTrouble | undefined> {
  const reference = parseImageReference(image);
  if (reference === undefined) return undefined;
  const host = reference.registry;
  for (const secret of report.secrets) {
    const entry = secret.entries.find((one) => one.verdict === 'refreshed' && one.registry === host);
    const claims = deps.targets
      .filter(({ name }) => secret.targets.includes(name))
      .flatMap((target) => target.registries.map((registry) => ({ target, registry })));
    const claim = claims.find(({ registry }) => registry.host === host);
    const token = claim && deps.tokenFor(tokenRequestFor(claim.target, claim.registry));
    if (entry === undefined || claim === undefined || token === undefined) continue;

    const name = { namespace: secret.namespace, secret: secret.name, key: entry.key };
    const { answer } = await deps.registry.ask(
      {
        image: reference,
        credentials: [{ name, username: token.username, password: token.password }],
        wantsPlatforms: false,
      },
      AbortSignal.timeout(TIMEOUT_MS),
    );
    const refused = answer?.attempts.find(
      ({ credential, result }) => credential !== undefined && (result === 'unauthorized' || result === 'forbidden'),
    );
    if (refused === undefined) return undefined;
    return {
      cause: 'registry-refuses',
      secrets: 1,
      namespaces: 1,
      examples: [secretId(secret)],
      why: `written, but the registry refuses it (${refused.httpStatus ?? refused.result}): the role of target ${claim.target.name} may not pull ${reference.repository}`,
      endsAt: secret.expiresAt,
    };
  }
  return undefined;
}
