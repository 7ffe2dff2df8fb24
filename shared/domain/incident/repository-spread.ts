import type { Finding } from '../finding.ts';
import { formatImageReference, parseImageReference } from '../image-reference.ts';
import type { Member } from '../incident.ts';
import type { Instant } from '../instant.ts';

/** From this many namespaces on, a repository of which several references fail is one message. */
export const SPREAD_NAMESPACES = 5;
/** Looks of a quiet incident are five minutes apart: a namespace that was not heard of for longer does not count. */
const FORGET_MS = 15 * 60_000;
/** A place that says the same again is written this often. */
const REFRESH_MS = 4 * 60_000;
/** Leaves room for the words around it in a first line. */
const MAX_NAME = 34;
const SEVERAL = 'several';

/** A namespace in which references of one repository fail. */
export interface SpreadPlace {
  readonly namespace: string;
  /** Empty: none of them fails there any more. */
  readonly references: readonly string[];
  readonly at: Instant;
}

/** Where one repository fails for one cause. */
export interface RepositorySpread {
  readonly places: readonly SpreadPlace[];
  /** Once it was one message it stays one until it fails nowhere: members must not wander back and forth. */
  readonly isOneMessage: boolean;
}

/** The repository that a member waits for, where its best cause is about one tag of it. */
export interface FailingRepository {
  /** `cause|registry/repository`. */
  readonly key: string;
  readonly repository: string;
  readonly reference: string;
}

/** @returns `undefined` where the cause is about something else (a host, a secret), or the image is not named by a tag */
export function failingRepository(member: Pick<Member, 'image' | 'findings'>): FailingRepository | undefined {
  const [best] = member.findings;
  const image = parseImageReference(member.image);
  if (best === undefined || image?.tag === undefined || image.digest !== undefined) return undefined;
  const repository = `${image.registry}/${image.repository}`;
  const reference = formatImageReference(image);
  if (best.subject !== reference && !isGathered(best, repository)) return undefined;
  return { key: `${best.causeId}|${repository}`, repository, reference };
}

/**
 * What is known after one more word from a namespace.
 * @returns `undefined` where nothing has to be written
 */
export function noteSpread(
  before: RepositorySpread,
  place: SpreadPlace,
  timeScale: number,
): RepositorySpread | undefined {
  const known = before.places.find(({ namespace }) => namespace === place.namespace);
  const isSame = known === undefined ? place.references.length === 0 : isEqual(known, place);
  const isRecent = known === undefined || place.at - known.at < REFRESH_MS * timeScale;
  if (isSame && isRecent) return undefined;
  const others = before.places.filter(
    ({ namespace, at }) => namespace !== place.namespace && place.at - at < FORGET_MS * timeScale,
  );
  const places = place.references.length === 0 ? others : [...others, place];
  const references = new Set(places.flatMap((one) => one.references));
  const isWide = places.length >= SPREAD_NAMESPACES && references.size > 1;
  return { places, isOneMessage: places.length > 0 && (before.isOneMessage || isWide) };
}

/** The member with the repository as its subject, so that all of them share one slot. Its evidence stays its own. */
export function gatherUnder(member: Member, { repository }: FailingRepository): Member {
  const [best, ...rest] = member.findings;
  if (best === undefined) return member;
  return { ...member, findings: [{ ...best, subject: repository, phrase: phraseFor(best, repository) }, ...rest] };
}

function phraseFor({ causeId, title }: Finding, repository: string): string {
  const name = shortName(repository);
  if (causeId === 'tag-not-found') return `${SEVERAL} tags of ${name} do not exist`;
  return `${SEVERAL} images of ${name}: ${title}`.slice(0, 70);
}

/** Without the host; of a long path its end. */
function shortName(repository: string): string {
  const path = repository.slice(repository.indexOf('/') + 1).replace(/^library\//, '');
  return path.length <= MAX_NAME ? path : `…${path.slice(1 - MAX_NAME)}`;
}

/** A repository that does not exist is a subject of its own kind: only what was gathered here begins so. */
function isGathered({ subject, phrase }: Finding, repository: string): boolean {
  return subject === repository && phrase.startsWith(SEVERAL);
}

function isEqual(a: SpreadPlace, b: SpreadPlace): boolean {
  return a.references.length === b.references.length && a.references.every((one) => b.references.includes(one));
}
