import type { LoadedIncident, Member } from '../incident.ts';

/** Of these members, each once and sorted. */
export function namespacesOf(members: readonly Pick<Member, 'namespace'>[]): readonly string[] {
  return [...new Set(members.map(({ namespace }) => namespace))].sort();
}

/** Members of these incidents in one namespace, failing or not. */
export function membersIn(known: readonly LoadedIncident[], namespace: string): readonly Member[] {
  return known
    .flatMap(({ slices }) => slices.filter((slice) => slice.namespace === namespace))
    .flatMap(({ members }) => members);
}
