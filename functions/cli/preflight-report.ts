import type { Evidence, Fix } from '../../shared/domain/finding.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import type { Breaks } from '../../shared/domain/preflight/breaks.ts';
import type { AffectedWorkload, PreflightFinding } from '../../shared/domain/preflight/finding.ts';
import type { PreflightReport } from '../../shared/domain/preflight/report.ts';
import { createLayout, type LayoutStyle, painter, widthOf } from './layout.ts';
import { expiryWords } from './secrets.ts';
import { plain, wrap } from './text-layout.ts';

const EVIDENCE_SHOWN = 3;
const GAPS_SHOWN = 8;
const WORKLOADS_SHOWN = 5;
/** `new node`, `in 120 min`. */
const WHEN_WIDTH = 10;
/** Where lines under a row begin. */
const INDENT = 9;

/** The report for people: what breaks first stands first, each with its workload, reason, proof and fix. */
export function renderPreflight(report: PreflightReport, style: LayoutStyle): string {
  const { findings, observedAt } = report;
  const layout = createLayout(style);
  const { bold } = painter(style);
  const width = widthOf(style);
  const rows = findings.flatMap((finding) => renderFinding(finding, observedAt, style));
  return [
    ...wrap(headOf(report), width).map((line) => bold(line)),
    ...(rows.length === 0 ? [] : ['', tableHead(width), ...rows]),
    ...gapsOf(report, layout),
    '',
    ...wrap(checkedWords(report), width),
  ]
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** What was looked at, in words: on a cluster without findings that is the answer. */
export function checkedWords({ checked, observedAt }: PreflightReport): string {
  const { workloads, images, registries, nodes, secrets, answered, questions } = checked;
  const at = new Date(observedAt).toISOString().replace(/\.\d+Z$/, 'Z');
  const parts = [
    count(workloads, 'workload'),
    `${count(images, 'image')} in ${registries === 1 ? '1 registry' : `${registries} registries`}`,
    count(secrets, 'pull secret'),
    count(nodes, 'node'),
  ];
  return `Checked: ${parts.join(', ')}; ${answered} of ${count(questions, 'registry question')} answered, as of ${at}.`;
}

function headOf({ findings, observedAt, cluster }: PreflightReport): string {
  const where = cluster === undefined ? '' : ` on ${cluster}`;
  if (findings.length === 0) return `Nothing was found${where} that would fail at the next pull.`;
  const of = (kind: Breaks['kind']) => findings.filter(({ breaks }) => breaks.kind === kind).length;
  const soonest = findings.find(({ breaks }) => breaks.kind === 'at');
  const when = soonest?.breaks.kind === 'at' ? expiryWords(soonest.breaks.at, observedAt) : '';
  const parts = [
    [of('now'), 'at the next start of a pod'],
    [of('at'), `by time, the first ${when}`],
    [of('next-node'), 'on any new node'],
    [of('drift'), 'may drift'],
  ] as const;
  const told = parts.flatMap(([n, words]) => (n === 0 ? [] : `${n} ${words}`));
  return `${count(findings.length, 'finding')}${where}: ${told.join(', ')}.`;
}

function tableHead(width: number): string {
  return `${'WHEN'.padEnd(WHEN_WIDTH)} ${'WORKLOAD'.padEnd(nameWidth(width))} WHY`;
}

function renderFinding(finding: PreflightFinding, now: Instant, style: LayoutStyle): readonly string[] {
  const { breaks, workloads, phrase, confidence, kind, images, evidence, fixes } = finding;
  const { bold, cyan } = painter(style);
  const width = widthOf(style);
  const names = nameLines(workloads, nameWidth(width));
  const why = wrap(phrase, width - WHEN_WIDTH - nameWidth(width) - 2);
  const lines = Array.from({ length: Math.max(names.length, why.length) }, (_, i) => {
    const when = (i === 0 ? whenWords(breaks, now) : '').padEnd(WHEN_WIDTH);
    return bold(`${when} ${(names[i] ?? '').padEnd(nameWidth(width))} ${why[i] ?? ''}`.trimEnd());
  });
  const also = workloads.slice(1, WORKLOADS_SHOWN).map(nameOf);
  const more = workloads.length - 1 - also.length;
  const fix = fixes.find((one) => one.kind === 'now') ?? fixes[0];
  return [
    ...lines,
    ...field('kind', `${kind}, ${confidence}`, width),
    ...(images.length === 0 ? [] : field('image', images.join(', '), width)),
    ...(also.length === 0 ? [] : field('also', `${also.join(', ')}${more > 0 ? ` and ${more} more` : ''}`, width)),
    ...evidence.slice(0, EVIDENCE_SHOWN).flatMap((one, i) => field(i === 0 ? 'proof' : '', proof(one, now), width)),
    ...(fix === undefined
      ? []
      : fixLines(fix, workloads[0], width).map((line) => (line.startsWith(COMMAND) ? cyan(line) : line))),
    '',
  ];
}

/** Commands are never wrapped, so that a copy of the line is the command. */
const COMMAND = ' '.repeat(INDENT + 1);

function fixLines(fix: Fix, workload: AffectedWorkload | undefined, width: number): readonly string[] {
  const owner = workload?.managedBy === undefined ? '' : ` (in Git: ${workload.managedBy} owns the workload)`;
  return [...field('fix', `${fix.title}${owner}`, width), ...fix.commands.map((command) => `${COMMAND}${command}`)];
}

function field(name: string, text: string, width: number): readonly string[] {
  return wrap(text, width - INDENT).map((line, i) => `  ${(i === 0 ? name : '').padEnd(INDENT - 2)}${line}`);
}

function proof({ text, source, at }: Evidence, now: Instant): string {
  const known = at === undefined || Math.abs(at - now) < 60_000 ? '' : `, ${new Date(at).toISOString().slice(0, 16)}Z`;
  return `${text} (${source}${known})`;
}

function gapsOf({ gaps }: PreflightReport, layout: ReturnType<typeof createLayout>): readonly string[] {
  if (gaps.length === 0) return [];
  const shown = gaps.slice(0, GAPS_SHOWN).map(({ what, why, command }) => ({
    title: `${what}: ${why}`,
    commands: command === undefined ? [] : [command],
  }));
  const more = gaps.length - shown.length;
  const rest = more > 0 ? [{ title: `and ${more} more: --json lists them`, commands: [] }] : [];
  return [...layout.steps('Not checked', [...shown, ...rest])];
}

function whenWords(breaks: Breaks, now: Instant): string {
  switch (breaks.kind) {
    case 'now':
      return 'now';
    case 'at':
      return expiryWords(breaks.at, now);
    case 'next-node':
      return 'new node';
    case 'drift':
      return 'may drift';
  }
}

/** The namespace on a line of its own where both do not fit on one. */
function nameLines(workloads: readonly AffectedWorkload[], width: number): readonly string[] {
  const [first] = workloads;
  if (first === undefined) return ['nobody'];
  const more = workloads.length === 1 ? '' : ` +${workloads.length - 1} more`;
  const name = nameOf(first);
  if (name.length <= width) return wrap(`${name}${more}`, width);
  return [...wrap(`${first.namespace}/`, width), ...wrap(`${first.name}${more}`, width)];
}

function nameOf({ namespace, name }: AffectedWorkload): string {
  return plain(`${namespace}/${name}`);
}

/** A third of the line, and no more than names need. */
function nameWidth(width: number): number {
  return Math.max(14, Math.min(36, Math.floor(width / 3)));
}

function count(n: number, noun: string): string {
  return `${n.toLocaleString('en-GB')} ${noun}${n === 1 ? '' : 's'}`;
}
