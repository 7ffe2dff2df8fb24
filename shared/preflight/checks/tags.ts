import { fact, moment } from '../../diagnosis/support/evidence.ts';
import { correctImage, inspectImage, lasting, now } from '../../diagnosis/support/fixes.ts';
import { registrySays } from '../../diagnosis/support/registry-facts.ts';
import { clip, shortImage, shortRepository, shownTag } from '../../diagnosis/support/text.ts';
import type { Fix } from '../../domain/finding.ts';
import { parseImageReference } from '../../domain/image-reference.ts';
import type { PullFailure } from '../../domain/pull-failure.ts';
import type { UseCheck } from '../discovery.ts';
import type { ExaminedUse } from '../examine.ts';
import type { RunningUse } from '../inventory.ts';
import { countOf } from '../words.ts';

/** The tag means another image now than when the pods started: the next pod runs something else. */
export const checkMovedTag: UseCheck = (examined) => {
  const { use, failure, pull } = examined;
  const { image } = use;
  const { registry: answer } = failure;
  if (pull !== 'works' || image?.digest !== undefined || image?.tag === undefined || answer?.digest === undefined) {
    return undefined;
  }
  const comparable = use.running.filter((running) => isOfRepository(running, image));
  const older = comparable.filter(({ digest }) => digest !== answer.digest);
  if (older.length === 0) return undefined;
  const pushed = answer.ecr?.pushedAt === undefined ? '' : `, pushed ${moment(answer.ecr.pushedAt)}`;
  const [first] = [...older].sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
  const since = first?.startedAt === undefined ? '' : ` since ${moment(first.startedAt)}`;
  return {
    kind: 'tag-moved',
    subject: use.canonical,
    breaks: { kind: 'drift' },
    // Others may report the platform's manifest where the registry names the index.
    confidence: comparable.every((running) => isContainerd(examined, running)) ? 'certain' : 'likely',
    phrase: `${shortImage(failure, 38)} means another image than what runs`,
    evidence: [
      registrySays(answer, `the tag has digest ${clipDigest(answer.digest)} now${pushed}`),
      fact(
        `${countOf(older.length, 'pod')} of ${use.workload.kind} ${use.workload.name} ${older.length === 1 ? 'runs' : 'run'} ${clipDigest(first?.digest ?? '')}${since}`,
        'pod status',
        failure.observedAt,
      ),
    ],
    fixes: [pinDigest(failure, answer.digest), STOP_MOVING],
  };
};

/** `latest`, written or meant: which image a pod runs depends on when it started. */
export const checkLatest: UseCheck = ({ use, failure }) => {
  const { image } = use;
  if (image === undefined || image.tag !== 'latest' || image.digest !== undefined) return undefined;
  const digest = failure.registry?.digest;
  const what = image.isTagExplicit ? 'its tag is latest' : 'it has no tag, which means latest';
  return {
    kind: 'latest-tag',
    subject: use.canonical,
    breaks: { kind: 'drift' },
    confidence: 'certain',
    phrase: `${shortRepository(image, 34)} goes by latest, a tag that moves`,
    evidence: [
      fact(
        `${what}, and its pull policy ${use.policy}`,
        `${use.workload.kind} ${use.workload.name}`,
        failure.observedAt,
      ),
    ],
    fixes: [
      digest === undefined
        ? now('see-tags', 'Take a tag that stays, or pin the digest', inspectImage(failure))
        : pinDigest(failure, digest),
      STOP_MOVING,
    ],
  };
};

const STOP_MOVING = lasting(
  'immutable-tags',
  'Give each build a tag of its own, and let the registry refuse to move one',
);

/** The runtime names the repository that it was pulled from first; the same content may have come by another name. */
function isOfRepository(
  { digest, digestOf }: RunningUse,
  image: { readonly registry: string; readonly repository: string },
) {
  const of = digestOf === undefined ? undefined : parseImageReference(digestOf);
  return digest !== undefined && of?.registry === image.registry && of.repository === image.repository;
}

function isContainerd({ eligible }: ExaminedUse, { node }: RunningUse): boolean {
  return eligible?.find(({ name }) => name === node)?.runtimeVersion?.startsWith('containerd://') === true;
}

function pinDigest(failure: PullFailure, digest: string): Fix {
  const { image } = failure;
  const tag = image?.tag === undefined ? '' : (shownTag(image.tag, 40) ?? image.tag);
  const reference =
    image === undefined ? digest : `${image.registry}/${image.repository}:${image.tag ?? 'latest'}@${digest}`;
  return correctImage(
    failure,
    'pin-digest',
    `Pin what tag ${clip(tag, 40)} is now, once it is what you want`,
    reference,
  );
}

function clipDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}
