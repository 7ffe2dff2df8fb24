import type { Clock } from '../../shared/ports/clock.ts';
import type { ClusterReader } from '../../shared/ports/cluster.ts';
import type { Registry } from '../../shared/ports/registry.ts';
import type { SecretWriter } from '../../shared/ports/secret-writer.ts';
import type { About } from './bug-report.ts';
import type { DoctorWorld } from './doctor.ts';
import type { CliIo } from './io.ts';
import type { PreflightAccess } from './preflight.ts';
import type { PrepullAccess } from './prepull.ts';
import type { RefreshWorld } from './refresh.ts';
import type { RemedyRecordsWorld } from './remedy-records.ts';
import type { ServeWorld } from './serve.ts';

/** What the commands need of the world. */
export interface CliDependencies {
  readonly clock: Clock;
  /** Opens the cluster of a kubeconfig context (`undefined` = the current one), uses it and closes it again. */
  withCluster<T>(context: string | undefined, use: (reader: ClusterReader) => Promise<T>): Promise<T>;
  /**
   * The registries that may be asked: well-known ones, and those of the configuration where PULLMEDIC_CONFIG names one.
   * `undefined` where that one says `askRegistries: false`.
   * @throws {ConfigError} for a configuration that cannot be used
   */
  openRegistry(): Promise<Registry | undefined>;
  /** As `withCluster`, with what reads pull secrets. */
  withSecrets<T>(
    context: string | undefined,
    use: (cluster: { readonly reader: ClusterReader; readonly writer: SecretWriter }) => Promise<T>,
  ): Promise<T>;
  /** The user's kubeconfig, data only. @throws {UsageError} where there is none */
  readKubeconfig(): Promise<string>;
  readonly refresh: RefreshWorld;
  readonly doctor: DoctorWorld;
  readonly prepull: PrepullAccess;
  readonly preflight: PreflightAccess;
  readonly remedyRecords: RemedyRecordsWorld;
  readonly serve: ServeWorld;
  readonly about: About;
}

/** What a command is made of. */
export interface CommandContext {
  readonly io: CliIo;
  readonly deps: CliDependencies;
  /** Takes the exit status. */
  readonly end: (status: number) => void;
}
