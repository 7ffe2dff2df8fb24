import { wellFormedSnapshot } from '../../shared/domain/find-pull-failures/well-formed.ts';
import { findPullFailures, listContainerStates } from '../../shared/domain/find-pull-failures.ts';
import type { Evidence, Finding } from '../../shared/domain/finding.ts';
import type { Gap, PullFailure } from '../../shared/domain/pull-failure.ts';
import type { ClusterSnapshot } from '../../shared/domain/snapshot.ts';
import { askRegistries, findingsOf, readFailures } from '../../shared/flows/looking/ask-registries.ts';
import type { Registry } from '../../shared/ports/registry.ts';
import { type CauseJson, toCauseJson } from './cause-json.ts';
import { type CliIo, EXIT } from './io.ts';
import { type Diagnosis, renderReport } from './report.ts';

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

export interface PrintOptions {
  readonly json: boolean;
  /** Report this pod alone; the others of the snapshot are its peers. */
  readonly only?: PodName | undefined;
  /** Left out = no registry is asked. */
  readonly registry?: Registry | undefined;
}

/** Diagnoses every failing container of a snapshot and prints a report, or JSON. */
export async function printDiagnosis(snapshot: ClusterSnapshot, options: PrintOptions, io: CliIo): Promise<number> {
  const { only } = options;
  const isWanted = (namespace: string | undefined, pod: string | undefined) =>
    only === undefined || (namespace === only.namespace && pod === only.name);
  const failures = findPullFailures(snapshot).filter(({ namespace, pod }) => isWanted(namespace, pod?.name));
  const diagnoses = await diagnoseAll(failures, snapshot, options.registry);
  if (options.json) {
    io.stdout(`${JSON.stringify({ failures: diagnoses.map(toFailureJson), gaps: snapshot.gaps.map(toGapJson) })}\n`);
    return EXIT.done;
  }
  const report = renderReport(diagnoses, io);
  io.stdout(`${report}${report === '' ? '' : '\n\n'}${summarise(snapshot, diagnoses, isWanted)}\n`);
  return EXIT.done;
}

/** What is found of each failure. @param registry left out = none is asked */
export async function diagnoseAll(
  failures: readonly PullFailure[],
  snapshot: ClusterSnapshot,
  registry: Registry | undefined,
): Promise<readonly Diagnosis[]> {
  const asking = askRegistries(readFailures(failures), wellFormedSnapshot(snapshot).secrets, { registry, ...UNHEARD });
  try {
    return (await asking.all()).map((one) => ({ failure: one.failure, findings: findingsOf(one) }));
  } finally {
    asking.stop();
  }
}

/** Each registry that did not answer is a gap of the report: nobody reads counters here. */
const UNHEARD = { metrics: { count() {} }, log: { debug() {}, info() {}, warn() {}, error() {} } };

function summarise(
  snapshot: ClusterSnapshot,
  diagnoses: readonly Diagnosis[],
  isWanted: (namespace: string, pod: string) => boolean,
): string {
  const states = listContainerStates(snapshot).filter(({ namespace, pod }) => isWanted(namespace, pod));
  const at = new Date(snapshot.observedAt).toISOString().replace(/\.\d+Z$/, 'Z');
  const pods = new Set(states.map(({ namespace, pod }) => `${namespace}/${pod}`)).size;
  const seen = `${count(pods, 'pod')} looked at, as of ${at}`;
  if (pods === 0) return 'There is no pod to look at.';
  if (diagnoses.length === 0) return `No container fails to get its image (${seen}).`;
  return `${count(diagnoses.length, 'container')} cannot get ${diagnoses.length === 1 ? 'its' : 'their'} image (${seen}).`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

function toFailureJson({ failure, findings }: Diagnosis): unknown {
  const best = findings[0];
  return {
    namespace: failure.namespace,
    pod: failure.pod?.name,
    container: failure.container?.name,
    image: failure.imageText,
    causes: findings.map(toTimedCauseJson),
    remedies: (best?.fixes ?? []).map(({ id, title }) => ({ id, title })),
    phrase: best?.phrase,
    state: failure.state,
    reason: failure.reason,
    containerKind: failure.container?.kind,
    workload: failure.workload && { kind: failure.workload.kind, name: failure.workload.name },
    node: failure.pod?.nodeName,
    tries: failure.tries,
    firstFailedAt: toIso(failure.firstFailedAt),
    lastFailedAt: toIso(failure.lastFailedAt),
    gaps: failure.gaps.map(toGapJson),
  };
}

function toTimedCauseJson(finding: Finding): CauseJson {
  return { ...toCauseJson(finding), evidence: finding.evidence.map(formatEvidence) };
}

/** `text (source, time)`, as in the report, but with the whole time. */
function formatEvidence({ text, source, at }: Evidence): string {
  return `${text} (${[source, toIso(at)].filter((part) => part !== undefined).join(', ')})`;
}

function toGapJson({ what, why, command }: Gap): Gap {
  return command === undefined ? { what, why } : { what, why, command };
}

function toIso(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
