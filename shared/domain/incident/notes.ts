import type { Finding } from '../finding.ts';
import type { Incident, IncidentNote, Member } from '../incident.ts';
import type { Instant } from '../instant.ts';
import type { Verdict } from './judge-member.ts';
import { workloadKey, workloadLabel } from './member-key.ts';
import { isUnknown, slotOf } from './slot.ts';

/** Notes that an incident keeps; older ones stand in the thread already. */
const MAX_NOTES = 30;
const MAX_NAMED = 5;

/** Adds what is new; a key that is there already is never told again. */
export function addNotes(notes: readonly IncidentNote[], added: readonly IncidentNote[]): readonly IncidentNote[] {
  const keys = new Set(notes.map(({ key }) => key));
  const fresh = added.filter(({ key }) => !keys.has(key) && keys.add(key));
  return fresh.length === 0 ? notes : [...notes, ...fresh].slice(-MAX_NOTES);
}

/** The best cause is another one now, or it speaks of something else (a second bad tag). */
export function causeNote(cluster: string, before: Finding, after: Finding, at: Instant): IncidentNote | undefined {
  const [from, to] = [slotOf(cluster, before), slotOf(cluster, after)];
  if (from === to && before.causeId === after.causeId) return undefined;
  if (isUnknown(after)) return undefined;
  const kind = isUnknown(before) ? 'now-known' : 'changed-cause';
  return {
    key: shorten(`${kind}/${after.causeId}/${after.subject}`),
    at,
    kind,
    text: `${kind === 'now-known' ? 'now known' : 'the cause is another one now'}: ${after.phrase}`,
  };
}

export function joinedNotes(joined: readonly Member[], at: Instant): readonly IncidentNote[] {
  const byWorkload = new Map(joined.map((member) => [workloadKey(member), member]));
  return [...byWorkload].map(([workload, member]) => ({
    key: shorten(`joined/${workload}`),
    at,
    kind: 'joined' as const,
    text: `${workloadLabel(member)} fails for the same reason: ${count(member.failingPods, 'pod')}`,
  }));
}

export function reopenedNote(incident: Incident, failing: readonly Member[], at: Instant): IncidentNote {
  return {
    key: `reopened/${incident.revision + 1}`,
    at,
    kind: 'reopened',
    text: `fails again: ${named(failing)}`,
  };
}

export function endNote(
  incident: Incident,
  state: 'recovered' | 'superseded' | 'gone',
  members: readonly Member[],
  rolledBack: readonly { readonly member: Member; readonly image: string }[],
  at: Instant,
  isMoved = false,
): IncidentNote {
  const key = `${state}/${incident.revision + 1}`;
  if (state !== 'recovered') {
    const text =
      state === 'superseded' && isMoved
        ? `${named(members)}: told in another message from now on, with others that fail for the same reason`
        : state === 'gone'
          ? `${named(members)}: deleted or scaled to nothing`
          : `${named(members)}: no longer waiting for this image; what happens there now is another matter`;
    return { key, at, kind: 'info', text };
  }
  const running = members.filter((member) => member.state === 'running');
  const back = rolledBack.map(({ member, image }) => `${workloadLabel(member)} went back to ${image}`);
  return { key, at, kind: 'recovered', text: [`runs: ${named(running)}`, ...back].join('; ') };
}

/** The image came, and the container does not serve for another reason: said once, and the start of a time limit. */
export function pulledNote(member: Member, at: Instant): IncidentNote {
  return {
    key: pulledKey(member),
    at,
    kind: 'info',
    text: `${workloadLabel(member)}: the image is pulled now, but its container ${member.container} is not up yet`,
  };
}

export function pulledKey(member: Pick<Member, 'key'>): string {
  return shorten(`pulled/${member.key}`);
}

/** Where an image that runs again is the one from before the failing one. */
export function isRolledBack(member: Member, verdict: Verdict): boolean {
  return (
    verdict.image !== undefined && verdict.image !== member.image && verdict.image === member.rollout?.previousImage
  );
}

function named(members: readonly Member[]): string {
  const labels = [...new Set(members.map(workloadLabel))];
  const rest = labels.length - MAX_NAMED;
  return rest > 0 ? `${labels.slice(0, MAX_NAMED).join(', ')} and ${rest} more` : labels.join(', ');
}

export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** Keys stand in message metadata and in records: they stay short. */
function shorten(key: string): string {
  return key.length <= 160 ? key : `${key.slice(0, 120)}~${hash(key)}`;
}

/** FNV-1a: telling two long keys apart needs no more. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value.toString(16);
}
