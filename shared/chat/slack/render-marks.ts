import { muteInForce } from '../../domain/incident/mute-in-force.ts';
import type { Instant } from '../../domain/instant.ts';
import type { SlackBlock } from '../../ports/chat.ts';
import type { IncidentView } from '../incident-view.ts';
import type { OfferButtons } from '../offer-buttons.ts';
import { formatTime } from '../times.ts';
import { context } from './blocks.ts';
import { escapeText } from './escape.ts';

const NAME_MAX = 80;

/** What people made of the message: who is on it, who muted it until when. */
export function marksBlock(view: IncidentView, now: Instant): SlackBlock | undefined {
  return context([taken(view, now), muted(view, now)]);
}

/** Why there is no button that acts, and how to allow one. */
export function lackBlock({ ending }: IncidentView, { lack }: OfferButtons): SlackBlock | undefined {
  if (lack === undefined || ending !== undefined) return undefined;
  return context([
    lack === 'advise-only'
      ? 'No buttons that act: `policy.mode` is `advise`'
      : 'No buttons that act: no rule under `policy` in the configuration lets anybody here (docs/remedies.md)',
  ]);
}

function taken({ incident, ending }: IncidentView, now: Instant): string | undefined {
  if (incident.taken === undefined || ending !== undefined) return undefined;
  const { by, at } = incident.taken;
  return `${escapeText(by.name, NAME_MAX)} is on it since ${formatTime(at, now)}`;
}

function muted({ incident }: IncidentView, now: Instant): string | undefined {
  const mute = muteInForce(incident, now);
  if (mute === undefined) return undefined;
  return `muted by ${escapeText(mute.by.name, NAME_MAX)} until ${formatTime(mute.until, now)}: only this message is edited, also when it gets worse`;
}
