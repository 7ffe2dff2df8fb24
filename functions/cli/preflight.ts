import type { PreflightFinding } from '../../shared/domain/preflight/finding.ts';
import type { PreflightReport } from '../../shared/domain/preflight/report.ts';
import { type InventoryRequest, readInventory } from '../../shared/flows/preflight/read-inventory.ts';
import { runPreflight } from '../../shared/flows/preflight/run-preflight.ts';
import type { InventoryReader } from '../../shared/ports/inventory-reader.ts';
import type { Registry } from '../../shared/ports/registry.ts';
import type { PreflightSnapshot } from '../../shared/preflight/snapshot.ts';
import { type FailOn, failing } from './fail-on.ts';
import { type CliIo, EXIT } from './io.ts';
import { preflightJson } from './preflight-json.ts';
import type { Manifests } from './preflight-manifests.ts';
import { renderPreflight } from './preflight-report.ts';

/** What the command needs of the world. */
export interface PreflightAccess {
  /** Opens the cluster of a kubeconfig context (`undefined` = the current one), uses it and closes it again. */
  withInventory<T>(context: string | undefined, use: (reader: InventoryReader) => Promise<T>): Promise<T>;
  /** Shows how far it is, over itself; `undefined` wipes it. */
  readonly progress: (text: string | undefined) => void;
}

export interface PreflightCommand {
  /** `undefined` = all. */
  readonly namespace: string | undefined;
  readonly context: string | undefined;
  /** Checked instead of what the cluster runs; the cluster is then asked only with `isClusterRead`. */
  readonly manifests: Manifests | undefined;
  readonly isClusterRead: boolean;
  /** Such as `linux/arm64`. */
  readonly platforms: readonly string[];
  readonly failOn: FailOn | undefined;
  readonly json: boolean;
  readonly now: number;
}

/** Registries that hang are left after this, and what is known is told. */
const PATIENCE_MS = 10 * 60_000;

/** `pullmedic preflight`: what would fail at the next pull, soonest first. @returns the exit status */
export async function preflight(
  command: PreflightCommand,
  registry: Registry | undefined,
  access: PreflightAccess,
  io: CliIo,
): Promise<number> {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), PATIENCE_MS);
  let report: PreflightReport;
  try {
    const snapshot = await readSnapshot(command, access);
    report = await runPreflight(snapshot, {
      registry,
      signal: ending.signal,
      tell: (answered, all) => access.progress(`asked ${answered} of ${all} questions`),
    });
  } finally {
    clearTimeout(timer);
    access.progress(undefined);
  }
  io.stdout(command.json ? `${JSON.stringify(preflightJson(report))}\n` : renderPreflight(report, io));
  return command.failOn === undefined ? EXIT.done : decideStatus(report, command.failOn, io);
}

async function readSnapshot(command: PreflightCommand, access: PreflightAccess): Promise<PreflightSnapshot> {
  const { manifests, namespace, context, platforms, now } = command;
  if (manifests !== undefined && !command.isClusterRead) return offline(manifests, command);
  const request: InventoryRequest = {
    cluster: context ?? 'current context',
    observedAt: now,
    namespace,
    manifests,
    platforms,
  };
  return access.withInventory(context, (reader) =>
    readInventory(reader, request, (objects) => access.progress(`read ${objects} objects`)),
  );
}

/** Nothing is known of the cluster that they are for: a secret that they name may well be there. */
function offline({ nodes, ...manifests }: Manifests, { platforms, now }: PreflightCommand): PreflightSnapshot {
  return {
    ...manifests,
    cluster: undefined,
    observedAt: now,
    nodes: nodes.length === 0 ? undefined : nodes,
    knowsServiceAccounts: false,
    secretsNotRead: new Map(),
    platforms,
  };
}

/** One line says why, as whoever reads a log of CI sees it last. */
function decideStatus(report: PreflightReport, failOn: FailOn, io: CliIo): number {
  const found = failing(report, failOn);
  const { undecided, images } = report.checked;
  const [first] = found;
  if (first === undefined) {
    if (!failOn.isUncheckedFailing || undecided === 0) return EXIT.done;
    io.stderr(`pullmedic: preflight fails: ${undecided} of ${images} images could not be checked\n`);
    return EXIT.failed;
  }
  const more = found.length === 1 ? '' : `, and ${found.length - 1} more`;
  io.stderr(`pullmedic: preflight fails: ${failureLine(first)}${more} (--fail-on ${failOn.text})\n`);
  return EXIT.failed;
}

function failureLine({ workloads, phrase, images }: PreflightFinding): string {
  const [first] = workloads;
  const who = first === undefined ? '' : `${first.namespace}/${first.name}: `;
  return `${who}${phrase}${images[0] === undefined ? '' : ` [${images[0]}]`}`;
}
