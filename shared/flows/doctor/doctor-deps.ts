import type { Config } from '../../config/config.ts';
import type { Check, CheckArea } from '../../domain/doctor/check.ts';
import type { Identity } from '../../domain/permissions.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CredentialIssuer } from '../../ports/credential-issuer.ts';
import type { Credentials } from '../../ports/credentials.ts';
import type {
  AwsInspector,
  ClusterInspector,
  FilePermissions,
  SlackInspector,
  WebhookProbe,
} from '../../ports/inspection.ts';

export interface DoctorDeps {
  readonly config: Config;
  /** Where the configuration was read, for people. */
  readonly origin: string;
  readonly credentials: Credentials;
  readonly clock: Clock;
  /** Opens a configured cluster as that identity. @throws as `ClusterInspectors.inspector` does */
  readonly inspectCluster: (cluster: string, identity: Identity) => Promise<ClusterInspector>;
  readonly aws: AwsInspector;
  readonly issuer: CredentialIssuer;
  /** The process' own region; `undefined` = none is set. */
  readonly region: string | undefined;
  readonly slack: SlackInspector;
  readonly webhook: WebhookProbe;
  readonly files: FilePermissions;
  /** Most time for each thing that is asked; 10 s unless a test shortens it. */
  readonly limitMs?: number | undefined;
  /** Told after each step. */
  readonly onProgress?: ((done: number, all: number) => void) | undefined;
}

export interface DoctorRequest {
  readonly areas: readonly CheckArea[];
  /** Only this of the configured clusters. */
  readonly cluster?: string | undefined;
  /** Where Alertmanager posts. */
  readonly webhookUrl?: string | undefined;
}

/** Looks at one thing, within its own time. */
export type Step = () => Promise<readonly Check[]>;
