/** A fenced block of commands of a page, as somebody would paste it. */
export interface CommandBlock {
  /** The heading that it stands under. */
  readonly heading: string;
  readonly text: string;
}

/** The `sh` blocks of a Markdown page, in their order. */
export function readCommands(page: string): readonly CommandBlock[] {
  const blocks: CommandBlock[] = [];
  let heading = '';
  for (const [, title, text] of page.matchAll(/^#{1,6} (.+)$|^```sh\n([\s\S]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    if (text !== undefined) blocks.push({ heading, text });
  }
  return blocks;
}
