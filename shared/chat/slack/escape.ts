import { clip, stripInvisible } from '../plain-text.ts';

/**
 * Text of a cluster ─▶ one line of mrkdwn that cannot ping, link or format: `&`, `<` and `>` as Slack's docs ask,
 * backticks and mass mentions defused. Blocks are `verbatim`, so Slack looks for no links in it either.
 */
export function escapeText(text: string, max = 600): string {
  return escapeEntities(clip(defuse(stripInvisible(text)).replace(/\s+/g, ' ').trim(), max));
}

/** As inline code. */
export function inlineCode(text: string, max = 200): string {
  const inside = escapeText(text, max);
  return inside === '' ? '' : `\`${inside}\``;
}

/** As a code block; line breaks stay. */
export function codeBlock(text: string, max = 2_000): string {
  const lines = text.split(/\r?\n/).map((line) => stripInvisible(line).trimEnd());
  return `\`\`\`\n${escapeEntities(clip(defuse(lines.join('\n').trim()), max))}\n\`\`\``;
}

/** A link to an address that the caller has already allowed. */
export function link(url: string, label: string): string {
  return `<${encodeURI(decodeSafely(url)).replace(/[<>|]/g, '')}|${escapeText(label, 60)}>`;
}

/** A mention of a user (`U…`, `W…`) or a user group (`S…`). */
export function mention(id: string): string {
  return id.startsWith('S') ? `<!subteam^${id}>` : `<@${id}>`;
}

function escapeEntities(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function defuse(text: string): string {
  // A full-width at sign reads the same and is no mention, whatever a client makes of plain `@channel`.
  return text.replaceAll('`', "'").replace(/@(?=(?:channel|here|everyone|group)\b)/gi, '＠');
}

function decodeSafely(url: string): string {
  try {
    return decodeURI(url);
  } catch {
    return url;
  }
}
