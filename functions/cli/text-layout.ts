/** Control and invisible characters: in a terminal they move the cursor, change colours or hide text. */
const UNSAFE = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/** Text of a cluster, made safe for a terminal and folded into one line. */
export function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(UNSAFE, '').trim();
}

/** Breaks text at spaces; a word that is too long by itself is broken where the line ends. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of plain(text).split(' ')) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length <= width) {
      line += ` ${rest}`;
      continue;
    }
    if (line !== '') lines.push(line);
    while (rest.length > width) {
      lines.push(rest.slice(0, width));
      rest = rest.slice(width);
    }
    line = rest;
  }
  if (line !== '') lines.push(line);
  return lines;
}
