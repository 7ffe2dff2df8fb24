import { explainAbsence } from '../../diagnosis/support/absence.ts';
import { fixesOf, inspectImage, lasting, listTags, now } from '../../diagnosis/support/fixes.ts';
import { offeredTags, useNearTag } from '../../diagnosis/support/near-tag.ts';
import { attemptSays, registryFacts, registrySays } from '../../diagnosis/support/registry-facts.ts';
import { clip, shortImage, shortRepository, shownTag } from '../../diagnosis/support/text.ts';
import type { Evidence, Fix } from '../../domain/finding.ts';
import type { ImageReference } from '../../domain/image-reference.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import { shellCommand } from '../../domain/shell.ts';
import type { UseCheck } from '../discovery.ts';
import type { ExaminedUse } from '../examine.ts';
import { heldBy } from '../words.ts';

/** The registry does not have it: whatever runs with it does not survive the replacement of its node. */
export const checkPresence: UseCheck = (examined) => {
  const { use, failure, pull, breaks, knowsSecrets } = examined;
  const facts = registryFacts(failure);
  if (pull !== 'absent' || facts === undefined || use.image === undefined) return undefined;
  const isRepository = facts.repository === 'absent';
  // A secret that nobody here may read might be shown more of the registry.
  const isProven = isRepository || knowsSecrets || facts.repository === 'exists';
  return {
    kind: 'image-gone',
    subject: use.canonical,
    breaks,
    confidence: isProven ? 'certain' : 'likely',
    phrase: phraseOf(use.image, failure, isRepository, examined.holders.length > 0),
    evidence: [...said(failure, isRepository), ...heldBy(examined)],
    fixes: fixesFor(examined, use.image, isRepository),
  };
};

function phraseOf(image: ImageReference, failure: PullFailure, isRepository: boolean, isHeld: boolean): string {
  if (isRepository) return `repository ${shortRepository(image, 34)} does not exist`;
  if (image.digest !== undefined) return `the digest of ${shortRepository(image, 34)} is gone from the registry`;
  if (isHeld) return `${shortImage(failure, 40)} is gone from the registry`;
  const tag = shownTag(image.tag ?? 'latest', 24);
  return tag === undefined
    ? `tag does not exist in ${shortRepository(image, 34)}`
    : `tag ${clip(tag, 24)} does not exist in ${shortRepository(image, 26)}`;
}

function said(failure: PullFailure, isRepository: boolean): readonly Evidence[] {
  const facts = registryFacts(failure);
  if (facts === undefined) return [];
  const { answer } = facts;
  const offered = offeredTags(failure);
  if (!isRepository) return [...explainAbsence(failure).evidence, ...(offered === undefined ? [] : [offered])];
  const attempt = answer.attempts.find(({ result }) => result === 'repository-unknown');
  return [attempt === undefined ? registrySays(answer, 'ECR knows no such repository') : attemptSays(answer, attempt)];
}

function fixesFor({ failure, holders }: ExaminedUse, image: ImageReference, isRepository: boolean): readonly Fix[] {
  const see = isRepository
    ? now('see-image', 'See what the registry says, then correct the name or push the image', inspectImage(failure))
    : now('see-tags', 'See which tags there are, then correct the tag or push it again', listTags(failure));
  return fixesOf(
    useNearTag(failure),
    saveFromNode(holders[0], image),
    see,
    lasting('keep-images', 'Keep what runs: let clean-up rules of the registry spare the images that clusters use'),
  );
}

/** While a node still holds it, it can be saved. */
function saveFromNode(
  node: string | undefined,
  { registry, repository, tag, digest }: ImageReference,
): Fix | undefined {
  if (node === undefined) return undefined;
  const reference = `${registry}/${repository}${digest === undefined ? `:${tag ?? 'latest'}` : `@${digest}`}`;
  return now(
    'save-image',
    `Save it from node ${node} while that lives (containerd), and push it again`,
    shellCommand`kubectl debug ${`node/${node}`} -it --profile=sysadmin --image=busybox -- chroot /host ctr -n k8s.io images export /tmp/image.tar ${reference}`,
  );
}
