import { distance } from 'fastest-levenshtein';
import type { Instant } from '../../shared/domain/instant.ts';
import { breaksWithin } from '../../shared/domain/preflight/breaks.ts';
import type { PreflightFinding } from '../../shared/domain/preflight/finding.ts';
import { isPreflightKind, PREFLIGHT_KINDS } from '../../shared/domain/preflight/kind.ts';
import type { PreflightReport } from '../../shared/domain/preflight/report.ts';
import { parseDuration } from './duration.ts';

/** What makes `preflight` end with status 1. */
export interface FailOn {
  /** The names as given, for the line that says why. */
  readonly text: string;
  fails(finding: PreflightFinding, now: Instant): boolean;
  /** Whether images whose registry could not be asked fail it too. */
  readonly isUncheckedFailing: boolean;
}

/** Names beside those of kinds and times. */
const WORDS = ['any', 'now', 'next-node', 'unchecked'] as const;

/**
 * Reads `--fail-on`: `any`, `now`, `next-node`, a time such as `24h`, `unchecked`, or kinds, separated by commas. What
 * is merely `possible` fails nothing but where its kind is named.
 * @returns what is wrong with it, with the nearest name
 */
export function parseFailOn(texts: readonly string[]): FailOn | { readonly problem: string } {
  const names = texts.flatMap((text) => text.split(',')).map((name) => name.trim());
  const rules: ((finding: PreflightFinding, now: Instant) => boolean)[] = [];
  for (const name of names) {
    const rule = ruleOf(name);
    if (rule === undefined) return { problem: problemOf(name) };
    rules.push(rule);
  }
  return {
    text: names.join(','),
    fails: (finding, now) => rules.some((rule) => rule(finding, now)),
    isUncheckedFailing: names.includes('unchecked'),
  };
}

/** Findings that fail it, soonest first. */
export function failing({ findings, observedAt }: PreflightReport, failOn: FailOn): readonly PreflightFinding[] {
  return findings.filter((finding) => failOn.fails(finding, observedAt));
}

function ruleOf(name: string): ((finding: PreflightFinding, now: Instant) => boolean) | undefined {
  if (isPreflightKind(name)) return ({ kind }) => kind === name;
  const isSure = ({ confidence }: PreflightFinding) => confidence !== 'possible';
  switch (name) {
    case 'any':
      return isSure;
    case 'now':
      return (finding) => isSure(finding) && finding.breaks.kind === 'now';
    case 'next-node':
      return (finding) => isSure(finding) && (finding.breaks.kind === 'now' || finding.breaks.kind === 'next-node');
    case 'unchecked':
      return () => false;
    default: {
      const within = parseDuration(name);
      return within === undefined
        ? undefined
        : (finding, now) => isSure(finding) && breaksWithin(finding.breaks, within, now);
    }
  }
}

function problemOf(name: string): string {
  const known = [...WORDS, ...Object.keys(PREFLIGHT_KINDS)];
  const [nearest] = known.map((one) => ({ one, far: distance(name, one) })).sort((a, b) => a.far - b.far);
  const meant = nearest !== undefined && nearest.far <= 4 ? `; did you mean ${nearest.one}?` : '';
  return `--fail-on does not know '${name}'${meant} It takes ${WORDS.join(', ')}, a time such as 24h, or kinds: ${Object.keys(PREFLIGHT_KINDS).join(', ')}`;
}
