import type { RemedyRun } from '../../domain/remedy/run.ts';
import type { SlackBlock } from '../../ports/chat.ts';
import type { DialogView } from '../../ports/dialogs.ts';
import { clip } from '../plain-text.ts';
import { DIALOGS } from './action-ids.ts';
import { section } from './blocks.ts';
import { type DialogState, writeDialogState } from './dialog-state.ts';
import { codeBlock, escapeText, mention } from './escape.ts';
import { clipMrkdwn, SLACK_LIMITS } from './limits.ts';
import { VIEW_LIMITS } from './view-limits.ts';

/** A sentence or two; longer texts are cut, and end so. */
const SENTENCE_MAX = 2_500;
/** People and groups that a dialog names. */
const IDS_SHOWN = 40;

/** Opened at once after a click: the exact plan takes a moment. */
export function renderChecking(state: DialogState): DialogView {
  return {
    title: 'Checking…',
    blocks: [section('Checking what this would change now. Nothing was changed yet.')],
    submit: undefined,
    close: 'Cancel',
    callbackId: DIALOGS.remedy,
    state: writeDialogState(state),
  };
}

/** Why it was not done, who may, and how to allow it. */
export function renderDenied(denial: {
  readonly why: string;
  /** In words. */
  readonly whoMay: string;
  /** The same as ids. */
  readonly may: {
    readonly users: readonly string[];
    readonly userGroups: readonly string[];
    readonly channels: readonly string[];
  };
  /** YAML to copy. */
  readonly howTo: string;
}): DialogView {
  const { users, userGroups, channels } = denial.may;
  const shown = [...[...users, ...userGroups].map(mention), ...channels.map((id) => `everybody in <#${id}>`)];
  const more = shown.length > IDS_SHOWN ? ` and ${shown.length - IDS_SHOWN} more` : '';
  const who = shown.length === 0 ? escapeText(denial.whoMay) : `${shown.slice(0, IDS_SHOWN).join(', ')}${more}`;
  return infoDialog('Not allowed', [
    said(`${asSentence(denial.why)} Nothing was changed.`),
    fitted(`*Who may* ${who}`),
    section(`*How to allow it*, in \`pullmedic.yaml\``),
    fitted(codeBlock(denial.howTo, SENTENCE_MAX)),
  ]);
}

/** Anything that one sentence tells. */
export function renderTold(sentence: string, title = 'Nothing was done'): DialogView {
  return infoDialog(title, [said(sentence)]);
}

/** After the confirmation. */
export function renderWorking(options: {
  /** As on the button: `Roll back to v1.2.2`. */
  readonly label?: string | undefined;
  /** It was confirmed and could not be handed on at once. */
  readonly isLate?: boolean;
}): DialogView {
  const { label, isLate = false } = options;
  const what = label === undefined ? 'Working…' : `Working: ${label}.`;
  const when = isLate
    ? 'The queue did not take it at once: it begins within about a minute, by itself. Do not press again.'
    : 'It takes some seconds.';
  return infoDialog('Working…', [
    said(`${what} ${when}`),
    said('The message tells what was done and whether it helped. You may close this.'),
  ]);
}

/** How one use of a remedy ended, or stands. */
export function renderEnded(run: Pick<RemedyRun, 'label' | 'state' | 'did' | 'why'>): DialogView {
  const { title, sentence } = endingOf(run);
  const did = run.did.length === 0 ? [] : [said(`Done: ${run.did.join(' · ')}`)];
  return infoDialog(title, [said(sentence), ...did]);
}

function endingOf({ label, state, why, did }: Pick<RemedyRun, 'label' | 'state' | 'did' | 'why'>): {
  readonly title: string;
  readonly sentence: string;
} {
  const because = why === undefined ? '' : ` ${asSentence(why)}`;
  switch (state) {
    case 'applying':
      return { title: 'Working…', sentence: `${label}: under way.${because}` };
    case 'applied':
      return { title: 'Done', sentence: `${label}: done. The message tells whether it helped.${because}` };
    case 'verified':
      return { title: 'It helped', sentence: `${label}: done, and the pods run.${because}` };
    case 'no-help':
      return { title: 'It did not help', sentence: `${label}: done, and it did not help.${because}` };
    case 'put-back':
      return { title: 'It was put back', sentence: `${label}: done, and somebody else put it back.${because}` };
    case 'stopped': {
      const rest = did.length === 0 ? 'Nothing was changed.' : 'What was done before that stands.';
      return { title: 'Stopped', sentence: `${label}: stopped.${because} ${rest}` };
    }
  }
}

/** A dialog from which nothing comes back. */
export function infoDialog(title: string, blocks: readonly SlackBlock[]): DialogView {
  return {
    title: clip(title, VIEW_LIMITS.label),
    blocks,
    submit: undefined,
    close: 'Close',
    callbackId: DIALOGS.info,
    state: '{}',
  };
}

/** Words of ours or of a cluster as a paragraph that can neither ping nor link. */
export function said(text: string): SlackBlock {
  return fitted(escapeText(text, SENTENCE_MAX));
}

function fitted(mrkdwn: string): SlackBlock {
  return section(clipMrkdwn(mrkdwn, SLACK_LIMITS.sectionText));
}

function asSentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
