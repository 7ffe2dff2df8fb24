import type { Instant } from '../instant.ts';
import type { Breaks } from './breaks.ts';
import type { PreflightFinding } from './finding.ts';
import type { PreflightKind } from './kind.ts';
import type { PreflightReport } from './report.ts';

/** A finding as it is remembered and told: names and words, no credential. */
export interface PreflightLine {
  readonly id: string;
  readonly kind: PreflightKind;
  readonly breaks: Breaks;
  readonly confidence: PreflightFinding['confidence'];
  readonly phrase: string;
  /** `namespace/name` of the first workload, and how many more there are. */
  readonly lead: string;
  readonly more: number;
  /** What a person does first. */
  readonly fix?: string | undefined;
  readonly namespaces: readonly string[];
  /** Hosts that decide whether it still holds. */
  readonly registries: readonly string[];
}

/** What is remembered of one cluster between two runs. */
export interface PreflightMemory {
  readonly nextRunAt: Instant;
  /** Of the last run that came to its end. */
  readonly endedAt?: Instant | undefined;
  /** At most `LINES_KEPT`, soonest break first. */
  readonly known: readonly PreflightLine[];
  /** Gaps of the last run that came to its end. */
  readonly gaps: number;
}

/** What a run found against what is remembered. */
export interface PreflightChanges {
  readonly appeared: readonly PreflightLine[];
  readonly gone: readonly PreflightLine[];
  /** All that stands now, told before or not. */
  readonly standing: readonly PreflightLine[];
}

/** A record holds 350 kB; more findings than that are told by their first ones. */
export const LINES_KEPT = 400;
const NAMESPACES_KEPT = 30;

/** A finding for memory and message. */
export function toLine(finding: PreflightFinding): PreflightLine {
  const { id, kind, breaks, confidence, phrase, workloads, fixes, images } = finding;
  const [first] = workloads;
  return {
    id: id.slice(0, 300),
    kind,
    breaks,
    confidence,
    phrase,
    lead: first === undefined ? '' : `${first.namespace}/${first.name}`,
    more: Math.max(0, workloads.length - 1),
    fix: (fixes.find((fix) => fix.kind === 'now') ?? fixes[0])?.title.slice(0, 160),
    namespaces: [...new Set(workloads.map(({ namespace }) => namespace))].slice(0, NAMESPACES_KEPT),
    registries: [...new Set(images.map(registryOf))],
  };
}

/**
 * What changed since the last run. A finding is over only where this run could have found it again: a registry that did
 * not answer, or a cluster that showed less of itself, proves nothing.
 */
export function compareWithMemory(report: PreflightReport, memory: PreflightMemory | undefined): PreflightChanges {
  const fresh = report.findings.map(toLine);
  const known = memory?.known ?? [];
  const ids = new Set(known.map(({ id }) => id));
  const found = new Set(fresh.map(({ id }) => id));
  const silent = new Set(report.silentRegistries);
  const seesLess = report.gaps.length > (memory?.gaps ?? 0);
  const missing = known.filter(({ id }) => !found.has(id));
  const isOpen = (line: PreflightLine) => seesLess || line.registries.some((host) => silent.has(host));
  return {
    appeared: fresh.filter(({ id }) => !ids.has(id)),
    gone: missing.filter((line) => !isOpen(line)),
    standing: [...fresh, ...missing.filter(isOpen)].slice(0, LINES_KEPT),
  };
}

/** The host as an image spells it, Docker Hub where it names none. */
function registryOf(image: string): string {
  const [first = ''] = image.split('/', 1);
  return first !== image && /[.:]|^localhost$/.test(first) ? first : 'docker.io';
}
