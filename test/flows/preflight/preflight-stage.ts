import { type CliDependencies, run } from '../../../functions/cli/run.ts';
import type { NodeOptions } from '../../../infra/local/kubelet/kubelet.ts';
import { createCluster } from '../../../infra/local/kubernetes/cluster.ts';
import type { PodObject } from '../../../infra/local/kubernetes/objects.ts';
import { PODS } from '../../../infra/local/kubernetes/resources.ts';
import { registryDispatcher } from '../../../infra/local/registry/dispatcher.ts';
import { createClusters } from '../../../shared/adapters/kubernetes/clusters.ts';
import { createRegistry } from '../../../shared/adapters/registry/create-registry.ts';
import type { PreflightKind } from '../../../shared/domain/preflight/kind.ts';
import { Secret } from '../../../shared/domain/secret.ts';
import { type Embedded, eventually, startEmbedded } from '../../local/embedded.ts';
import { recordIo } from '../../support/record-io.ts';

/** A finding as `--json` gives it. */
export interface FindingJson {
  readonly kind: PreflightKind;
  readonly subject: string;
  readonly breaks: string;
  readonly breaksAt?: string;
  readonly confidence: string;
  readonly phrase: string;
  readonly workloads: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly containers: readonly string[];
  }[];
  readonly evidence: readonly string[];
  readonly fixes: readonly { readonly id: string; readonly commands: readonly string[] }[];
}

export interface ReportJson {
  readonly findings: readonly FindingJson[];
  readonly gaps: readonly { readonly what: string; readonly why: string; readonly command?: string }[];
  readonly checked: Readonly<Record<string, number>>;
}

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line against the embedded cluster and registry, over HTTP as a user has it. */
export interface Stage extends Embedded {
  pullmedic(...args: readonly string[]): Promise<Ended>;
  /** `preflight … --json`, parsed. */
  report(...args: readonly string[]): Promise<ReportJson>;
  /** Waits until so many pods of the namespace run. */
  untilRunning(namespace: string, pods?: number): Promise<void>;
}

const ACCOUNT = '123456789012';
/** Registries of one's own that the configuration names. */
const HOSTS = ['registry.example.com', 'private.example.com', 'unavailable.example.com', 'ratelimited.example.com'];

export async function startStage(
  options: { readonly awsEndpoint?: string; readonly nodes?: readonly NodeOptions[] } = {},
): Promise<Stage> {
  const embedded = await startEmbedded(50);
  if (options.nodes !== undefined) {
    await embedded.cluster.stop();
    const { clock, registry } = embedded;
    Object.assign(embedded, {
      cluster: await createCluster({ clock, registry, timeScale: 50, nodes: options.nodes }),
    });
  }
  const { clock, registry } = embedded;
  const dispatcher = registryDispatcher(registry);
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  // Answers are kept for minutes; each run asks anew, as each run of the command line does.
  const openRegistry = () =>
    createRegistry({
      config: {
        load: async () => ({
          registries: HOSTS.map((host) => ({
            host,
            proxy: undefined,
            caBundle: undefined,
            realmHosts: [],
            allowPrivate: true,
          })),
          ecr: { accounts: [{ id: ACCOUNT, roleArn: undefined }] },
        }),
      },
      credentials: { read: () => Promise.reject(new Error('no credential was expected')) },
      clock,
      network: { open: async () => ({ dispatcher, close: async () => {} }) },
      userAgent: 'pullmedic/test',
      ...(options.awsEndpoint === undefined
        ? {}
        : {
            awsEndpoint: options.awsEndpoint,
            awsKeys: () => async () => ({ accessKeyId: 'AKID', secretAccessKey: 's' }),
          }),
    });
  const clusters = createClusters({
    component: 'test',
    config: {
      load: async () => ({
        clusters: [{ name: 'embedded', environment: 'prod', access: { kind: 'kubeconfig', kubeconfig: 'file:x' } }],
      }),
    },
    credentials: { read: async () => new Secret(embedded.cluster.kubeconfig()) },
    clock,
    log,
    awsKeys: () => {
      throw new Error('no AWS keys were expected');
    },
  });

  async function pullmedic(...args: readonly string[]): Promise<Ended> {
    const { io, output } = recordIo();
    const dependencies: Partial<CliDependencies> = {
      clock,
      about: { version: '0.1.0', issues: undefined },
      openRegistry: async () => openRegistry(),
      preflight: {
        withInventory: async (_context, use) => use(await clusters.inventory('embedded')),
        progress() {},
      },
    };
    // A world without what preflight must not need: whatever else it asks for fails the test.
    const world = new Proxy(dependencies, {
      get(known, name) {
        if (Reflect.has(known, name)) return Reflect.get(known, name);
        throw new Error(`${String(name)} was not expected`);
      },
    }) as CliDependencies;
    return { status: await run(args, io, world), ...output() };
  }

  return {
    ...embedded,
    pullmedic,
    async report(...args) {
      const { status, stdout, stderr } = await pullmedic('preflight', '--json', ...args);
      if (status !== 0) throw new Error(`status ${status}: ${stderr}`);
      return JSON.parse(stdout) as ReportJson;
    },
    async untilRunning(namespace, pods = 1) {
      await eventually(`${pods} pods of ${namespace} run`, () => {
        const found = embedded.cluster.list(PODS, namespace) as readonly PodObject[];
        return found.filter(({ status }) => status.phase === 'Running').length >= pods ? true : undefined;
      });
    },
    async stop() {
      await clusters.close();
      await dispatcher.destroy();
      await embedded.stop();
    },
  };
}
