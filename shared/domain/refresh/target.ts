/**
 * What pullmedic may keep fresh. A target exists in the configuration only: nothing that somebody writes into a cluster
 * adds a namespace, a secret, a registry or a role to one.
 */
export interface RefreshTarget {
  readonly name: string;
  /** Configured cluster names; `undefined` = all. */
  readonly clusters: readonly string[] | undefined;
  readonly namespaces: TargetNamespaces;
  readonly secretNames: readonly string[];
  readonly registries: readonly TargetRegistry[];
  readonly role: RoleChoice;
  /** Repository names or patterns with `*` that a token is good for; `undefined` = whatever the role may read. */
  readonly repositories: readonly string[] | undefined;
  /** Whether a missing secret is made, and a registry that an existing one lacks is added. */
  readonly isCreated: boolean;
  /** Service accounts that get the secret as an `imagePullSecret`; empty = none. */
  readonly attachTo: 'all' | readonly string[];
  /** Whether pods that are stuck for such a secret are deleted after an automatic repair: their controller makes new ones. */
  readonly retriesPods: boolean;
  /** `advise` reports what is due and writes nothing. */
  readonly mode: 'auto' | 'advise';
}

/** By name, or by a label that only administrators of the cluster can set. */
export type TargetNamespaces =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'label'; readonly key: string; readonly value: string };

/** An ECR registry of a target. */
export interface TargetRegistry extends EcrRegistry {
  /** Whether every host name of that account and region counts (FIPS and dual stack too), or `host` alone. */
  readonly isAnyHost: boolean;
}

/** What the name of an ECR registry says about where its tokens come from. */
export interface EcrRegistry {
  readonly host: string;
  readonly service: 'ecr' | 'ecr-public';
  /** 12 digits; ECR Public has none. */
  readonly account: string | undefined;
  /** Where tokens for it are issued: ECR's are good in one region only, ECR Public's come from us-east-1. */
  readonly region: string;
  readonly isFips: boolean;
  readonly isDualStack: boolean;
}

/** `own` = the identity of this process, which somebody chose by writing `roleArn: none`. */
export type RoleChoice =
  | { readonly kind: 'own' }
  /** Assumed one after the other; the last one asks for the token. */
  | { readonly kind: 'assume'; readonly chain: readonly string[] };

/** A namespace/name of a Secret that targets claim, in the order of the configuration. */
export interface TargetSecret {
  readonly namespace: string;
  readonly name: string;
  readonly targets: readonly RefreshTarget[];
}
