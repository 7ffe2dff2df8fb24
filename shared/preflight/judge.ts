import type { Confidence, Evidence } from '../domain/finding.ts';
import { compareBreaks } from '../domain/preflight/breaks.ts';
import type { AffectedWorkload, PreflightFinding } from '../domain/preflight/finding.ts';
import { redact } from '../domain/redact.ts';
import { checkHubLimit, isAnonymousHub } from './checks/hub-limit.ts';
import { createUseChecks } from './checks/index.ts';
import type { Discovery } from './discovery.ts';
import { type ExaminedUse, examineUse } from './examine.ts';
import type { PreflightWorld } from './world.ts';

interface Found {
  readonly of: ExaminedUse;
  readonly is: Discovery;
}

/** Images of a finding that are named; there is seldom more than one. */
const IMAGES_SHOWN = 5;
const EVIDENCE_MAX = 6;
const CONFIDENCES: readonly Confidence[] = ['certain', 'likely', 'possible'];

/** Judges every use and gathers what is one thing to repair into one finding, soonest break first. */
export function judgeWorld(world: PreflightWorld): readonly PreflightFinding[] {
  const { observedAt } = world.snapshot;
  const check = createUseChecks(world);
  const found: Found[] = [];
  const hub: ExaminedUse[] = [];
  // One after the other: what is fine is forgotten at once, of thousands of uses most.
  for (const use of world.uses) {
    const of = examineUse(use, world);
    found.push(...check(of).map((is) => ({ of, is })));
    if (isAnonymousHub(of)) hub.push(of);
  }
  found.push(...checkHubLimit(hub).flatMap(({ of, is }) => of.map((one) => ({ of: one, is }))));
  const groups = Map.groupBy(found, ({ is }) => `${is.kind} ${is.subject}`);
  return [...groups]
    .map(([id, same]) => toFinding(id, same, observedAt))
    .sort(
      (a, b) =>
        compareBreaks(a.breaks, b.breaks, observedAt) ||
        CONFIDENCES.indexOf(a.confidence) - CONFIDENCES.indexOf(b.confidence) ||
        b.workloads.length - a.workloads.length ||
        (a.id < b.id ? -1 : 1),
    );
}

function toFinding(id: string, same: readonly Found[], now: number): PreflightFinding {
  const sorted = [...same].sort(
    (a, b) =>
      compareBreaks(a.is.breaks, b.is.breaks, now) ||
      CONFIDENCES.indexOf(a.is.confidence) - CONFIDENCES.indexOf(b.is.confidence) ||
      compareNames(a.of, b.of),
  );
  // A group is never empty; the first is what breaks first.
  const { is } = sorted[0] as Found;
  const { kind, subject, breaks, phrase, fixes } = is;
  const confidence = CONFIDENCES.find((one) => same.some((found) => found.is.confidence === one)) ?? 'possible';
  const images = [...new Set(sorted.map(({ of }) => redact(of.use.imageText)))].slice(0, IMAGES_SHOWN);
  const workloads = affected(sorted.map(({ of }) => of));
  return {
    id,
    kind,
    subject: redact(subject),
    images,
    breaks,
    confidence,
    phrase: redact(phrase),
    workloads,
    evidence: is.evidence.slice(0, EVIDENCE_MAX).map(redacted),
    fixes,
  };
}

function affected(examined: readonly ExaminedUse[]): readonly AffectedWorkload[] {
  const groups = Map.groupBy(examined, ({ use }) => `${use.namespace}/${use.workload.kind}/${use.workload.name}`);
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { namespace, workload, managedBy } = first.use;
    return { namespace, ...workload, managedBy, containers: [...new Set(same.map(({ use }) => use.container))] };
  });
}

function compareNames(a: ExaminedUse, b: ExaminedUse): number {
  const [left, right] = [a, b].map(({ use }) => `${use.namespace}/${use.workload.name}/${use.container}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
}

/** A sentence may quote an image's name, and an image's name is what somebody wrote. */
function redacted({ text, ...rest }: Evidence): Evidence {
  return { ...rest, text: redact(text) };
}
