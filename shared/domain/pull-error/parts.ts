/** What an error begins with, where the kubelet joined several by a comma. */
const NEXT_ERROR =
  /,\s+(?=(?:rpc error:|failed to |unable to |initializing source |reading manifest |copying |pinging |Error response |Error reading |Get "?http|Head "?http|unexpected status |unauthorized:|denied:|pull access denied|toomanyrequests))/;

/** Where the list begins: at the start, or behind words of whoever logged it. */
const AGGREGATE =
  /^(?:\[|[^[\]]{0,400}?: ?\[(?=rpc error:|failed to |unable to |Error response |initializing source ))/i;

/**
 * Splits what was joined: the kubelet's `[a, b]` (k8s.io/apimachinery `Aggregate`, one error per credential tried) and
 * containers-image's `(Mirrors also failed: [a]): b`. A single error is a single part.
 */
export function splitParts(text: string): readonly string[] {
  const mirrors = splitMirrors(text);
  if (mirrors !== undefined) return mirrors;
  const open = AGGREGATE.exec(text);
  if (open === null) return [text];
  const inner = text.slice(open[0].length, text.endsWith(']') ? -1 : undefined);
  const parts = splitList(inner);
  return parts.length > 1 || text.endsWith(']') ? parts : [text];
}

function splitMirrors(text: string): readonly string[] | undefined {
  const start = text.search(/\(?Mirrors also failed:\s*\[/i);
  if (start === -1) return undefined;
  const open = text.indexOf('[', start);
  const end = text.lastIndexOf(']):');
  if (end <= open) return splitList(text.slice(open + 1));
  return [...splitList(text.slice(open + 1, end)), text.slice(end + 3).trim()];
}

function splitList(inner: string): readonly string[] {
  return inner
    .split(new RegExp(NEXT_ERROR, 'i'))
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
