import type { Applied } from '../../domain/remedy/change.ts';
import type { Plan } from '../../domain/remedy/plan.ts';
import type { RemedyId } from '../../domain/remedy/proposal.ts';
import type { SlackBlock } from '../../ports/chat.ts';
import type { DialogView } from '../../ports/dialogs.ts';
import { clip, clipMiddle } from '../plain-text.ts';
import { ACTIONS, DIALOGS } from './action-ids.ts';
import { context, plainText, section } from './blocks.ts';
import { type ChangeLines, changeLines } from './change-lines.ts';
import { writeDialogState } from './dialog-state.ts';
import { codeBlock, escapeText, inlineCode } from './escape.ts';
import { clipMrkdwn, SLACK_LIMITS } from './limits.ts';
import { nameToType } from './name-to-type.ts';
import { said } from './render-dialog.ts';
import { VIEW_LIMITS } from './view-limits.ts';

/** What a worker found out about a click, for the one who decides. */
export interface PlanDialog {
  readonly offer: { readonly id: string; readonly cluster: string };
  readonly plan: Plan;
  /** What the server said of each change, in order; `undefined` where there is no dry-run (a token, a silence). */
  readonly dryRun: readonly (Applied | undefined)[];
  readonly planHash: string;
  readonly needsTypedName: boolean;
  readonly choice: string | undefined;
  /** The rule that allows it. */
  readonly rule: string;
  /** Where the button was pressed. */
  readonly channelId: string;
}

/** A dialog's title has 24 characters. */
const TITLES: Readonly<Record<RemedyId, string>> = {
  'refresh-pull-secret': 'Refresh pull secret',
  'attach-pull-secret': 'Attach pull secret',
  'roll-back': 'Roll back',
  'pin-digest': 'Pin to digest',
  'correct-image': 'Correct the image',
  'retry-now': 'Retry now',
  'silence-alert': 'Silence the alert',
  undo: 'Undo',
};

/** Sections of the exact change; what does not fit is counted. 60 of 3,000 characters are far below a view's 250 kB. */
const DIFF_SECTIONS = 60;
const SECTION_CHARACTERS = 2_800;
const LINE_CHARACTERS = 700;
const SENTENCES = 12;

/** The exact change, whom it touches, and what to confirm it with. It cannot be confirmed where the dry-run failed. */
export function renderPlanDialog(dialog: PlanDialog): DialogView {
  const { offer, plan, dryRun, planHash, needsTypedName, choice, rule, channelId } = dialog;
  const problems = dryRun.flatMap((result, index) => problemOf(result, plan.changes[index]));
  const canConfirm = problems.length === 0;
  const typedName = needsTypedName && canConfirm ? nameToType(plan) : undefined;
  const small = context([
    `cluster ${escapeText(offer.cluster, 80)}`,
    dryRun.some((result) => result !== undefined) && canConfirm ? 'the API server accepted it in a dry-run' : undefined,
    `allowed by ${inlineCode(rule, 80)}`,
    canConfirm ? 'nothing was changed yet' : 'nothing was changed',
  ]);
  return {
    title: TITLES[plan.remedyId],
    blocks: [
      section(`*${escapeText(plan.label, 120)}*`),
      ...bullets('Whom it touches', plan.radius),
      ...bullets(':warning: Know before', plan.warnings),
      ...choiceBlocks(plan, choice),
      ...diffBlocks(plan.changes.map(changeLines)),
      ...bullets('It cannot be done now', problems),
      ...(typedName === undefined ? [] : [typedNameBlock(typedName)]),
      ...(small === undefined ? [] : [small]),
    ],
    submit: canConfirm ? clip(plan.label, VIEW_LIMITS.label) : undefined,
    close: canConfirm ? 'Cancel' : 'Close',
    callbackId: DIALOGS.remedy,
    state: writeDialogState({
      offerId: offer.id,
      channelId,
      ...(canConfirm ? { planHash, pods: plan.pods, danger: plan.danger } : {}),
      ...(choice === undefined ? {} : { choice }),
      ...(plan.choice === undefined ? {} : { shownChoice: choice ?? plan.choice }),
      ...(typedName === undefined ? {} : { typedName }),
    }),
  };
}

/** Why a change would not be taken, as a sentence. */
function problemOf(result: Applied | undefined, change: Plan['changes'][number] | undefined): readonly string[] {
  if (result === undefined || change === undefined) return [];
  const { about } = changeLines(change);
  switch (result.kind) {
    case 'done':
    case 'already':
      return [];
    case 'changed':
      return [`${about}: changed meanwhile${result.by === undefined ? '' : ` by ${result.by}`}: ${result.found}`];
    case 'gone':
      return [`${about}: not there any more`];
    case 'refused':
      return [`${about}: refused by the cluster: ${result.why}`];
    case 'denied':
      return [`${about}: ${result.why}${result.command === undefined ? '' : `. To allow it: ${result.command}`}`];
  }
}

function bullets(title: string, sentences: readonly string[]): readonly SlackBlock[] {
  if (sentences.length === 0) return [];
  const shown = sentences.slice(0, SENTENCES).map((sentence) => clip(sentence, 180));
  const more = sentences.length - shown.length;
  const lines = [...shown, ...(more > 0 ? [`and ${more} more`] : [])].map((line) => `• ${escapeText(line, 180)}`);
  return [section(clipMrkdwn(`*${title}*\n${lines.join('\n')}`, SLACK_LIMITS.sectionText))];
}

function choiceBlocks(plan: Plan, choice: string | undefined): readonly SlackBlock[] {
  const usable = plan.choices.filter(({ value }) => value !== '' && value.length <= VIEW_LIMITS.optionValue);
  const left = plan.choices.length - Math.min(usable.length, VIEW_LIMITS.options);
  if (usable.length < 2) return [];
  const options = usable.slice(0, VIEW_LIMITS.options).map(({ value, label }) => ({
    text: plainText(clipMiddle(label === '' ? value : label, VIEW_LIMITS.optionText)),
    value,
  }));
  const initial = options.find(({ value }) => value === (choice ?? plan.choice));
  return [
    {
      type: 'actions',
      block_id: DIALOGS.choiceBlock,
      elements: [
        {
          type: 'static_select',
          action_id: ACTIONS.choice,
          options,
          ...(initial === undefined ? {} : { initial_option: initial }),
        },
      ],
    },
    ...(left > 0 ? [said(`${left} more choices do not fit here: the command line in the thread takes any.`)] : []),
  ];
}

/** `- before` and `+ after` for each change, in code blocks; a change that is too long for one goes on in the next. */
function diffBlocks(changes: readonly ChangeLines[]): readonly SlackBlock[] {
  const sections: string[] = [];
  let lines: string[] = [];
  let left = 0;
  const flush = () => {
    if (lines.length > 0) sections.push(codeBlock(lines.join('\n'), SECTION_CHARACTERS));
    lines = [];
  };
  const put = (line: string) => {
    const short = clipMiddle(line, LINE_CHARACTERS);
    if (codeBlock([...lines, short].join('\n'), Infinity).length > SECTION_CHARACTERS) flush();
    if (sections.length >= DIFF_SECTIONS) left += 1;
    else lines.push(short);
  };
  for (const { about, before, after } of changes) {
    put(about);
    for (const line of before) put(`- ${line}`);
    for (const line of after) put(`+ ${line}`);
  }
  if (sections.length < DIFF_SECTIONS) flush();
  const rest = left > 0 ? [said(`and ${left} more lines, which do not fit here: all of them are in the audit.`)] : [];
  return [...sections.map((text) => section(clipMrkdwn(text, SLACK_LIMITS.sectionText))), ...rest];
}

function typedNameBlock(name: string): SlackBlock {
  return {
    type: 'input',
    block_id: DIALOGS.typedNameBlock,
    label: plainText(`Type ${name} to confirm`),
    element: { type: 'plain_text_input', action_id: 'name', placeholder: { type: 'plain_text', text: 'the name' } },
  };
}
