import { isRefused } from '../diagnosis/support/registry-facts.ts';
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

/** What was found, and what nobody here can tell. */
export interface Judgement {
  readonly findings: readonly PreflightFinding[];
  /** Images of which it is not known whether they would pull. */
  readonly undecided: readonly UndecidedImage[];
}

export interface UndecidedImage {
  readonly canonical: string;
  readonly registry: string;
  /** `node`: nodes there have credentials of their own; `secret`: one that was not read decides; `trouble`: 429 or 5xx; `silence`: no answer. */
  readonly by: 'node' | 'secret' | 'trouble' | 'silence';
}

/** Judges every use and gathers what is one thing to repair into one finding, soonest break first. */
export function judgeWorld(world: PreflightWorld): Judgement {
  const { observedAt } = world.snapshot;
  const check = createUseChecks(world);
  const found: Found[] = [];
  const hub: ExaminedUse[] = [];
  const undecided = new Map<string, UndecidedImage>();
  // One after the other: what is fine is forgotten at once, of thousands of uses most.
  for (const use of world.uses) {
    const of = examineUse(use, world);
    const discoveries = check(of);
    found.push(...discoveries.map((is) => ({ of, is })));
    const open = undecidedOf(of, discoveries);
    if (open !== undefined) undecided.set(open.canonical, open);
    if (isAnonymousHub(of)) hub.push(of);
  }
  found.push(...checkHubLimit(hub).flatMap(({ of, is }) => of.map((one) => ({ of: one, is }))));
  const groups = Map.groupBy(found, ({ is }) => `${is.kind} ${is.subject}`);
  const findings = [...groups]
    .map(([id, same]) => toFinding(id, same, observedAt))
    .sort(
      (a, b) =>
        compareBreaks(a.breaks, b.breaks, observedAt) ||
        CONFIDENCES.indexOf(a.confidence) - CONFIDENCES.indexOf(b.confidence) ||
        b.workloads.length - a.workloads.length ||
        (a.id < b.id ? -1 : 1),
    );
  return { findings, undecided: [...undecided.values()] };
}

/** @returns `undefined` where it is known that it pulls, or that it does not */
function undecidedOf({ use, pull, failure, knowsSecrets }: ExaminedUse, found: readonly Discovery[]) {
  const { image, canonical, policy } = use;
  const { registry: answer } = failure;
  const isTold = found.some(({ breaks }) => breaks.kind === 'now' || breaks.kind === 'next-node');
  if (image === undefined || policy === 'Never' || pull === 'works' || isTold) return undefined;
  // ECR's own API knows that it is there; who may pull it is the nodes' role's business.
  if (answer?.ecr?.image === 'exists') return undefined;
  const isRefusal = answer?.attempts.some(isRefused) === true;
  const by = answer === undefined ? 'silence' : !isRefusal ? 'trouble' : knowsSecrets ? 'node' : 'secret';
  return { canonical, registry: image.registry, by } satisfies UndecidedImage;
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
