import type { RefreshTarget } from '../domain/refresh/target.ts';
import type { PolicyConfig } from './policy.ts';

/** How urgent an environment is: what nobody classified is `prod`. */
export type Environment = 'prod' | 'non-prod';

/** A credential by reference: `env:NAME`, `file:PATH`, `ssm:NAME`, `aws-sm:NAME[#jsonKey]`. Never the value itself. */
export type CredentialReference = string;

/** `pullmedic.yaml`, validated and with every default filled in. `schema.ts` is its one source. */
export interface Config {
  readonly clusters: readonly ClusterConfig[];
  readonly alerts: AlertsConfig;
  readonly routes: RoutesConfig;
  readonly slack: SlackConfig;
  readonly limits: LimitsConfig;
  /** Whether the diagnosis also stands on the pod, as an Event. */
  readonly events: boolean;
  /** Whether registries are asked at all. */
  readonly askRegistries: boolean;
  /** Registries that may be asked beside the well-known public ones. */
  readonly registries: readonly RegistryConfig[];
  readonly ecr: EcrConfig;
  /** Pull secrets that are kept fresh. */
  readonly targets: readonly RefreshTarget[];
  readonly refresh: RefreshConfig;
  readonly preflight: PreflightConfig;
  /** What may be changed, where, and by whom. */
  readonly policy: PolicyConfig;
  /** Where the diagnosis is posted back to, and whose silences count. */
  readonly alertmanagers: readonly AlertmanagerConfig[];
}

/** How often every image is looked at before it breaks. */
export interface PreflightConfig {
  /** 0 = never. */
  readonly everyHours: number;
}

/** How often targets are looked at. */
export interface RefreshConfig {
  readonly everyMinutes: number;
}

/** A registry of one's own. */
export interface RegistryConfig {
  /** Lower case, with its port where it has one: `registry.example.com:5000`, or `*.example.com` for every name below. */
  readonly host: string;
  /** `http://` or `https://`, without a user; `undefined` = none. */
  readonly proxy: string | undefined;
  /** PEM certificates that are trusted beside the public ones. */
  readonly caBundle: CredentialReference | undefined;
  /** Lower case, exact: hosts beside its own that may hand out its tokens and so see credentials. */
  readonly realmHosts: readonly string[];
  /** Whether its address may be private; link-local and metadata addresses never. */
  readonly allowPrivate: boolean;
}

/** Accounts whose ECR is asked through its own API. */
export interface EcrConfig {
  readonly accounts: readonly EcrAccountConfig[];
}

export interface EcrAccountConfig {
  /** 12 digits. */
  readonly id: string;
  /** Role to assume; `undefined` = pullmedic's own identity. */
  readonly roleArn: string | undefined;
}

/** One Alertmanager, or one peer of several: each is told by itself. */
export interface AlertmanagerConfig {
  /** Its root, without `/api/v2` and without a slash at the end. */
  readonly url: string;
  readonly auth: AlertmanagerAuth | undefined;
  /** Clusters whose diagnoses it hears; `undefined` = all. */
  readonly clusters: readonly string[] | undefined;
  /** What `Source` of the alert links to; `undefined` = nothing. */
  readonly generatorUrl: string | undefined;
}

export interface AlertmanagerAuth {
  readonly scheme: 'bearer' | 'basic';
  /** Basic only. */
  readonly username: string | undefined;
  readonly credential: CredentialReference;
}

export interface ClusterConfig {
  readonly name: string;
  readonly environment: Environment;
  readonly access: ClusterAccess;
  /** As whom pull secrets are written; `undefined` = as `access` says. */
  readonly refreshAccess?: ClusterAccess | undefined;
  /** As whom remedies act; `undefined` = as `access` says. */
  readonly remedyAccess?: ClusterAccess | undefined;
}

export type ClusterAccess =
  /** kubeconfig data (server, CA, token or client certificate; no foreign exec), by reference. */
  | { readonly kind: 'kubeconfig'; readonly kubeconfig: CredentialReference; readonly context?: string | undefined }
  /** EKS: a presigned STS call is the bearer token. */
  | {
      readonly kind: 'eks';
      readonly region: string;
      readonly clusterName: string;
      readonly roleArn?: string | undefined;
    }
  /** Inside the cluster: the pod's own service account. */
  | { readonly kind: 'in-cluster' };

export interface AlertsConfig {
  /** Alert names that concern image pulls, beside those whose `reason` label is a pull reason. */
  readonly names: readonly string[];
  /** The label that names the cluster. */
  readonly clusterLabel: string;
  readonly tokens: readonly AlertToken[];
  readonly watchdog: WatchdogConfig;
}

/** The alert that always fires: a heartbeat of everything between Prometheus and pullmedic. */
export interface WatchdogConfig {
  readonly name: string;
  /** Minutes without one until a cluster that ever sent it is told as silent; multiplied by `limits.timeScale`. */
  readonly silentAfterMinutes: number;
}

/** What Alertmanager sends to prove itself. */
export interface AlertToken {
  readonly scheme: 'bearer' | 'basic';
  /** Basic only. */
  readonly username: string | undefined;
  readonly current: CredentialReference;
  /** Accepted too, so that a token can be changed without losing an alert. */
  readonly previous: CredentialReference | undefined;
  /** Clusters that it may speak for; `undefined` = all. */
  readonly clusters: readonly string[] | undefined;
}

export interface Route {
  /** Globs over namespaces. */
  readonly namespaces: readonly string[];
  /** Cluster names or globs; `undefined` = all. */
  readonly clusters: readonly string[] | undefined;
  readonly channel: string | undefined;
  /** User group or user to mention, such as `S0123ABC`. */
  readonly oncall: string | undefined;
  readonly runbook: string | undefined;
  readonly environment: Environment | undefined;
  /** Overrides the digest for non-prod: post each incident. */
  readonly posts: boolean | undefined;
}

export interface RoutesConfig {
  readonly rules: readonly Route[];
  /** Channels that an annotation or an alert label may name, beside those of rules. */
  readonly allowedChannels: readonly string[];
  /** Hosts that a runbook link may point to. */
  readonly allowedLinkHosts: readonly string[];
}

export interface SlackConfig {
  readonly botToken: CredentialReference;
  readonly signingSecret: CredentialReference;
  /** Socket Mode for `pullmedic serve`; left out = none. */
  readonly appToken?: CredentialReference | undefined;
  /** Workspace whose people may press; `undefined` = that of the bot token. */
  readonly team?: string | undefined;
  /** Channel id or name for whatever no route takes. */
  readonly channel: string;
  /** Web API address; only tests and the embedded stack change it. */
  readonly apiUrl: string;
  readonly oncall: string | undefined;
}

export interface LimitsConfig {
  /** Multiplies every grace period and the rhythm of looks; 1 in real use, 0.1 in the embedded stack. */
  readonly timeScale: number;
  /** Buzzes an hour and channel before they become one roll-up. */
  readonly buzzesPerHour: number;
  /** Seconds between two edits that change counts only. */
  readonly countEditSeconds: number;
}
