import type { LoadedIncident, Member } from '../incident.ts';

/** Members of these incidents in one namespace, failing or not. */
export function membersIn(known: readonly LoadedIncident[], namespace: string): readonly Member[] {
  return known
    .flatMap(({ slices }) => slices.filter((slice) => slice.namespace === namespace))
    .flatMap(({ members }) => members);
}
