import type { Evidence, Finding, Fix } from '../../domain/finding.ts';
import { namespacesOf } from '../../domain/incident/members-in.ts';
import { muteInForce } from '../../domain/incident/mute-in-force.ts';
import { isUnderWay } from '../../domain/incident/remedy-runs.ts';
import type { Member } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Gap } from '../../domain/pull-failure.ts';
import type { ChatMessage, SlackBlock } from '../../ports/chat.ts';
import { countOf, firstLine } from '../first-line.ts';
import type { WorkloadHarm } from '../harm.ts';
import type { IncidentView } from '../incident-view.ts';
import { NO_BUTTONS, type OfferButtons } from '../offer-buttons.ts';
import { formatDuration, formatTime } from '../times.ts';
import { context, hashContent, hashText, headline, section } from './blocks.ts';
import { codeBlock, escapeText, inlineCode, link, mention } from './escape.ts';
import { fitMessage } from './limits.ts';
import { actionsBlock } from './render-actions.ts';
import { lackBlock, marksBlock } from './render-marks.ts';
import { repairBlock } from './render-repair.ts';
import { leftByRuns, runsBlock } from './render-runs.ts';

const EVIDENCE_SHOWN = 4;
const GAPS_SHOWN = 3;
const FIXES_NOW_SHOWN = 2;
const FIXES_LASTING_SHOWN = 1;
const COMMANDS_SHOWN = 2;
const COMMAND_MAX = 500;
const NAMESPACES_SHOWN = 5;

/** An incident's one message, and what it is compared by. */
export interface RenderedIncident {
  readonly message: ChatMessage;
  /** `<hash of the substance>.<hash of everything>`: only counts changed when the first half is equal. */
  readonly contentHash: string;
}

/** The message as it should stand in this channel now. Always valid by Slack's limits; the cause comes first. */
export function renderIncident(view: IncidentView, now: Instant, buttons: OfferButtons = NO_BUTTONS): RenderedIncident {
  const line = firstLine(view);
  // On a phone the evidence fills the screen: what to press stands before it, as long as something is to be pressed.
  const pressable = [
    lackBlock(view, buttons),
    actionsBlock(view, buttons, muteInForce(view.incident, now) !== undefined),
  ];
  const blocks = [
    headline(line),
    context([...summary(view, now), `as of ${formatTime(now, now)}`]),
    context([
      view.mention === undefined ? undefined : mention(view.mention),
      view.audience.runbook === undefined ? undefined : link(view.audience.runbook, 'Runbook'),
    ]),
    marksBlock(view, now),
    ...(view.ending === undefined ? pressable : []),
    ...why(view, now),
    repairBlock(view, now),
    who(view),
    ...(view.ending === undefined ? [gapsOf(view), ...fixesOf(view)] : leftToDo(view)),
    ...(view.ending === undefined ? [] : pressable),
  ].filter((block) => block !== undefined);
  const message = fitMessage({ text: line.text, blocks });
  return { message, contentHash: `${hashText(substanceOf(view, buttons))}.${hashContent(message)}` };
}

/** What a reader must know at once when it changes; everything else may wait for the next edit of counts. */
function substanceOf(view: IncidentView, buttons: OfferButtons): string {
  const lead = view.failing[0];
  return JSON.stringify([
    view.dot,
    view.ending,
    view.best.causeId,
    view.best.detail,
    view.best.confidence,
    view.best.phrase,
    view.maybeYetUntil !== undefined,
    lead?.key,
    lead?.harm,
    view.failing.length > 1,
    view.mention,
    view.repair?.state,
    view.repair?.secrets[0]?.state,
    view.runs.map(({ offerId, state }) => [offerId, state]),
    view.watchedUntil,
    view.incident.taken?.by.userId,
    view.incident.muted?.until,
    buttons.acting.map(({ offerId }) => offerId),
    buttons.undo?.offerId,
  ]);
}

function summary(view: IncidentView, now: Instant): readonly (string | undefined)[] {
  const { incident } = view;
  if (view.ending !== undefined) {
    const ended = incident.endedAt ?? incident.changedAt;
    return [
      `failed from ${formatTime(incident.firstFailedAt, now)} to ${formatTime(ended, now)} (${formatDuration(ended - incident.firstFailedAt)})`,
      view.ending === 'superseded' ? 'what happens there now is another matter' : undefined,
      spread(view.workloads),
    ];
  }
  if (view.failing.length === 0) return [`failed from ${formatTime(incident.firstFailedAt, now)} on, no pod fails now`];
  return [
    `${countOf(view.failingPods, 'pod')} cannot start since ${formatTime(incident.firstFailedAt, now)}`,
    spread(view.failing),
    comfort(view),
  ];
}

function spread(workloads: readonly WorkloadHarm[]): string | undefined {
  const namespaces = namespacesOf(workloads);
  if (workloads.length < 2) return undefined;
  const named = namespaces.slice(0, NAMESPACES_SHOWN).map((name) => escapeText(name, 63));
  const more = namespaces.length > named.length ? ` and ${namespaces.length - named.length} more` : '';
  return `${countOf(workloads.length, 'workload')} in ${countOf(namespaces.length, 'namespace')}: ${named.join(', ')}${more}`;
}

function comfort(view: IncidentView): string | undefined {
  if (view.failing.length === 0) return undefined;
  if (view.failing.every(({ harm }) => harm === 'stuck')) return 'nothing is down, this can wait for its owner';
  if (view.failing.every(({ harm }) => harm === 'aside')) return 'nobody waits for it';
  const down = view.failing.filter(({ harm }) => harm === 'down' || harm === 'never-served');
  return down.length > 0 && view.failing.length > 1 ? `${countOf(down.length, 'workload')} serve nobody` : undefined;
}

function why(view: IncidentView, now: Instant): readonly SlackBlock[] {
  const label = view.failing.length > 0 ? '*Why*' : '*It was*';
  const best = `${label} ${explain(view.best, now)}`;
  const words = view.best.causeId === 'unknown' ? runtimeWords(view) : undefined;
  const alternatives = view.ending === undefined ? view.alternatives : [];
  return [
    section(words === undefined ? best : `${best}\nThe runtime says: ${words}`),
    // Whoever comes back to the message looks for this: it stands before what else the cause may be.
    ...[runsBlock(view, now)].filter((block) => block !== undefined),
    ...alternatives.map((finding) => section(`*Or* ${alternative(finding, view.best, now)}`)),
  ];
}

function explain(finding: Finding, now: Instant): string {
  // What was found out says more than the runtime's words, which stand in the thread in full.
  const evidence = [...finding.evidence]
    .sort((a, b) => Number(a.isQuote === true) - Number(b.isQuote === true))
    .slice(0, EVIDENCE_SHOWN);
  return [titleOf(finding), ...evidence.map((one) => `• ${evidenceText(one, now)}`)].join('\n');
}

/** Another cause that may be it: only what was not said for the best one already. */
function alternative(finding: Finding, best: Finding, now: Instant): string {
  const told = new Set(best.evidence.map(({ text }) => text));
  const evidence = finding.evidence.filter(({ text, isQuote }) => isQuote !== true && !told.has(text)).slice(0, 2);
  return [titleOf(finding), ...evidence.map((one) => `• ${evidenceText(one, now)}`)].join('\n');
}

function titleOf(finding: Finding): string {
  // That a text is not understood is no guess.
  const confidence = finding.causeId === 'unknown' ? 'certain' : finding.confidence;
  const certainty = { certain: '', likely: 'likely: ', possible: 'possibly: ' }[confidence];
  return `${certainty}${escapeText(finding.title, 150)}`;
}

/** Every piece of evidence says where it came from and when. */
export function evidenceText({ text, source, at }: Evidence, now: Instant): string {
  const when = at === undefined ? '' : `, ${formatTime(at, now)}`;
  return `${escapeText(text, 400)} _(${escapeText(source, 100).replaceAll('_', '-')}${when})_`;
}

function runtimeWords(view: IncidentView): string | undefined {
  const lead = leadMember(view);
  return lead === undefined || lead.errorText === '' ? undefined : inlineCode(lead.errorText, 300);
}

/** The member that the message speaks of first. */
export function leadMember(view: IncidentView): Member | undefined {
  const lead = view.failing[0] ?? view.workloads[0];
  return lead?.members.find(({ state }) => state === 'failing') ?? lead?.members[0];
}

function who(view: IncidentView): SlackBlock | undefined {
  const lead = leadMember(view);
  if (lead === undefined) return undefined;
  const { rollout } = lead;
  const parts = [
    view.workloads.length < 2 ? undefined : escapeText(`${lead.namespace}/${lead.workloadName}`, 130),
    inlineCode(lead.image, 160),
    rollout?.revision === undefined ? undefined : `revision ${escapeText(rollout.revision, 40)}`,
    rollout?.managedBy === undefined ? undefined : escapeText(rollout.managedBy, 100),
    rollout?.imageSetBy === undefined ? undefined : `image set by ${inlineCode(rollout.imageSetBy, 60)}`,
    rollout?.previousImage === undefined || rollout.previousImage === lead.image
      ? undefined
      : `before: ${inlineCode(rollout.previousImage, 160)}`,
  ].filter((part) => part !== undefined);
  const isGitOps = rollout?.managedBy !== undefined && /argo|flux/i.test(rollout.managedBy);
  const advice =
    isGitOps && view.ending === undefined ? '. Fix it in Git; a change in the cluster would be undone.' : '';
  return section(`*Who* ${parts.join(' · ')}${advice}`);
}

function gapsOf(view: IncidentView): SlackBlock | undefined {
  const gaps = distinctGaps(view);
  if (gaps.length === 0) return undefined;
  const told = gaps.slice(0, GAPS_SHOWN).map(({ what, why }) => `${escapeText(what, 200)} (${escapeText(why, 200)})`);
  const more = gaps.length > told.length ? `; ${gaps.length - told.length} more` : '';
  return section(`*Not checked* ${told.join('; ')}${more}. The commands are in the thread.`);
}

/** What could not be read, each once. */
export function distinctGaps(view: IncidentView): readonly Gap[] {
  const seen = new Map<string, Gap>();
  for (const { members } of view.failing) {
    for (const gap of members.flatMap(({ gaps }) => gaps)) seen.set(`${gap.what}\n${gap.why}`, gap);
  }
  return [...seen.values()];
}

/** The first ones; the thread has them all. */
function fixesOf(view: IncidentView): readonly SlackBlock[] {
  // What is being proven needs nothing more now, and what was put back would be put back again.
  const isTried =
    view.watchedUntil !== undefined || isPutBack(view) || view.runs.some((run) => isUnderWay(run, view.runs));
  const now = isTried ? [] : view.best.fixes.filter(({ kind }) => kind === 'now').slice(0, FIXES_NOW_SHOWN);
  const lasting = view.best.fixes.filter(({ kind }) => kind === 'lasting').slice(0, FIXES_LASTING_SHOWN);
  return [...now.map((fix) => fixBlock('Fix now', fix)), ...lasting.map((fix) => fixBlock('Lasting', fix))];
}

function isPutBack({ runs }: IncidentView): boolean {
  // A silence after it changes nothing of that.
  return runs.findLast(({ remedyId }) => remedyId !== 'silence-alert')?.state === 'put-back';
}

function leftToDo(view: IncidentView): readonly SlackBlock[] {
  if (view.ending !== 'recovered') return [];
  if (view.repair !== undefined) {
    return [section('*Left to do* Find out why it got that far: the secrets of targets are renewed on a schedule.')];
  }
  const left = leftByRuns(view);
  if (left !== undefined) return [left];
  const lasting = view.best.fixes.filter(({ kind }) => kind === 'lasting').slice(0, 1);
  return lasting.map((fix) => fixBlock('Left to do', fix));
}

/** A command that does not fit is not cut: half a command is worse than none. */
function fixBlock(label: string, fix: Fix): SlackBlock {
  const shown = fix.commands.filter((command) => command.length <= COMMAND_MAX).slice(0, COMMANDS_SHOWN);
  const more = shown.length < fix.commands.length ? '\n_More commands are in the thread._' : '';
  const code = shown.length === 0 ? '' : `\n${codeBlock(shown.join('\n'), COMMAND_MAX * COMMANDS_SHOWN + 10)}`;
  return section(`*${label}* ${escapeText(fix.title, 300)}${code}${more}`);
}
