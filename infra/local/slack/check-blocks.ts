import { isRecord } from '../../../shared/domain/is-record.ts';
import { stableJson } from '../kubernetes/names.ts';
import type { Json } from './elements.ts';
import { SLACK_LIMITS as LIMITS } from './limits.ts';

/**
 * What Slack would say of a list of blocks: its own form, with a JSON pointer; empty = accepted.
 * @param root what holds them: nothing for a message, `/view`
 */
export function checkBlocks(blocks: unknown, most: number, root = ''): readonly string[] {
  if (!Array.isArray(blocks)) return [problem('must provide an array', `${root}/blocks`)];
  if (blocks.length > most) return [tooMany(most, `${root}/blocks`)];
  const seenIds = new Set<string>();
  return blocks.flatMap((block, index) => {
    const at = `${root}/blocks/${index}`;
    if (!isRecord(block)) return [problem('must be an object', at)];
    return [...checkId(block['block_id'], `${at}/block_id`, seenIds), ...checkBlock(block, at)];
  });
}

function checkBlock(block: Json, at: string): readonly string[] {
  switch (block['type']) {
    case 'header':
      return checkText(block['text'], LIMITS.headerCharacters, `${at}/text`, ['plain_text']);
    case 'section':
      return checkSection(block, at);
    case 'context':
      return checkContext(block, at);
    case 'actions':
      return checkActions(block, at);
    case 'divider':
      return [];
    case 'image':
      return typeof block['image_url'] === 'string' && typeof block['alt_text'] === 'string'
        ? []
        : [problem('missing required field: image_url, alt_text', at)];
    case 'input':
      return checkInput(block, at);
    case 'rich_text':
      return Array.isArray(block['elements']) ? [] : [problem('missing required field: elements', at)];
    default:
      return [problem(`unsupported type: ${String(block['type'])}`, `${at}/type`)];
  }
}

function checkSection(block: Json, at: string): readonly string[] {
  const { text, fields, accessory } = block as { text?: unknown; fields?: unknown; accessory?: unknown };
  if (text === undefined && fields === undefined) return [problem('missing required field: text or fields', at)];
  const found: string[] = [];
  if (text !== undefined) found.push(...checkText(text, LIMITS.sectionTextCharacters, `${at}/text`));
  if (fields !== undefined) {
    if (!Array.isArray(fields) || fields.length === 0) found.push(problem('must provide an array', `${at}/fields`));
    else {
      if (fields.length > LIMITS.sectionFields) found.push(tooMany(LIMITS.sectionFields, `${at}/fields`));
      found.push(...fields.flatMap((field, i) => checkText(field, LIMITS.fieldCharacters, `${at}/fields/${i}`)));
    }
  }
  if (accessory !== undefined) found.push(...checkElement(accessory, `${at}/accessory`, new Set()));
  return found;
}

function checkContext(block: Json, at: string): readonly string[] {
  const { elements } = block as { elements?: unknown };
  if (!Array.isArray(elements) || elements.length === 0) return [problem('must provide an array', `${at}/elements`)];
  if (elements.length > LIMITS.contextElements) return [tooMany(LIMITS.contextElements, `${at}/elements`)];
  return elements.flatMap((element, i) =>
    isRecord(element) && element['type'] === 'image'
      ? []
      : checkText(element, LIMITS.contextTextCharacters, `${at}/elements/${i}`),
  );
}

function checkActions(block: Json, at: string): readonly string[] {
  const { elements } = block as { elements?: unknown };
  if (!Array.isArray(elements) || elements.length === 0) return [problem('must provide an array', `${at}/elements`)];
  if (elements.length > LIMITS.actionsElements) return [tooMany(LIMITS.actionsElements, `${at}/elements`)];
  const seenIds = new Set<string>();
  return elements.flatMap((element, i) => checkElement(element, `${at}/elements/${i}`, seenIds));
}

/** Elements that hold what somebody types or chooses. */
const INPUT_ELEMENTS: readonly unknown[] = ['plain_text_input', 'static_select'];

function checkInput(block: Json, at: string): readonly string[] {
  const { element, hint } = block as { element?: unknown; hint?: unknown };
  const found = [...checkText(block['label'], LIMITS.fieldCharacters, `${at}/label`, ['plain_text'])];
  if (hint !== undefined) found.push(...checkText(hint, LIMITS.fieldCharacters, `${at}/hint`, ['plain_text']));
  if (!isRecord(element)) return [...found, problem('missing required field: element', at)];
  if (!INPUT_ELEMENTS.includes(element['type']))
    return [...found, problem(`unsupported type: ${String(element['type'])}`, `${at}/element/type`)];
  return [...found, ...checkElement(element, `${at}/element`, new Set())];
}

function checkElement(element: unknown, at: string, seenIds: Set<string>): readonly string[] {
  if (!isRecord(element)) return [problem('must be an object', at)];
  const found = [...checkId(element['action_id'], `${at}/action_id`, seenIds)];
  if (element['type'] === 'button') {
    found.push(...checkText(element['text'], LIMITS.buttonTextCharacters, `${at}/text`, ['plain_text']));
    found.push(...checkLength(element['value'], LIMITS.buttonValueCharacters, `${at}/value`));
    found.push(...checkLength(element['url'], LIMITS.urlCharacters, `${at}/url`));
    const { style } = element as { style?: unknown };
    if (style !== undefined && style !== 'primary' && style !== 'danger')
      found.push(problem('failed to match all allowed schemas', `${at}/style`));
  } else if (element['type'] === 'overflow') {
    found.push(
      ...checkOptions(element['options'], `${at}/options`, LIMITS.fewestOverflowOptions, LIMITS.overflowOptions),
    );
  } else if (element['type'] === 'static_select') {
    found.push(...checkSelect(element, at));
  } else if (element['type'] === 'plain_text_input') {
    found.push(...checkPlaceholder(element, at));
    found.push(...checkLength(element['initial_value'], LIMITS.inputCharacters, `${at}/initial_value`));
  } else if (typeof element['type'] !== 'string') {
    found.push(problem('missing required field: type', at));
  } else if (element['type'] !== 'image') {
    found.push(problem(`unsupported type: ${element['type']}`, `${at}/type`));
  }
  return found;
}

function checkSelect(element: Json, at: string): readonly string[] {
  const { options, initial_option: initial } = element as { options?: unknown; initial_option?: unknown };
  const found = [...checkPlaceholder(element, at), ...checkOptions(options, `${at}/options`, 1, LIMITS.selectOptions)];
  if (initial === undefined || !Array.isArray(options)) return found;
  // Slack compares the whole option, not its value alone.
  const isOne = options.some((one) => stableJson(one) === stableJson(initial));
  return isOne ? found : [...found, problem('must match one of the options', `${at}/initial_option`)];
}

function checkPlaceholder(element: Json, at: string): readonly string[] {
  const { placeholder } = element as { placeholder?: unknown };
  if (placeholder === undefined) return [];
  return checkText(placeholder, LIMITS.placeholderCharacters, `${at}/placeholder`, ['plain_text']);
}

function checkOptions(options: unknown, at: string, fewest: number, most: number): readonly string[] {
  if (!Array.isArray(options)) return [problem('must provide an array', at)];
  if (options.length < fewest) return [problem(`no fewer than ${fewest} items required`, at)];
  if (options.length > most) return [tooMany(most, at)];
  return options.flatMap((option, i) =>
    isRecord(option)
      ? [
          ...checkText(option['text'], LIMITS.optionTextCharacters, `${at}/${i}/text`, ['plain_text']),
          ...(typeof option['value'] === 'string' ? [] : [problem('missing required field: value', `${at}/${i}`)]),
          ...checkLength(option['value'], LIMITS.optionValueCharacters, `${at}/${i}/value`),
        ]
      : [problem('must be an object', `${at}/${i}`)],
  );
}

export function checkText(
  text: unknown,
  most: number,
  at: string,
  types: readonly string[] = ['plain_text', 'mrkdwn'],
): readonly string[] {
  if (!isRecord(text)) return [problem('missing required field: text', at)];
  if (!types.includes(String(text['type'])))
    return [problem(`unsupported type: ${String(text['type'])}`, `${at}/type`)];
  if (typeof text['text'] !== 'string') return [problem('missing required field: text', at)];
  if (text['text'].length === 0) return [problem('must be more than 0 characters', `${at}/text`)];
  return checkLength(text['text'], most, `${at}/text`);
}

/** Of a text that may be left out. */
export function checkLength(value: unknown, most: number, at: string): readonly string[] {
  if (value === undefined) return [];
  if (typeof value !== 'string') return [problem('must be a string', at)];
  return value.length > most ? [problem(`must be less than ${most + 1} characters`, at)] : [];
}

function checkId(id: unknown, at: string, seen: Set<string>): readonly string[] {
  if (id === undefined) return [];
  const found = checkLength(id, LIMITS.idCharacters, at);
  if (found.length > 0) return found;
  if (seen.has(String(id))) return [problem(`\`${at.split('/').at(-1)}\` already exists`, at)];
  seen.add(String(id));
  return [];
}

function tooMany(most: number, at: string): string {
  return problem(`no more than ${most} items allowed`, at);
}

export function problem(what: string, at: string): string {
  return `[ERROR] ${what} [json-pointer:${at}]`;
}
