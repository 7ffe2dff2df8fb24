import type { DiagnosedFailure } from '../../domain/incident/build-members.ts';
import { hasEnded } from '../../domain/incident/life.ts';
import { memberKey } from '../../domain/incident/member-key.ts';
import { membersIn } from '../../domain/incident/members-in.ts';
import { keepProven, proofOf } from '../../domain/incident/registry-proof.ts';
import type { World } from '../../domain/incident/world.ts';
import type { LoadedIncident, Member } from '../../domain/incident.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { findingsOf, type ReadFailure } from './ask-registries.ts';
import type { LookDeps } from './look-deps.ts';

/** Failures with what all causes say of each now; what a registry proved a moment ago still counts. */
export function diagnoseAll(
  read: readonly ReadFailure[],
  { members, world }: { readonly members: ReadonlyMap<string, Member>; readonly world: World },
  { registry, config }: Pick<LookDeps, 'registry' | 'config'>,
): readonly DiagnosedFailure[] {
  const { secrets } = world.index.snapshot;
  return read.map((one) => {
    const { failure, byText } = one;
    const findings = findingsOf(one);
    if (registry === undefined) return { failure, findings };
    const fresh = { failure, findings, proof: proofOf(failure, byText[0], secrets) };
    return keepProven(fresh, members.get(failureKey(failure)), config.limits.timeScale);
  });
}

/** Failing members of open incidents in one namespace, by key. */
export function openMembers(known: readonly LoadedIncident[], namespace: string): ReadonlyMap<string, Member> {
  const open = known.filter(({ incident }) => !hasEnded(incident));
  const failing = membersIn(open, namespace).filter(({ state }) => state === 'failing');
  return new Map(failing.map((member) => [member.key, member]));
}

/** Of the member that a failure belongs to. */
export function failureKey({ namespace, workload, container }: PullFailure): string {
  if (namespace === undefined || workload === undefined || container === undefined) return '';
  return memberKey(namespace, workload, container.name);
}
