import { PullmedicError } from '../../domain/errors.ts';
import { membersIn } from '../../domain/incident/members-in.ts';
import { type FailingRepository, failingRepository, gatherUnder } from '../../domain/incident/repository-spread.ts';
import type { LoadedIncident, Member } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { LookDeps } from './look-deps.ts';

/**
 * The same repository with distinct tags in five or more namespaces is one message: its members get the repository as
 * their subject. Each look says what fails in its own namespace, and learns what fails in the others.
 */
export async function gatherRepositories(
  {
    cluster,
    namespace,
    observedAt,
  }: { readonly cluster: string; readonly namespace: string; readonly observedAt: Instant },
  failing: readonly Member[],
  known: readonly LoadedIncident[],
  deps: LookDeps,
): Promise<readonly Member[]> {
  const repositories = new Map(failing.map((member) => [member.key, failingRepository(member)]));
  const references = new Map<string, Set<string>>();
  const add = (found: FailingRepository | undefined, isFailing: boolean) => {
    if (found === undefined) return;
    const known = references.get(found.key) ?? new Set();
    references.set(found.key, isFailing ? known.add(found.reference) : known);
  };
  for (const found of repositories.values()) add(found, true);
  // What failed here and does not any more is taken back. A member whose error is not told this time is no such case.
  for (const member of membersIn(known, namespace)) {
    if (!repositories.has(member.key)) add(failingRepository(member), false);
  }

  const gathered = new Set<string>();
  for (const [key, found] of references) {
    const place = { namespace, references: [...found].sort(), at: observedAt };
    try {
      if (await deps.store.noteSpread(cluster, key, place, deps.config.limits.timeScale)) gathered.add(key);
    } catch (error) {
      if (!(error instanceof PullmedicError)) throw error;
      // Twenty namespaces write at once: whoever is not heard now is by its next look.
      deps.log.warn('a failing repository was not counted', { cluster, namespace, reason: error.message });
    }
  }
  return failing.map((member) => {
    const repository = repositories.get(member.key);
    return repository !== undefined && gathered.has(repository.key) ? gatherUnder(member, repository) : member;
  });
}
