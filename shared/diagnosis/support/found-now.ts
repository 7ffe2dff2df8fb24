import type { Evidence, Fix } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { now, restartPod } from './fixes.ts';
import { registryFacts, registrySays } from './registry-facts.ts';

/** The registry finds the image that the runtime did not find: pushed since, or seen otherwise from the node. */
export function imageFoundNow(failure: PullFailure): Evidence | undefined {
  const facts = registryFacts(failure);
  if (facts?.image !== 'exists') return undefined;
  return registrySays(
    facts.answer,
    'the registry has it now: pushed since the last try, or the node asks another one (a mirror)',
  );
}

/** The registry gives the image to a credential that the kubelet sends. */
export function credentialAcceptedNow(failure: PullFailure): Evidence | undefined {
  const facts = registryFacts(failure);
  const found = facts?.own.find(({ result }) => result === 'found');
  if (facts === undefined || found?.credential === undefined) return undefined;
  return registrySays(
    facts.answer,
    `the registry gives the image to secret ${found.credential.secret} now: corrected since the last try, or the node sends something else`,
  );
}

/** The kubelet's next try may get it; a new pod tries at once. */
export function restartOnePod(failure: PullFailure): Fix {
  return now(
    'restart-pod',
    "The kubelet's next try gets it, within its back-off of at most 5 minutes; to have it at once, restart one pod",
    restartPod(failure),
  );
}
