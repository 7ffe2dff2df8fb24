import type { SlackBlock } from '../../ports/chat.ts';
import type { DialogView } from '../../ports/dialogs.ts';
import { section } from './blocks.ts';
import { codeBlock, inlineCode } from './escape.ts';
import { infoDialog, said } from './render-dialog.ts';

/** A change for the repository from which a workload is written. */
export interface GitFix {
  /** `shop/checkout`. */
  readonly workload: string;
  /** To copy as it is. */
  readonly text: string;
}

const FIXES_SHOWN = 20;
const TEXT_CHARACTERS = 2_600;
/** Room for `&amp;` and the like: a code block that does not fit is not shown cut, it could not be copied. */
const SECTION_CHARACTERS = 2_990;

/** What to change in Git, for each workload, ready to copy. */
export function renderGitFix(fixes: readonly GitFix[]): DialogView {
  const shown = fixes.slice(0, FIXES_SHOWN);
  const more = fixes.length - shown.length;
  return infoDialog('Fix it in Git', [
    said('A change in the cluster would be undone: it is written from Git. Change it there:'),
    ...shown.flatMap(fixBlocks),
    ...(more > 0 ? [said(`and ${more} more workloads, alike.`)] : []),
  ]);
}

function fixBlocks({ workload, text }: GitFix): readonly SlackBlock[] {
  const block = codeBlock(text, Infinity);
  const fits = text.length <= TEXT_CHARACTERS && block.length <= SECTION_CHARACTERS;
  return [
    section(`*${inlineCode(workload, 300)}*`),
    fits ? section(block) : said('The text is too long for a dialog: it stands in the thread of the message.'),
  ];
}
