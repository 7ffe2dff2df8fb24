import type { Evidence, Finding, Fix } from '../../shared/domain/finding.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import type { ContainerKind, Gap, PullFailure } from '../../shared/domain/pull-failure.ts';
import { redact } from '../../shared/domain/redact.ts';
import { plain, wrap, wrapCommand } from './text-layout.ts';

/** A failing container and what the causes said, best first. */
export interface Diagnosis {
  readonly failure: PullFailure;
  readonly findings: readonly Finding[];
}

export interface ReportStyle {
  /** At most 80 are used: longer lines read badly. */
  readonly columns: number;
  readonly hasColours: boolean;
}

const WIDEST = 80;
/** Names of pods that one report lists; the rest is counted. */
const MOST_PODS = 5;
const MOST_EVIDENCE = 6;
const MOST_GAPS = 6;

/** The report for people: one block for each failing container, pods of one workload with one cause together. */
export function renderReport(diagnoses: readonly Diagnosis[], style: ReportStyle): string {
  const paint = painter(style.hasColours);
  const width = Math.max(40, Math.min(style.columns, WIDEST));
  return groupDiagnoses(diagnoses)
    .map((group) => renderGroup(group, width, paint).join('\n'))
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

type Paint = Readonly<Record<'bold' | 'dim' | 'red' | 'cyan', (text: string) => string>>;

function painter(hasColours: boolean): Paint {
  const with_ = (code: number) => (text: string) => (hasColours ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { bold: with_(1), dim: with_(2), red: with_(31), cyan: with_(36) };
}

function renderGroup(group: readonly Diagnosis[], width: number, paint: Paint): readonly string[] {
  const [first] = group;
  const best = first?.findings[0];
  if (first === undefined || best === undefined) return [];
  const { failure, findings } = first;
  const now = failure.observedAt;
  return [
    ...wrap(`${subjectOf(failure)}: ${best.phrase}`, width).map((line) => paint.bold(paint.red(line))),
    ...field(
      'cause',
      `${best.causeId}${best.detail === undefined ? '' : ` (${best.detail})`}, ${best.confidence}`,
      width,
    ),
    ...field('image', failure.imageText ?? 'not known', width),
    ...field('where', whereOf(group), width),
    ...field('state', stateOf(failure), width),
    ...section('Why', evidenceOf(best, now), width, paint),
    ...section('The runtime says', runtimeWords(failure, best), width, paint),
    ...section(
      'Also possible',
      findings.slice(1, 4).map((other) => alternative(other, now)),
      width,
      paint,
    ),
    ...steps(
      'Fix',
      best.fixes.filter(({ kind }) => kind === 'now'),
      width,
      paint,
    ),
    ...steps(
      'So that it does not come back',
      best.fixes.filter(({ kind }) => kind === 'lasting'),
      width,
      paint,
    ),
    ...gapsOf(group, width, paint),
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
function gapsOf(group: readonly Diagnosis[], width: number, paint: Paint): readonly string[] {
  const gaps = new Map(
    group.flatMap(({ failure }) => failure.gaps.map((gap) => [`${gap.what}: ${gap.why}`, gap] as const)),
  );
  const commands = ({ command }: Gap) => (command === undefined ? [] : [command]);
  const items = [...gaps].slice(0, MOST_GAPS).map(([title, gap]) => ({ title, commands: commands(gap) }));
  return steps('Not known', items, width, paint);
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

function field(name: string, value: string, width: number): readonly string[] {
  const [head = '', ...rest] = wrap(value, width - 9);
  return [`  ${name.padEnd(7)}${head}`, ...rest.map((line) => `         ${line}`)];
}

function section(title: string, items: readonly string[], width: number, paint: Paint): readonly string[] {
  if (items.length === 0) return [];
  return [
    `  ${paint.bold(title)}`,
    ...items.flatMap((item) => wrap(item, width - 6).map((line, i) => `    ${i === 0 ? '- ' : '  '}${line}`)),
  ];
}

function steps(
  title: string,
  items: readonly Pick<Fix, 'title' | 'commands'>[],
  width: number,
  paint: Paint,
): readonly string[] {
  if (items.length === 0) return [];
  return [
    `  ${paint.bold(title)}`,
    ...items.flatMap((fix) => [
      ...wrap(fix.title, width - 6).map((line, i) => `    ${i === 0 ? '- ' : '  '}${line}`),
      ...fix.commands.flatMap((command) => wrapCommand(command, width - 6).map((line) => `      ${paint.cyan(line)}`)),
    ]),
  ];
}
