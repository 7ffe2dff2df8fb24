import type { AlertmanagerConfig } from '../config/config.ts';
import type { Instant } from '../domain/instant.ts';
import type { Secret } from '../domain/secret.ts';

/** A question as RBAC understands it. */
export interface AccessQuestion {
  readonly verb: string;
  readonly group: string;
  /** With its subresource where it has one: `pods/exec`. */
  readonly resource: string;
  /** `undefined` = all of them, or a resource of no namespace. */
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** Whether the cluster's admission policies hold this identity, as far as it can be told. */
export type PolicyState =
  | { readonly kind: 'there' }
  | { readonly kind: 'missing'; readonly names: readonly string[] }
  /** A write that they refuse was let through in a dry-run. */
  | { readonly kind: 'not-enforced' }
  | { readonly kind: 'unknown'; readonly why: string };

/**
 * Asks one API server about itself, as one identity. Nothing is changed: the one write is a dry-run.
 * @throws {ClusterError} for 401, 429, 5xx and no answer; its cause says why
 */
export interface ClusterInspector {
  /** @returns `gitVersion`, such as `v1.30.2+k3s1`, and the server's own clock where it tells it */
  version(): Promise<{ readonly version: string; readonly serverTime: Instant | undefined }>;
  /** SelfSubjectAccessReview. */
  isAllowed(question: AccessQuestion): Promise<boolean>;
  /** Names, sorted; `undefined` = they may not be listed. */
  namespaces(): Promise<readonly string[] | undefined>;
  /** `namespace/name` of kube-state-metrics by its usual label; `undefined` = none; `denied` = it cannot be told. */
  stateMetrics(): Promise<string | undefined | 'denied'>;
  /** @param names of the ValidatingAdmissionPolicies that must be there */
  policies(names: readonly string[]): Promise<PolicyState>;
}

/** Opens the inspector of configured clusters. */
export interface ClusterInspectors {
  /** @throws {ConfigError} for access that cannot be used, {CredentialError} when its credential cannot be read */
  inspector(cluster: string): Promise<ClusterInspector>;
  close(): Promise<void>;
}

/** Asks AWS who this process is. @throws {IssueError} saying what AWS said */
export interface AwsInspector {
  /** STS GetCallerIdentity. */
  callerIdentity(region: string): Promise<{ readonly arn: string; readonly serverTime: Instant | undefined }>;
  /** Assumes the role and forgets the keys. */
  assume(roleArn: string, region: string): Promise<void>;
}

/** Asks Slack about the app. @throws {ChatError} with Slack's own word */
export interface SlackInspector {
  auth(): Promise<{
    readonly teamId: string;
    readonly team: string;
    readonly bot: string;
    readonly scopes: readonly string[];
  }>;
  /** By id or name. */
  channel(channel: string): Promise<{
    readonly id: string;
    readonly name: string;
    readonly isMember: boolean;
    readonly isArchived: boolean;
  }>;
  /** Asks for a Socket Mode address with the app-level token and opens nothing. */
  socket(appToken: Secret): Promise<void>;
}

/** What answered an HTTP request, or why nothing did. */
export type Probe =
  | { readonly kind: 'answered'; readonly status: number; readonly text: string }
  /** `why` in words for people, such as `its name does not resolve (ENOTFOUND)`. */
  | { readonly kind: 'unreachable'; readonly why: string };

/** Sends what Alertmanager would send, and asks Alertmanager. Follows no redirect: a credential goes along. */
export interface WebhookProbe {
  /** POSTs a notification without alerts. */
  notify(url: string, authorization: Secret): Promise<Probe>;
  /** GET `/api/v2/status`. @throws {CredentialError} */
  alertmanager(to: AlertmanagerConfig): Promise<Probe>;
}

/** What the file system says of a file that holds a credential. */
export interface FilePermissions {
  /** The permission bits, such as `0o600`; `undefined` = there is no such file, or no such bits on this system. */
  mode(path: string): Promise<number | undefined>;
}
