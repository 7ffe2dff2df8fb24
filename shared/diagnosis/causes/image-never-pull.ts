import type { PullFailure } from '../../domain/pull-failure.ts';
import { shellCommand } from '../../domain/shell.ts';
import type { Cause } from '../cause.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { lasting, now } from '../support/fixes.ts';
import { imageSubject } from '../support/subjects.ts';
import { shortImage } from '../support/text.ts';
import { says } from '../support/words.ts';

/** imagePullPolicy Never, and the image is not on the node. */
export const imageNeverPull: Cause = {
  id: 'image-never-pull',
  title: 'Pull policy Never and image not on the node',
  family: 'pull-policy',
  details: [],
  specificity: 92,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/image-never-pull.md',
  subject: imageSubject,

  match(failure) {
    const { error, reason, node } = failure;
    const isSaid =
      reason === 'ErrImageNeverPull' || says(error, 'not present with pull policy of Never', 'ErrImageNeverPull');
    if (!isSaid) return undefined;
    if (node?.hasImage === true) {
      // KEP-2535: the image is there, but was pulled with credentials that this pod does not have.
      return {
        confidence: 'likely',
        evidence: [
          runtimeSays(failure),
          fact(`node ${node.name} has the image, but not for this pod's credentials`, 'node status'),
        ],
      };
    }
    return { confidence: 'certain', evidence: [runtimeSays(failure)] };
  },

  phrase: (failure) => `${shortImage(failure, 30)} is not on the node, and it may not pull`,

  fixes: (failure) => [
    now('allow-pull', 'Let it pull: imagePullPolicy IfNotPresent in the workload', allowPull(failure)),
    now('load-image', 'Or load the image onto every node that may run the pod', loadImage(failure)),
    lasting('no-never', 'Keep Never for single-node development clusters; refuse it by admission policy elsewhere'),
  ],
};

function allowPull({ namespace, workload, container }: PullFailure): string | undefined {
  if (namespace === undefined || workload === undefined || container === undefined) return undefined;
  if (!['Deployment', 'StatefulSet', 'DaemonSet'].includes(workload.kind) || container.kind !== 'container')
    return undefined;
  const patch = JSON.stringify({
    spec: { template: { spec: { containers: [{ name: container.name, imagePullPolicy: 'IfNotPresent' }] } } },
  });
  return shellCommand`kubectl -n ${namespace} patch ${`${workload.kind.toLowerCase()}/${workload.name}`} --type=strategic -p ${patch}`;
}

function loadImage({ imageText }: PullFailure): string | undefined {
  return imageText === undefined ? undefined : shellCommand`crictl pull ${imageText}`;
}
