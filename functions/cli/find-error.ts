/** What the kubelet's events and waiting messages about images begin with, the most telling first. */
const BEGINNINGS: readonly RegExp[] = [
  /Failed to pull image "/,
  /Back-off pulling image "[^"]*": /,
  /Failed to apply default image tag "/,
  /Failed to inspect image "/,
  /Container image "[^"]*" is not present with pull policy/,
  /Unable to retrieve some image pull secrets/,
  /Back-off pulling image "/,
];

/** A row of `kubectl describe` or `kubectl get events`: an age may be before the type. */
const ROW = /^\s*(?:\S+\s+)?(?:Normal|Warning)\s+[A-Z]\w+\s/;

/**
 * The error in what `kubectl describe pod` or `kubectl get events` prints: the last row of the most telling kind, with the
 * lines that belong to it (containerd's messages may hold line breaks).
 *
 * @returns the text as it is where it holds no such rows
 */
export function findError(text: string): string {
  const lines = text.split('\n');
  if (!lines.some((line) => ROW.test(line))) return text;
  for (const beginning of BEGINNINGS) {
    const first = lines.findLastIndex((line) => ROW.test(line) && beginning.test(line));
    if (first === -1) continue;
    const next = lines.findIndex((line, i) => i > first && (ROW.test(line) || line.trim() === ''));
    const [head = '', ...rest] = lines.slice(first, next === -1 ? undefined : next);
    return [head.slice(head.search(beginning)), ...rest].join('\n');
  }
  return text;
}
