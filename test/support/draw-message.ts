import type { ChatMessage, SlackBlock } from '../../shared/ports/chat.ts';

/** Columns that a phone shows of Slack's text. */
const PHONE = 46;

/** A message as a person would read it on a phone: for goldens. The first paragraph is the notification. */
export function drawMessage(message: ChatMessage, width = PHONE): string {
  const parts = message.blocks.map((block) => wrapAll(textOf(block), width));
  return [`[notification]\n${wrapAll(message.text, width)}`, ...parts].join('\n\n').concat('\n');
}

function textOf(block: SlackBlock): string {
  if (block.type === 'actions') return drawActions(block);
  const { text, elements } = block as unknown as {
    readonly text?: { readonly text: string };
    readonly elements?: readonly { readonly text: string }[];
  };
  const raw = text?.text ?? (elements ?? []).map((element) => element.text).join(' ');
  return raw.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** `[Roll back to v1.2.2 …]* [I'm on it] [⋯ Mute 24 h · Not it]`: `*` is the green one, `!` a red one. */
function drawActions(block: SlackBlock): string {
  const { elements } = block as unknown as {
    readonly elements: readonly {
      readonly text?: { readonly text: string };
      readonly style?: string;
      readonly options?: readonly { readonly text: { readonly text: string } }[];
    }[];
  };
  const marks: Readonly<Record<string, string>> = { primary: '*', danger: '!' };
  return elements
    .map(({ text, style = '', options }) =>
      options === undefined
        ? `[${text?.text}]${marks[style] ?? ''}`
        : `[⋯ ${options.map((option) => option.text.text).join(' · ')}]`,
    )
    .join(' ');
}

function wrapAll(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => wrap(line, width))
    .join('\n');
}

function wrap(line: string, width: number): string {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else {
      current = current === '' ? word : `${current} ${word}`;
    }
  }
  return [...lines, current].join('\n');
}
