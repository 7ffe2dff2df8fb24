import type { Evidence } from '../../domain/finding.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import type { Platform, RegistryAnswer } from '../../domain/registry-answer.ts';
import { shellCommand } from '../../domain/shell.ts';
import type { Cause } from '../cause.ts';
import { fact, runtimeSays } from '../support/evidence.ts';
import { inspectImage, lasting, now } from '../support/fixes.ts';
import { missing } from '../support/missing.ts';
import { registrySays } from '../support/registry-facts.ts';
import { isSilent } from '../support/silence.ts';
import { imageSubject } from '../support/subjects.ts';
import { PHRASE_MAX, shortImage } from '../support/text.ts';

/** No manifest for the node's operating system or architecture. */
export const platformMismatch: Cause = {
  id: 'platform-mismatch',
  title: 'No image for the platform of the node',
  family: 'image-platform',
  details: ['platform-not-in-index'],
  specificity: 80,
  supersedes: [],
  healsByWaiting: 'no',
  docs: 'docs/causes/platform-mismatch.md',
  subject: imageSubject,

  match(failure) {
    const standing = platformStanding(failure);
    const isSilentlyMissing = isSilent(failure) && standing?.isMissing === true;
    if (missing(failure) !== 'platform' && !isSilentlyMissing) return undefined;
    const { node } = failure;
    const evidence = [runtimeSays(failure)];
    if (standing !== undefined) evidence.push(standing.evidence);
    if (node?.architecture !== undefined) {
      evidence.push(
        fact(`node ${node.name} is ${node.operatingSystem ?? 'linux'}/${node.architecture}`, 'node status'),
      );
    }
    if (standing?.isMissing !== true) return { confidence: 'likely', evidence };
    return { confidence: 'certain', detail: 'platform-not-in-index', evidence, phrase: platformPhrase(failure) };
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

interface PlatformStanding {
  readonly isMissing: boolean;
  readonly evidence: Evidence;
}

/** What the registry lists, held against the node: a tag may have been pushed anew since the node asked. */
function platformStanding({ registry, node }: PullFailure): PlatformStanding | undefined {
  const platforms = knownPlatforms(registry);
  if (registry === undefined || platforms.length === 0) return undefined;
  const has = `the image has ${listPlatforms(platforms, platforms.length)}`;
  const architecture = node?.architecture;
  if (node === undefined || architecture === undefined) {
    return { isMissing: false, evidence: registrySays(registry, has) };
  }
  const os = node.operatingSystem ?? 'linux';
  const isThere = platforms.some((each) => each.os === os && each.architecture === architecture);
  const text = isThere ? `${has}, that of the node among them: pushed anew, or another variant is needed` : has;
  // A manifest that does not say its platform may be for any.
  const isTold = platforms.every((each) => each.os !== '' && each.architecture !== '');
  return { isMissing: !isThere && isTold, evidence: registrySays(registry, text) };
}

/** buildx lists attestations in an index as `unknown/unknown`: no node runs those. */
function knownPlatforms(registry: RegistryAnswer | undefined): readonly Platform[] {
  return (registry?.platforms ?? []).filter(({ os, architecture }) => os !== 'unknown' || architecture !== 'unknown');
}

function platformPhrase(failure: PullFailure): string | undefined {
  const { node, registry } = failure;
  if (node?.architecture === undefined) return undefined;
  const need = `the node is ${node.operatingSystem ?? 'linux'}/${node.architecture}`;
  const phrases = [shortImage(failure, 26), 'the image'].map(
    (image) => `${image} has ${listPlatforms(knownPlatforms(registry), 1)}, ${need}`,
  );
  return phrases.find((phrase) => phrase.length <= PHRASE_MAX);
}

function listPlatforms(platforms: readonly Platform[], most: number): string {
  const names = [...new Set(platforms.map(({ os, architecture }) => `${os}/${architecture}`))];
  const rest = names.length - most;
  return `${names.slice(0, most).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function nodesByArchitecture(): string | undefined {
  return shellCommand`kubectl get nodes -L kubernetes.io/arch,kubernetes.io/os`;
}
