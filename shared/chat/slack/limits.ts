import type { ChatMessage, SlackBlock } from '../../ports/chat.ts';
import { clip } from '../plain-text.ts';

/** Slack's limits for a message (docs.slack.dev, block-kit reference), all in this one place. Characters = UTF-16 units. */
export const SLACK_LIMITS = {
  /** Not Slack's, ours: what a phone's notification shows. */
  textLength: 120,
  blocks: 50,
  sectionText: 3_000,
  fields: 10,
  fieldText: 2_000,
  contextElements: 10,
  actionElements: 25,
  overflowOptions: { min: 2, max: 5 },
  /** Also of the options of an overflow menu, whose values are shorter than those of buttons. */
  optionText: 75,
  optionValue: 75,
  headerText: 150,
  buttonText: 75,
  buttonValue: 2_000,
  actionId: 255,
  blockId: 255,
  /** Refused above about 13,200 characters of blocks in all, in practice; counted here as JSON, which is never less. */
  blocksLength: 13_200,
  metadataLength: 8_000,
} as const;

const MORE: SlackBlock = {
  type: 'context',
  elements: [{ type: 'mrkdwn', text: '… the rest does not fit into one message', verbatim: true }],
};

/**
 * Makes a message fit: long texts are cut without tearing an entity, a link or a code block, and blocks that do not fit
 * any more are left out from the end, which a block then says. What stands first survives, and the buttons where they
 * stand.
 */
export function fitMessage(message: ChatMessage): ChatMessage {
  const blocks = message.blocks.map(fitBlock);
  const fits = (list: readonly SlackBlock[]) =>
    list.length <= SLACK_LIMITS.blocks && JSON.stringify(list).length <= SLACK_LIMITS.blocksLength;
  const text = clip(message.text, SLACK_LIMITS.textLength);
  if (fits(blocks)) return { text, blocks };
  const isActions = ({ type }: SlackBlock) => type === 'actions';
  const kept: SlackBlock[] = [];
  for (const [index, block] of blocks.entries()) {
    const isCut = kept.includes(MORE);
    if (isActions(block)) kept.push(block);
    else if (!isCut) kept.push(fits([...kept, block, MORE, ...blocks.slice(index).filter(isActions)]) ? block : MORE);
  }
  return { text, blocks: kept };
}

/** Everything about a message that Slack would refuse or that breaks our own line; empty = valid. */
export function findLimitProblems(message: ChatMessage): readonly string[] {
  const { text, blocks } = message;
  return [
    ...over('text', text.length, SLACK_LIMITS.textLength),
    ...(text.trim() === '' ? ['text is empty'] : []),
    ...over('blocks', blocks.length, SLACK_LIMITS.blocks),
    ...over('blocks as JSON', JSON.stringify(blocks).length, SLACK_LIMITS.blocksLength),
    ...blocks.flatMap((block, index) => blockProblems(block).map((problem) => `blocks[${index}] ${problem}`)),
  ];
}

/** Cuts mrkdwn that is already escaped; closes what was open. */
export function clipMrkdwn(text: string, max: number): string {
  if (text.length <= max) return text;
  let cut = text
    .slice(0, max - 8)
    .replace(/[\ud800-\udbff]$/, '')
    .replace(/&[a-z]{0,4}$/, '');
  // A raw `<` opens a mention or link of ours; cluster text has none.
  if (cut.lastIndexOf('<') > cut.lastIndexOf('>')) cut = cut.slice(0, cut.lastIndexOf('<'));
  cut = cut.replace(/`{1,2}$/, (ticks) => (cut.endsWith('```') ? ticks : ''));
  if ((cut.match(/```/g) ?? []).length % 2 === 1) return `${cut}…\n\`\`\``;
  const outside = cut.replace(/```[\s\S]*?```/g, '');
  return (outside.match(/`/g) ?? []).length % 2 === 1 ? `${cut}…\`` : `${cut}…`;
}

function fitBlock(block: SlackBlock): SlackBlock {
  if (block.type === 'section' && isText(block['text'])) {
    return { ...block, text: { ...block['text'], text: clipMrkdwn(block['text'].text, SLACK_LIMITS.sectionText) } };
  }
  if (block.type === 'context' && Array.isArray(block['elements'])) {
    const elements = block['elements']
      .slice(0, SLACK_LIMITS.contextElements)
      .map((element: unknown) =>
        isText(element) ? { ...element, text: clipMrkdwn(element.text, SLACK_LIMITS.fieldText) } : element,
      );
    return { ...block, elements };
  }
  return block;
}

function blockProblems(block: SlackBlock): readonly string[] {
  const problems: string[] = [];
  if (isText(block['text'])) {
    problems.push(...over('text', block['text'].text.length, SLACK_LIMITS.sectionText));
    if (block['text'].text === '') problems.push('text is empty');
  } else if (block.type === 'section' && !Array.isArray(block['fields'])) {
    problems.push('has neither text nor fields');
  }
  if (block.type === 'context') {
    const elements = Array.isArray(block['elements']) ? block['elements'] : [];
    if (elements.length === 0) problems.push('has no elements');
    problems.push(...over('elements', elements.length, SLACK_LIMITS.contextElements));
    for (const element of elements) {
      if (isText(element) && element.text === '') problems.push('has an empty element');
      if (isText(element)) problems.push(...over('element', element.text.length, SLACK_LIMITS.fieldText));
    }
  }
  if (block.type === 'actions') problems.push(...actionsProblems(block['elements']));
  const id = block['block_id'];
  if (typeof id === 'string') problems.push(...over('block_id', id.length, SLACK_LIMITS.blockId));
  return problems;
}

interface ActionElement {
  readonly type?: string;
  readonly action_id?: string;
  readonly value?: string;
  readonly text?: { readonly text: string };
  readonly style?: string;
  readonly options?: readonly { readonly text: { readonly text: string }; readonly value: string }[];
}

function actionsProblems(given: unknown): readonly string[] {
  const elements = (Array.isArray(given) ? given : []) as readonly ActionElement[];
  const ids = elements.map((element) => element.action_id);
  return [
    ...(elements.length === 0 ? ['has no elements'] : []),
    ...over('elements', elements.length, SLACK_LIMITS.actionElements),
    ...(new Set(ids).size < ids.length ? ['has an action_id twice'] : []),
    ...elements.flatMap((element) => [
      ...between('action_id', element.action_id?.length ?? 0, 1, SLACK_LIMITS.actionId),
      ...(element.type === 'overflow' ? optionsProblems(element) : buttonProblems(element)),
    ]),
  ];
}

function buttonProblems({ type, text, value, style }: ActionElement): readonly string[] {
  return [
    ...(type === 'button' ? [] : [`has an element of type ${type}`]),
    ...between('button text', text?.text.length ?? 0, 1, SLACK_LIMITS.buttonText),
    ...over('button value', value?.length ?? 0, SLACK_LIMITS.buttonValue),
    ...(style === undefined || style === 'primary' || style === 'danger' ? [] : [`button style ${style}`]),
  ];
}

function optionsProblems({ options = [] }: ActionElement): readonly string[] {
  const { min, max } = SLACK_LIMITS.overflowOptions;
  return [
    ...between('options', options.length, min, max),
    ...options.flatMap(({ text, value }) => [
      ...between('option text', text.text.length, 1, SLACK_LIMITS.optionText),
      ...between('option value', value.length, 1, SLACK_LIMITS.optionValue),
    ]),
  ];
}

function between(what: string, length: number, min: number, max: number): readonly string[] {
  return length < min ? [`${what}: ${length}, at least ${min}`] : over(what, length, max);
}

function over(what: string, length: number, limit: number): readonly string[] {
  return length > limit ? [`${what}: ${length}, at most ${limit}`] : [];
}

function isText(value: unknown): value is { readonly type: string; readonly text: string } {
  return typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string';
}
