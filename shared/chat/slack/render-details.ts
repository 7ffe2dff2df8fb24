import type { Member } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { ChatMessage, SlackBlock } from '../../ports/chat.ts';
import { wordedLine } from '../first-line.ts';
import type { IncidentView } from '../incident-view.ts';
import { formatTime } from '../times.ts';
import { hashContent, headline, section } from './blocks.ts';
import { codeBlock, escapeText, inlineCode } from './escape.ts';
import { fitMessage } from './limits.ts';
import { distinctGaps, evidenceText, leadMember } from './render-incident.ts';

const WORDS_MAX = 1_800;
const PODS_SHOWN = 10;
const WORKLOADS_SHOWN = 15;
const COMMANDS_SHOWN = 6;
const GAPS_SHOWN = 6;
const ALERTS_SHOWN = 8;

/** The thread's standing reply: the runtime's words, events, pods and exact commands. Edited in place. */
export function renderDetails(
  view: IncidentView,
  now: Instant,
): { readonly message: ChatMessage; readonly contentHash: string } {
  const line = wordedLine(view, 'details: what the runtime said, pods, events, commands');
  const lead = leadMember(view);
  const blocks = [
    headline(line),
    assumption(view),
    ...(lead === undefined ? [] : [words(lead), pods(lead, now), events(lead, now)]),
    evidence(view, now),
    commands(view),
    gaps(view),
    workloads(view),
    alerts(view, now),
    section(`About this cause: ${inlineCode(view.best.docs, 120)} · incident ${inlineCode(view.incident.id, 80)}`),
  ].filter((block) => block !== undefined);
  const message = fitMessage({ text: line.text, blocks });
  return { message, contentHash: hashContent(message) };
}

function assumption(view: IncidentView): SlackBlock | undefined {
  if (!view.incident.isClusterAssumed) return undefined;
  return section(
    `*Cluster assumed* the alert named no cluster that is configured, so ${inlineCode(view.incident.cluster, 80)}, the only one, was taken.`,
  );
}

function words(member: Member): SlackBlock | undefined {
  if (member.errorText === '') return undefined;
  const reason = member.reason === undefined ? '' : ` ${inlineCode(member.reason, 60)}`;
  return section(
    `*The runtime’s words*${reason}, container ${inlineCode(member.container, 63)}, redacted\n${codeBlock(member.errorText, WORDS_MAX)}`,
  );
}

function pods(member: Member, now: Instant): SlackBlock | undefined {
  if (member.pods.length === 0) return undefined;
  const shown = member.pods.slice(0, PODS_SHOWN).map(({ name, node, since }) => {
    const where = node === undefined ? '' : ` on ${inlineCode(node, 80)}`;
    const when = since === undefined ? '' : ` since ${formatTime(since, now)}`;
    return `• ${inlineCode(name, 120)}${where}${when}`;
  });
  const rest = member.failingPods - shown.length;
  const tries = member.tries > 0 ? `, ${member.tries} failed tries seen` : '';
  const heading = `*Pods* ${member.failingPods} of ${inlineCode(`${member.namespace}/${member.workloadName}`, 140)}${tries}`;
  return section([heading, ...shown, ...(rest > 0 ? [`• and ${rest} more`] : [])].join('\n'));
}

function events(member: Member, now: Instant): SlackBlock | undefined {
  if (member.events.length === 0) return undefined;
  const shown = member.events.map(({ reason, message, count, lastAt }) => {
    const when = lastAt === undefined ? '' : `, last ${formatTime(lastAt, now)}`;
    return `• ${escapeText(reason, 60)} ×${count}${when}: ${inlineCode(message, 220)}`;
  });
  return section(['*Events* of the newest failing pod', ...shown].join('\n'));
}

function evidence(view: IncidentView, now: Instant): SlackBlock | undefined {
  const shown = view.best.evidence.slice(0, 8).map((one) => `• ${evidenceText(one, now)}`);
  return shown.length === 0 ? undefined : section(['*How it is known*', ...shown].join('\n'));
}

function commands(view: IncidentView): SlackBlock | undefined {
  const all = view.best.fixes.flatMap((fix) => [`# ${fix.title}`, ...fix.commands]);
  if (all.length === 0) return undefined;
  const fitting = all.filter((command) => command.length <= 800).slice(0, COMMANDS_SHOWN * 2);
  return section(`*What helps, with exact commands*\n${codeBlock(fitting.join('\n'), 2_400)}`);
}

function gaps(view: IncidentView): SlackBlock | undefined {
  const shown = distinctGaps(view).slice(0, GAPS_SHOWN);
  if (shown.length === 0) return undefined;
  const lines = shown.map(({ what, why, command }) => {
    const how = command === undefined ? '' : `\n${codeBlock(command, 400)}`;
    return `• ${escapeText(what, 200)}: ${escapeText(why, 200)}${how}`;
  });
  return section(['*Could not be checked*', ...lines].join('\n'));
}

function workloads(view: IncidentView): SlackBlock | undefined {
  if (view.workloads.length < 2) return undefined;
  const shown = view.workloads.slice(0, WORKLOADS_SHOWN).map((workload) => {
    const pods = workload.state === 'failing' ? `${workload.failingPods} failing` : workload.state;
    const image = workload.members[0]?.image ?? '';
    return `• ${escapeText(`${workload.namespace}/${workload.name}`, 130)} (${workload.kind}): ${pods}, ${inlineCode(image, 100)}`;
  });
  const rest = view.workloads.length - shown.length;
  return section(['*All workloads*', ...shown, ...(rest > 0 ? [`• and ${rest} more`] : [])].join('\n'));
}

function alerts(view: IncidentView, now: Instant): SlackBlock | undefined {
  if (view.alerts.length === 0) return undefined;
  const shown = view.alerts.slice(0, ALERTS_SHOWN).map(({ name, status, startsAt }) => {
    const when = startsAt === undefined ? '' : ` since ${formatTime(startsAt, now)}`;
    return `${escapeText(name, 80)} ${status}${when}`;
  });
  const rest = view.alerts.length - shown.length;
  return section(`*Alerts seen* ${shown.join(' · ')}${rest > 0 ? ` · and ${rest} more` : ''}`);
}
