import { diagnose as diagnoseFailure } from '../../shared/diagnosis/diagnose.ts';
import { findPullFailures, listContainerStates } from '../../shared/domain/find-pull-failures.ts';
import type { Finding } from '../../shared/domain/finding.ts';
import type { Gap, PullFailure } from '../../shared/domain/pull-failure.ts';
import type { ClusterSnapshot } from '../../shared/domain/snapshot.ts';
import { type CliIo, EXIT } from './io.ts';
import { type Diagnosis, formatEvidence, renderReport } from './report.ts';

/** A finding as scripts get it; `explain --jsonl` gives the same. */
interface CauseJson {
  readonly id: string;
  readonly detail?: string;
  readonly confidence: Finding['confidence'];
  readonly evidence: readonly string[];
}

/** Diagnoses every failing container of a snapshot and prints a report, or JSON. */
export async function printDiagnosis(
  snapshot: ClusterSnapshot,
  options: { readonly json: boolean },
  io: CliIo,
): Promise<number> {
  const diagnoses = findPullFailures(snapshot).map((failure) => ({ failure, findings: diagnoseFailure(failure) }));
  if (options.json) {
    await io.out(`${JSON.stringify({ failures: diagnoses.map(toFailureJson), gaps: snapshot.gaps.map(toGapJson) })}\n`);
    return EXIT.done;
  }
  const report = renderReport(diagnoses, io);
  await io.out(`${report}${report === '' ? '' : '\n\n'}${summarise(snapshot, diagnoses)}\n`);
  return EXIT.done;
}

function summarise(snapshot: ClusterSnapshot, diagnoses: readonly Diagnosis[]): string {
  const states = listContainerStates(snapshot);
  const at = new Date(snapshot.observedAt).toISOString().replace(/\.\d+Z$/, 'Z');
  const pods = new Set(states.map(({ namespace, pod }) => `${namespace}/${pod}`)).size;
  const seen = `${count(pods, 'pod')} looked at, as of ${at}`;
  if (pods === 0) return 'No pod to look at: give pods and their events.';
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
    causes: findings.map((finding) => toCauseJson(finding, failure)),
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

function toCauseJson(finding: Finding, failure: PullFailure): CauseJson {
  return {
    id: finding.causeId,
    ...(finding.detail === undefined ? {} : { detail: finding.detail }),
    confidence: finding.confidence,
    evidence: finding.evidence.map((evidence) => formatEvidence(evidence, failure.observedAt)),
  };
}

function toGapJson({ what, why, command }: Gap): Gap {
  return command === undefined ? { what, why } : { what, why, command };
}

function toIso(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
