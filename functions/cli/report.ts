import type { Evidence, Finding } from '../../shared/domain/finding.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import type { ContainerKind, Gap, PullFailure } from '../../shared/domain/pull-failure.ts';
import { redact } from '../../shared/domain/redact.ts';
import { createLayout, type Layout, type LayoutStyle } from './layout.ts';
import { plain } from './text-layout.ts';

/** A failing container and what the causes said, best first. */
export interface Diagnosis {
  readonly failure: PullFailure;
  readonly findings: readonly Finding[];
}

/** Names of pods that one report lists; the rest is counted. */
const MOST_PODS = 5;
const MOST_EVIDENCE = 6;
const MOST_GAPS = 6;

/** The report for people: one block for each failing container, pods of one workload with one cause together. */
export function renderReport(diagnoses: readonly Diagnosis[], style: LayoutStyle): string {
  const layout = createLayout(style);
  return groupDiagnoses(diagnoses)
    .map((group) => renderGroup(group, layout).join('\n'))
    .join('\n\n');
}

function groupDiagnoses(diagnoses: readonly Diagnosis[]): readonly (readonly Diagnosis[])[] {
  const groups = new Map<string, Diagnosis[]>();
  for (const diagnosis of diagnoses) {
    const { failure, findings } = diagnosis;
    const best = findings[0];
    const workload = failure.workload;
    const key = JSON.stringify([
      failure.namespace,
      workload?.kind,
      workload?.name,
      failure.container?.name,
      failure.imageText,
      best?.causeId,
      best?.detail,
      best?.confidence,
    ]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [diagnosis]);
    else group.push(diagnosis);
  }
  return [...groups.values()];
}

function renderGroup(group: readonly Diagnosis[], layout: Layout): readonly string[] {
  const [first] = group;
  const best = first?.findings[0];
  if (first === undefined || best === undefined) return [];
  const { failure, findings } = first;
  const now = failure.observedAt;
  const { field, section, steps } = layout;
  const fixes = best.fixes.filter(({ kind }) => kind === 'now');
  return [
    ...layout.headline(`${subjectOf(failure)}: ${best.phrase}`),
    ...(fixes[0] === undefined ? [] : layout.action(fixes[0].title)),
    ...field('cause', `${best.causeId}${best.detail === undefined ? '' : ` (${best.detail})`}, ${best.confidence}`),
    ...field('image', failure.imageText ?? 'not known'),
    ...field('where', whereOf(group)),
    ...field('state', stateOf(failure)),
    ...section('Why', evidenceOf(best, now)),
    ...section('The runtime says', runtimeWords(failure, best)),
    ...section(
      'Also possible',
      findings.slice(1, 4).map((other) => alternative(other, now)),
    ),
    ...steps('Fix', fixes),
    ...steps(
      'So that it does not come back',
      best.fixes.filter(({ kind }) => kind === 'lasting'),
    ),
    ...steps('Not known', gapsOf(group)),
  ];
}

function subjectOf({ namespace, workload, pod }: PullFailure): string {
  return `${namespace ?? ''}/${workload?.name ?? pod?.name ?? ''}`;
}

/** Prose for the way that each kind of container is known by. */
const CONTAINER_WORDS: Readonly<Record<ContainerKind, string>> = {
  container: 'container',
  init: 'init container',
  ephemeral: 'ephemeral container',
  'image-volume': 'an image volume of container',
};

function whereOf(group: readonly Diagnosis[]): string {
  const names = group.map(({ failure }) => {
    const node = failure.pod?.nodeName;
    return `${failure.pod?.name ?? ''}${node === undefined ? '' : ` on ${node}`}`;
  });
  const container = group[0]?.failure.container;
  const what = container === undefined ? '' : `${CONTAINER_WORDS[container.kind]} ${container.name} of `;
  const more = names.length - MOST_PODS;
  const pods = `${names.slice(0, MOST_PODS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return names.length === 1 ? `${what}pod ${pods}` : `${what}${names.length} pods: ${pods}`;
}

function stateOf(failure: PullFailure): string {
  const { observedAt, tries, firstFailedAt, reason, workload } = failure;
  const parts = [failure.state === 'stalled' ? 'still pulling, nothing failed yet' : (reason ?? 'failing')];
  if (failure.state === 'failing' && tries > 1) parts.push(`${tries} tries`);
  if (firstFailedAt !== undefined) parts.push(`since ${formatInstant(firstFailedAt, observedAt)}`);
  if (workload?.desired !== undefined && workload.available !== undefined && workload.kind !== 'Pod') {
    parts.push(`${workload.available} of ${workload.desired} pods of the ${workload.kind} available`);
  }
  return parts.join(', ');
}

function evidenceOf(finding: Finding, now: Instant): readonly string[] {
  return finding.evidence.slice(0, MOST_EVIDENCE).map((evidence) => formatEvidence(evidence, now));
}

/** The error itself, where no evidence quotes it already. */
function runtimeWords({ error }: PullFailure, best: Finding): readonly string[] {
  const words = plain(redact(error.text));
  // Evidence may be clipped at either end.
  const isQuoted = best.evidence.some(({ text }) =>
    [words.slice(0, 60), words.slice(-60)].some((part) => plain(text).includes(part)),
  );
  return words === '' || isQuoted ? [] : [words.length > 600 ? `${words.slice(0, 600)}…` : words];
}

function alternative(finding: Finding, now: Instant): string {
  const [evidence] = finding.evidence;
  const why = evidence === undefined ? '' : `: ${formatEvidence(evidence, now)}`;
  return `${finding.phrase} (${finding.causeId}, ${finding.confidence})${why}`;
}

/** What is not known, once each, with the command that tells it. */
function gapsOf(
  group: readonly Diagnosis[],
): readonly { readonly title: string; readonly commands: readonly string[] }[] {
  const gaps = new Map(
    group.flatMap(({ failure }) => failure.gaps.map((gap) => [`${gap.what}: ${gap.why}`, gap] as const)),
  );
  const commands = ({ command }: Gap) => (command === undefined ? [] : [command]);
  return [...gaps].slice(0, MOST_GAPS).map(([title, gap]) => ({ title, commands: commands(gap) }));
}

/** `text (source, time)`: what is known, from where and when. */
function formatEvidence({ text, source, at }: Evidence, now: Instant): string {
  return `${text} (${source}${at === undefined ? '' : `, ${formatInstant(at, now)}`})`;
}

/** UTC, with the date only where it is not that of `now`. */
function formatInstant(at: Instant, now: Instant): string {
  const iso = toIso(at);
  return iso.slice(0, 10) === toIso(now).slice(0, 10)
    ? `${iso.slice(11, 19)}Z`
    : `${iso.slice(0, 10)} ${iso.slice(11, 16)}Z`;
}

/** Times beyond what a Date holds come from files that nobody checked. */
function toIso(at: Instant): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '????-??-??T??:??:??' : date.toISOString();
}
