import type { Instant } from '../domain/instant.ts';
import type { AlertLabels, Silence, SilenceMatcher } from '../domain/outgoing-alert.ts';

/** A regular expression longer than this is nobody's silence. */
const MAX_PATTERN = 1_000;

/**
 * Until when an alert with these labels is silenced, if it is; the latest end counts.
 * Alertmanager's rules (`pkg/labels/matcher.go`): all matchers of a silence must hold, an absent label is empty, regular
 * expressions are anchored.
 */
export function silencedUntil(labels: AlertLabels, silences: readonly Silence[], now: Instant): Instant | undefined {
  const ends = silences
    .filter(
      ({ endsAt, matchers }) => endsAt > now && matchers.length > 0 && matchers.every((one) => holds(one, labels)),
    )
    .map(({ endsAt }) => endsAt);
  return ends.length === 0 ? undefined : Math.max(...ends);
}

function holds({ name, value, isRegex, isEqual }: SilenceMatcher, labels: AlertLabels): boolean {
  const found = Object.hasOwn(labels, name) ? (labels[name] ?? '') : '';
  if (!isRegex) return (found === value) === isEqual;
  const pattern = anchored(value);
  // What cannot be read must not silence anything, whichever way round it is.
  return pattern !== undefined && pattern.test(found) === isEqual;
}

/** RE2's flags at the beginning are JavaScript's modifiers; the rest that people write in silences is the same. */
function anchored(value: string): RegExp | undefined {
  if (value.length > MAX_PATTERN) return undefined;
  const [, flags = '', rest = value] = /^\(\?([is]+)\)(.*)$/s.exec(value) ?? [];
  try {
    return new RegExp(`^(?:${rest})$`, [...new Set(`${flags}s`)].join(''));
  } catch {
    return undefined;
  }
}
