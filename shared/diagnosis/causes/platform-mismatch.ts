import { shellCommand } from '../../domain/shell.ts';
import type { Cause } from '../cause.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { inspectImage, lasting, now } from '../support/fixes.ts';
import { missing } from '../support/missing.ts';
import { imageSubject } from '../support/subjects.ts';
import { shortImage } from '../support/text.ts';

/** No manifest for the node's operating system or architecture. */
export const platformMismatch: Cause = {
  id: 'platform-mismatch',
  title: 'No image for the platform of the node',
  family: 'image-platform',
  details: [],
  specificity: 80,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/platform-mismatch.md',
  subject: imageSubject,

  match(failure) {
    if (missing(failure) !== 'platform') return undefined;
    const { node } = failure;
    const evidence = [runtimeSays(failure)];
    if (node?.architecture !== undefined) {
      evidence.push(
        fact(`node ${node.name} is ${node.operatingSystem ?? 'linux'}/${node.architecture}`, 'node status'),
      );
    }
    return { confidence: 'likely', evidence };
  },

  phrase: (failure) => {
    const { node } = failure;
    const platform =
      node?.architecture === undefined
        ? "the node's platform"
        : `${node.operatingSystem ?? 'linux'}/${node.architecture}`;
    return `${shortImage(failure, 34)} has no image for ${platform}`;
  },

  fixes: (failure) => [
    now('see-platforms', 'See for which platforms it exists', inspectImage(failure)),
    now(
      'node-selector',
      'Keep the pod on nodes that it is built for (nodeSelector kubernetes.io/arch)',
      nodesByArchitecture(),
    ),
    lasting(
      'multi-arch',
      'Build for every architecture that the cluster has: docker buildx build --platform linux/amd64,linux/arm64',
    ),
  ],
};

function nodesByArchitecture(): string | undefined {
  return shellCommand`kubectl get nodes -L kubernetes.io/arch,kubernetes.io/os`;
}
