import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createTriageIdentity, type TriageIdentity } from './identity.ts';
import { createKubectl, type Kubectl } from './kubectl.ts';
import { type Daemon, startDaemon, until } from './processes.ts';
import { NONE, type Row, storyRow } from './row.ts';

const CHECKOUT = join(import.meta.dirname, '..', '..');
const KUBERNETES = join(CHECKOUT, 'infra', 'kubernetes');
/** Bound in one namespace each, which the command names (infra/kubernetes/README.md). */
const OF_ONE_NAMESPACE = ['read-secrets', 'refresh', 'remedy'];
/** Namespaces that what is applied is in, beside pullmedic's own. */
const EXAMPLE_NAMESPACES = ['shop', 'batch', 'production', 'image-prepull'];
const GUARDRAILS_SECONDS = 240;

/** A cluster for what would disturb the first one. */
export interface SecondCluster {
  readonly kubectl: Kubectl;
  readonly identity: TriageIdentity;
  /** What its API server said of the shipped manifests. */
  readonly rows: readonly Row[];
}

/** Holds guardrails and overlays against it, then installs the triage identity there. */
export async function prepareSecondCluster(options: {
  readonly kubeconfig: string;
  readonly folder: string;
  readonly logs: string;
  readonly isWanted: (row: { readonly name: string }) => boolean;
  /** Programs that are still running when the run is ended. */
  readonly onStart: (daemon: Daemon) => void;
}): Promise<SecondCluster> {
  const { isWanted } = options;
  const kubectl = createKubectl(options.kubeconfig);
  const rows: Row[] = [];
  // They delete their namespaces, `pullmedic` among them: before it is installed there.
  if (isWanted({ name: 'guardrails' })) rows.push(await runGuardrails(options));
  const identity = await createTriageIdentity(kubectl, options.folder, 'second');
  if (isWanted({ name: 'overlays' })) rows.push(await dryRunOverlays(kubectl));
  return { kubectl, identity, rows };
}

/** `test/infra/guardrails.ts`, as a person runs it. */
async function runGuardrails({ kubeconfig, logs, onStart }: Parameters<typeof prepareSecondCluster>[0]): Promise<Row> {
  const script = join(CHECKOUT, 'test', 'infra', 'guardrails.ts');
  const daemon = await startDaemon('guardrails', process.execPath, [NO_WARNING, script], {
    logs,
    env: { ...process.env, KUBECONFIG: kubeconfig },
  });
  onStart(daemon);
  await until('the guardrails end', GUARDRAILS_SECONDS, () => !daemon.isAlive());
  const lines = daemon.log().trim().split('\n');
  const last = lines.at(-1) ?? '';
  const failed = lines.filter((line) => line.startsWith('FAILED'));
  const isSum = /^[1-9]\d* passed, 0 failed$/.test(last);
  return storyRow('guardrails', {
    message: { text: `RBAC and admission policies on the real API server: ${last}` },
    problems: failed.length > 0 || isSum ? failed : [`they ended without a sum: ${last}`],
  });
}

const NO_WARNING = '--disable-warning=ExperimentalWarning';

/** Every kustomization that is shipped, by a dry run on the API server: schema, admission and pod security included. */
async function dryRunOverlays(kubectl: Kubectl): Promise<Row> {
  for (const name of EXAMPLE_NAMESPACES) await kubectl.run('create', 'namespace', name);
  const overlays = readdirSync(join(KUBERNETES, 'overlays')).sort();
  const targets = [
    ...['base', 'policies'].map((name) => ({ name, folder: join(KUBERNETES, name), more: [] })),
    ...overlays.map((name) => ({
      name: `overlays/${name}`,
      folder: join(KUBERNETES, 'overlays', name),
      more: OF_ONE_NAMESPACE.includes(name) ? ['--namespace=shop'] : [],
    })),
    ...['prepull', 'examples'].map((name) => ({ name, folder: join(KUBERNETES, name), more: [] })),
    { name: 'infra/serve/kubernetes', folder: join(CHECKOUT, 'infra', 'serve', 'kubernetes'), more: [] },
  ];
  const problems: string[] = [];
  const told: string[] = [];
  for (const { name, folder, more } of targets) {
    try {
      // Warnings are for the eyes of who applies it: there must be none.
      const out = await kubectl.run(
        ...['apply', '--server-side', '--dry-run=server', '--warnings-as-errors', '--kustomize', folder, ...more],
      );
      told.push(`${name} ${out.trim().split('\n').length}`);
    } catch (error) {
      problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return storyRow('overlays', {
    message: { text: `accepted by the real API server, dry run, without a warning; objects: ${told.join(', ')}` },
    recovered: NONE,
    problems,
  });
}
