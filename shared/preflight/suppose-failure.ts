import { failureFromText } from '../diagnosis/explain-text.ts';
import type { PullFailure } from '../domain/pull-failure.ts';
import type { ImageUse } from './inventory.ts';
import type { PreflightWorld } from './world.ts';

/**
 * The next pull of a use as if it had failed without a word: the facts about it in the form that the diagnosis judges,
 * so that both say the same of the same secret and the same answer of a registry.
 */
export function supposeFailure(use: ImageUse, world: PreflightWorld): PullFailure {
  const { namespace, workload, container, containerKind, imageText, image, policy, pullSecretNames } = use;
  const { secrets, snapshot } = world;
  const account = world.serviceAccount(namespace, use.serviceAccountName);
  return {
    ...failureFromText({ text: '', image: imageText }, snapshot.observedAt),
    imageText,
    image,
    cluster: snapshot.cluster,
    namespace,
    pod: {
      name: workload.name,
      uid: undefined,
      createdAt: undefined,
      phase: undefined,
      nodeName: undefined,
      serviceAccountName: use.serviceAccountName,
      pullSecretNames,
      hasStarted: use.running.length > 0,
      holds: {},
    },
    container: { name: container, kind: containerKind, imagePullPolicy: policy },
    pullSecrets: secrets.namedBy(namespace, pullSecretNames, image),
    otherSecrets: secrets.others(namespace, pullSecretNames, image),
    serviceAccount: {
      name: use.serviceAccountName,
      isFound: account !== undefined,
      pullSecretNames: account?.pullSecretNames ?? [],
    },
    workload: {
      kind: workload.kind,
      name: workload.name,
      desired: use.replicas,
      available: undefined,
      oldAvailable: undefined,
      revision: undefined,
      revisionCreatedAt: undefined,
      previousImage: undefined,
      previousRevision: undefined,
      isSuspendedOrPaused: false,
      imageSetBy: undefined,
      imageSetAt: undefined,
      managedBy: use.managedBy,
      annotations: {},
    },
    registry: world.answerFor(use),
  };
}
