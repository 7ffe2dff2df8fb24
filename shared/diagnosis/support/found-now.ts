import type { Evidence, Fix } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { named } from './evidence.ts';
import { now, restartPod } from './fixes.ts';
import { isAccepted, registryFacts, registrySays } from './registry-facts.ts';

/** The registry finds the image that the runtime did not find: pushed since, or seen otherwise from the node. */
export function imageFoundNow(failure: PullFailure): Evidence | undefined {
  const facts = registryFacts(failure);
  if (facts?.image !== 'exists') return undefined;
  return registrySays(
    facts.answer,
    'the registry has it now: pushed since the last try, or the node asks another one (a mirror)',
  );
}

/** The registry takes a credential that the kubelet sends, although the runtime was refused. */
export function credentialAcceptedNow(failure: PullFailure): Evidence | undefined {
  const facts = registryFacts(failure);
  const taken = facts?.own.find(({ result }) => result === 'found') ?? facts?.own.find(isAccepted);
  if (facts === undefined || taken?.credential === undefined) return undefined;
  const why = 'corrected since the last try, or the node sends something else';
  const what = taken.result === 'found' ? 'gives the image to' : 'has no such image, but takes';
  return registrySays(facts.answer, `the registry ${what} secret ${named(taken.credential.secret)} now: ${why}`);
}

/** The kubelet's next try may get it; a new pod tries at once. Not where the registry would refuse it still. */
export function restartOnePod(failure: PullFailure): Fix | undefined {
  const facts = registryFacts(failure);
  const isToBeHad =
    facts?.own.some(({ result }) => result === 'found') === true ||
    (facts?.own.length === 0 && facts.anonymous?.result === 'found') ||
    (facts?.image === 'exists' && facts.own.length === 0 && facts.anonymous === undefined);
  if (!isToBeHad) return undefined;
  return now(
    'restart-pod',
    "The kubelet's next try gets it, within its back-off of at most 5 minutes; to have it at once, restart one pod",
    restartPod(failure),
  );
}
