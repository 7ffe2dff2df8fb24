import { type TokenRequest, tokenKey } from '../../domain/refresh/token-request.ts';
import type { CredentialIssuer, RegistryToken } from '../../ports/credential-issuer.ts';

export interface SharedTokens {
  /** Asks AWS once for each role, region and session policy; a refusal is remembered like a token. */
  get(request: TokenRequest): Promise<RegistryToken>;
  /** How many were issued. */
  issued(): number;
}

/** The tokens of one run. They live in memory and end with it. */
export function shareTokens(issuer: CredentialIssuer): SharedTokens {
  const tokens = new Map<string, Promise<RegistryToken>>();
  let issued = 0;
  return {
    get(request) {
      const key = tokenKey(request);
      const known = tokens.get(key);
      if (known !== undefined) return known;
      const asked = issuer.issue(request).then((token) => {
        issued += 1;
        return token;
      });
      tokens.set(key, asked);
      return asked;
    },
    issued: () => issued,
  };
}
