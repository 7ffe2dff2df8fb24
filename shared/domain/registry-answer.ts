import type { Instant } from './instant.ts';

/**
 * What a registry said of one image to one credential. `unauthorized` (401; Public ECR's token service says 400) and
 * `forbidden` (403) come from the registry or from its token service; `manifest-unknown` and `repository-unknown` are
 * 404s that a registry sent, not just any web server; `unavailable` is anything that proves nothing: 5xx, another
 * status, an answer that no parser takes.
 */
export type AttemptResult =
  | 'found'
  | 'manifest-unknown'
  | 'repository-unknown'
  | 'unauthorized'
  | 'forbidden'
  | 'rate-limited'
  | 'unavailable';

/** One manifest HEAD, as the kubelet would have sent it. */
export interface RegistryAttempt {
  /** Which entry of which pull secret was sent; `undefined` = none, the anonymous question. Never the credential. */
  readonly credential: RegistryCredentialName | undefined;
  readonly result: AttemptResult;
  readonly answeredBy: 'registry' | 'token-service';
  /**
   * The token service gave a token for the credential: a login that is good. What the registry refuses then is the pull,
   * not the password. Absent where none was asked (Basic authentication) or none was given.
   */
  readonly isLoginGood?: boolean | undefined;
  readonly httpStatus: number | undefined;
  /** OCI distribution error code, such as `MANIFEST_UNKNOWN`, where a body gave one. */
  readonly code: string | undefined;
}

export interface RegistryCredentialName {
  readonly namespace: string;
  readonly secret: string;
  /** The key of the `auths` entry as written. */
  readonly key: string;
}

/** A platform that an image has. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | undefined;
}

/** A tag that the repository has and that resembles the one that was asked. */
export interface NearTag {
  readonly tag: string;
  /** Where the registry tells it (ECR). */
  readonly pushedAt: Instant | undefined;
}

/** What the repository offers instead. */
export interface TagList {
  /** Most similar first, then newest; at most five. */
  readonly nearest: readonly NearTag[];
  /** How many tags were read; `isComplete` is false where there are more. */
  readonly count: number;
  readonly isComplete: boolean;
}

/** Docker Hub's `ratelimit-*` headers of a HEAD, which is not counted. */
export interface RateLimitFact {
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number | undefined;
  /** Whom the registry counts: an address or an account (`docker-ratelimit-source`). It is pullmedic's, not the node's. */
  readonly source: string | undefined;
}

/** A rule of a lifecycle policy that expires images (ECR user guide, "Lifecycle policy parameters"). */
export interface ExpiryRule {
  readonly which: 'any' | 'tagged' | 'untagged';
  /** Patterns with `*`; of `tagged` only. */
  readonly tags: readonly string[];
  /** `count`: what is beyond the newest `amount`; else days since the push or the last pull. */
  readonly after: 'count' | 'pushed-days' | 'pulled-days';
  readonly amount: number;
  /** `expires untagged after 14 days`. */
  readonly words: string;
}

/** What ECR's own API says, where a role is configured for the account. */
export interface EcrAnswer {
  readonly repository: 'exists' | 'missing' | 'unknown';
  /** DescribeImages of the tag or digest. */
  readonly image: 'exists' | 'missing' | 'unknown';
  readonly pushedAt: Instant | undefined;
  readonly lastPulledAt: Instant | undefined;
  /** Principals that the repository policy lets pull, as written there; `undefined` where it was not read. */
  readonly pullPrincipals: readonly string[] | undefined;
  /** The repository has no policy: only its own account may pull. */
  readonly hasPolicy: boolean | undefined;
  /** Lifecycle rules that expire images, in words: `expires untagged after 14 days`. */
  readonly lifecycleRules: readonly string[] | undefined;
  /** The same rules as data, and how many images of the repository were pushed later: where `wantsExpiry` asked. */
  readonly expiryRules?: readonly ExpiryRule[] | undefined;
  readonly newerImages?: number | undefined;
}

/**
 * What the registry of an image answered to pullmedic. It proves registry-side facts only: the tag, digest or platform
 * exists or not, these very credentials are accepted or not. What the node sees (DNS, TLS, proxy, mirror, rate limit)
 * is another matter.
 */
export interface RegistryAnswer {
  /** The host that was asked: `registry-1.docker.io` for `docker.io`. */
  readonly host: string;
  /** From where, in words, for the evidence: `asked by pullmedic`, `asked by pullmedic through proxy.example.com`. */
  readonly vantage: string;
  readonly observedAt: Instant;
  /**
   * In the kubelet's order of credentials up to the first that tells all (found, or a tag that is missing from a
   * repository that is there), then the anonymous one; what time did not allow is left out. A registry that asks for no
   * credential has the anonymous attempt alone, as the runtime shows it none either.
   */
  readonly attempts: readonly RegistryAttempt[];
  /** Digest that the tag has now (`docker-content-digest`), where it was found. */
  readonly digest: string | undefined;
  /** Where the platforms were asked for and read. */
  readonly platforms: readonly Platform[] | undefined;
  /** Where the tag is unknown and the registry lists tags. Its presence proves that the repository exists. */
  readonly tags: TagList | undefined;
  readonly rateLimit: RateLimitFact | undefined;
  readonly ecr: EcrAnswer | undefined;
}
