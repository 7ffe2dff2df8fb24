import type { Instant } from '../domain/instant.ts';
import type { TokenRequest } from '../domain/refresh/token-request.ts';
import type { Secret } from '../domain/secret.ts';

/** What goes into a pull secret. */
export interface RegistryToken {
  readonly username: string;
  readonly password: Secret;
  readonly issuedAt: Instant;
  /** Twelve hours later, as ECR says. */
  readonly expiresAt: Instant;
}

/** Hands out registry tokens. Every call asks AWS: whoever needs one several times keeps it. */
export interface CredentialIssuer {
  /**
   * Throttling and faults of AWS are tried again inside, with jitter; ends within 20 s.
   * @throws {IssueError} naming the role and the region
   */
  issue(request: TokenRequest): Promise<RegistryToken>;
}
