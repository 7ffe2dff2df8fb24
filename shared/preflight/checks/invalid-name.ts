import { invalidImageName } from '../../diagnosis/causes/invalid-image-name.ts';
import { fact } from '../../diagnosis/support/evidence.ts';
import type { UseCheck } from '../discovery.ts';

/** The kubelet refuses the name before it asks anybody. */
export const checkName: UseCheck = ({ use, failure }) => {
  if (use.image !== undefined) return undefined;
  const refused = { ...failure, reason: 'InvalidImageName' };
  const match = invalidImageName.match(refused);
  if (match === undefined) return undefined;
  const told = match.evidence.filter(({ isQuote }) => isQuote !== true);
  return {
    kind: 'invalid-name',
    subject: use.imageText,
    breaks: { kind: 'now' },
    confidence: 'certain',
    // Hosts are left out of phrases: a phone would make links of them.
    phrase: (match.phrase ?? invalidImageName.phrase(refused)).replace(/^image name … /, 'its image name '),
    evidence: [
      fact('the rules of distribution/reference, which kubelets follow, do not take it', 'image reference'),
      ...told,
    ],
    fixes: invalidImageName.fixes(refused, match),
  };
};
