import type { Instant } from '../../domain/instant.ts';
import type { SlackBlock } from '../../ports/chat.ts';
import type { IncidentView } from '../incident-view.ts';
import { nameOf, type SecretRepairView } from '../repair-view.ts';
import { formatDuration, formatTime } from '../times.ts';
import { section } from './blocks.ts';
import { escapeText, inlineCode } from './escape.ts';

const SECRETS_SHOWN = 4;
const WHY_MAX = 600;
/** Below this an age is told in seconds: what is waited for takes moments. */
const EXACT_MS = 180_000;

/** What pullmedic did by itself: what, when, allowed by which policy, as whom; where it did not help, what to do. */
export function repairBlock({ repair }: IncidentView, now: Instant): SlackBlock | undefined {
  if (repair === undefined) return undefined;
  const shown = repair.secrets.slice(0, SECRETS_SHOWN);
  const more = repair.secrets.length - shown.length;
  const lines = shown.map((secret) => describe(secret, repair.state === 'proven', now));
  if (more > 0) lines.push(`and ${more} more`);
  return section(`*Did* ${lines.join('\n')}`);
}

function describe(secret: SecretRepairView, isProven: boolean, now: Instant): string {
  const name = inlineCode(nameOf(secret), 140);
  const { state, endedAt, askedAt, target, identity } = secret;
  const allowed = `Allowed by target ${inlineCode(target, 80)} (mode auto), as ${inlineCode(identity, 140)}.`;
  const at = formatTime(endedAt ?? askedAt, now);
  switch (state) {
    case 'written': {
      const how = secret.wasMissing ? `created secret ${name}` : `refreshed secret ${name} in place`;
      const others = secret.wasMissing ? '' : ', other registries in it untouched';
      const end = secret.expiresAt === undefined ? '' : ` The new token ends at ${formatTime(secret.expiresAt, now)}.`;
      return `${at} ${how}${others}.${retried(secret)}${isProven ? '' : notYet(secret, now)}${end} ${allowed}`;
    }
    case 'fresh':
      return `${at} asked for a refresh of secret ${name}: it held a fresh token already.${notYet(secret, now)}`;
    case 'asked':
      return `${at} asked for a refresh of secret ${name}, which has not answered yet: see the log of secret-refresh. ${allowed}`;
    case 'failed':
      return `${at} tried to refresh secret ${name} and did not write it: ${escapeText(secret.why ?? '', WHY_MAX)}. ${allowed}`;
    case 'held-back':
      return heldBack(secret, name, at, now);
  }
}

function retried({ retriedPods = 0 }: SecretRepairView): string {
  if (retriedPods === 0) return '';
  const what =
    retriedPods === 1
      ? '1 pod that never started (its controller replaces it)'
      : `${retriedPods} pods that never started (their controllers replace them)`;
  return ` Deleted ${what}.`;
}

/** The time is left out of what edits are compared by (`hashContent`): it is of the moment of writing. */
function notYet({ endedAt, askedAt, why }: SecretRepairView, now: Instant): string {
  const ageMs = now - (endedAt ?? askedAt);
  const age = ageMs < EXACT_MS ? `${Math.round(ageMs / 1_000)} s` : formatDuration(ageMs);
  if (why !== undefined) return ` That was ${age} before this was written: ${escapeText(why, WHY_MAX)}.`;
  return ` That was ${age} before this was written, and has not helped yet: the kubelet tries again within 5 minutes, a new pod at once.`;
}

function heldBack({ revertedBy, heldUntil, why }: SecretRepairView, name: string, at: string, now: Instant): string {
  if (revertedBy === undefined) return `${at} left secret ${name} alone: ${escapeText(why ?? '', WHY_MAX)}.`;
  const until = heldUntil === undefined ? '' : ` before ${formatTime(heldUntil, now)}`;
  return `${at} refreshed secret ${name}, and ${inlineCode(revertedBy, 80)} put an expired token back _(managedFields)_. It is not written again${until}. Stop ${inlineCode(revertedBy, 80)}, or take the secret out of its target.`;
}
