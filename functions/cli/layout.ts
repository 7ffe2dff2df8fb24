import type { Fix } from '../../shared/domain/finding.ts';
import { wrap } from './text-layout.ts';

export interface LayoutStyle {
  /** Width of the terminal; between 40 and 120 of it are used: longer lines read badly. */
  readonly columns: number;
  readonly hasColours: boolean;
}

/** The parts that a report for people is made of, wrapped and painted. Each gives whole lines. */
export interface Layout {
  /** What is wrong: the first thing that is read. */
  headline(text: string): readonly string[];
  /** What to do about it, right below. */
  action(text: string): readonly string[];
  field(name: string, value: string): readonly string[];
  section(title: string, items: readonly string[]): readonly string[];
  /** Commands are never wrapped, so that a copy of the line is the command. */
  steps(title: string, items: readonly Pick<Fix, 'title' | 'commands'>[]): readonly string[];
}

const NARROWEST = 40;
const WIDEST = 120;

/** Columns that are written to. */
export function widthOf({ columns }: LayoutStyle): number {
  return Math.max(NARROWEST, Math.min(columns, WIDEST));
}

/** Paints whole lines, where there is a terminal that shows it. */
export function painter({ hasColours }: LayoutStyle) {
  const paint = (code: number) => (text: string) => (hasColours ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { bold: paint(1), red: paint(31), cyan: paint(36) };
}

export function createLayout(style: LayoutStyle): Layout {
  const width = widthOf(style);
  const { bold, red, cyan } = painter(style);
  const items = (texts: readonly string[]) =>
    texts.flatMap((text) => wrap(text, width - 6).map((line, i) => `    ${i === 0 ? '- ' : '  '}${line}`));

  return {
    headline: (text) => wrap(text, width).map((line) => bold(red(line))),

    action(text) {
      const [head = '', ...rest] = wrap(text, width - 4);
      return [`${bold('Do:')} ${head}`, ...rest.map((line) => `    ${line}`)];
    },

    field(name, value) {
      const [head = '', ...rest] = wrap(value, width - 9);
      return [`  ${name.padEnd(7)}${head}`, ...rest.map((line) => `         ${line}`)];
    },

    section: (title, texts) => (texts.length === 0 ? [] : [`  ${bold(title)}`, ...items(texts)]),

    steps(title, fixes) {
      if (fixes.length === 0) return [];
      return [
        `  ${bold(title)}`,
        ...fixes.flatMap((fix) => [...items([fix.title]), ...fix.commands.map((command) => `      ${cyan(command)}`)]),
      ];
    },
  };
}
