import { isRepairing, type MemberRepair, proofUntil } from '../domain/incident/secret-repair.ts';
import type { Member } from '../domain/incident.ts';
import type { Instant } from '../domain/instant.ts';
import type { RefreshReason } from '../domain/refresh/result.ts';

/** A repaired Secret of an incident. */
export interface SecretRepairView extends MemberRepair {
  readonly namespace: string;
}

/** What pullmedic did by itself about an incident's pull secrets, as one channel may see it. */
export interface RepairView {
  /**
   * - `pending`: asked for, or written and not yet proven · `proven`: all that it was for pulls again
   * - `failed`: nothing was written, a person has to do something · `held-back`: what was written was put back
   */
  readonly state: 'pending' | 'proven' | 'failed' | 'held-back';
  /** Those that the state speaks of first. */
  readonly secrets: readonly SecretRepairView[];
}

/** Worst first: what a person has to do something about is told before what may still come right. */
const ORDER: readonly MemberRepair['state'][] = ['failed', 'held-back', 'asked', 'written', 'fresh'];

/**
 * @param isOver whether nothing of the incident fails any more
 * @returns `undefined` where pullmedic did nothing
 */
export function viewRepair(members: readonly Member[], isOver: boolean): RepairView | undefined {
  const concerned = isOver ? members : members.filter(({ state }) => state === 'failing');
  const secrets = new Map<string, SecretRepairView>();
  for (const { namespace, repair } of concerned) {
    if (repair !== undefined) secrets.set(`${namespace}/${repair.secret}`, { ...repair, namespace });
  }
  const all = [...secrets.values()].sort(
    (a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || (nameOf(a) < nameOf(b) ? -1 : 1),
  );
  if (isOver) {
    const written = all.filter(({ state }) => state === 'written');
    return written.length === 0 ? undefined : { state: 'proven', secrets: written };
  }
  const [first] = all;
  if (first === undefined) return undefined;
  const state = first.state === 'failed' || first.state === 'held-back' ? first.state : 'pending';
  return { state, secrets: all };
}

/** Until when the success of a member's repair is waited for before anybody hears of it. */
export function waitsForProof(
  { repair }: Pick<Member, 'repair'>,
  timeScale: number,
  now: Instant,
): Instant | undefined {
  if (repair === undefined || !isRepairing(repair, now)) return undefined;
  return proofUntil(repair, timeScale);
}

/** Whether pullmedic tried and nothing more will come of it by itself. */
export function hasFailedRepair({ repair }: Pick<Member, 'repair'>): boolean {
  return repair?.state === 'failed' || repair?.state === 'held-back';
}

/** `shop/ecr-creds`. */
export function nameOf({ namespace, secret }: SecretRepairView): string {
  return `${namespace}/${secret}`;
}

/** What the first line says of the cause once the repair is over. */
export function provenPhrase({ secrets }: RepairView): string {
  const isMissing = secrets.every(({ wasMissing }) => wasMissing);
  if (secrets.length === 1) {
    return isMissing
      ? 'the ECR pull secret was missing and was created'
      : 'the ECR pull secret had expired and was refreshed';
  }
  return isMissing
    ? `${secrets.length} ECR pull secrets were missing and were created`
    : `${secrets.length} ECR pull secrets had expired and were refreshed`;
}

/** What the first line adds to the cause while it fails; with what to put in its place where there is room for more. */
export function openPhrase({ state, secrets: [first] }: RepairView): string {
  if (first === undefined) return '';
  switch (state) {
    case 'failed':
      return `refresh failed: ${SHORT[first.reason ?? 'bug']}`;
    case 'held-back':
      return first.revertedBy === undefined ? 'another writer puts it back' : `${first.revertedBy} puts it back`;
    default:
      return first.state === 'asked' ? 'its refresh has not answered' : 'refreshed, has not helped yet';
  }
}

/** A few words for a phone; the body has the sentence with what to do. */
const SHORT: Readonly<Record<RefreshReason, string>> = {
  created: 'it was just created',
  'not-allowed-here': 'not a registry of its target',
  'owned-by-controller': 'a controller owns it',
  immutable: 'it is immutable',
  malformed: 'it is malformed',
  missing: 'it is missing',
  'no-entry': 'it has no entry for this registry',
  'opted-out': 'its label forbids it',
  'advise-only': 'its mode is advise',
  reverted: 'another writer puts it back',
  forbidden: 'the cluster forbids it',
  'role-refused': 'AssumeRole denied',
  'token-refused': 'ECR gives no token',
  'credentials-expired': 'AWS credentials not valid',
  throttled: 'AWS throttles',
  conflict: 'others keep changing it',
  'refused-by-cluster': 'the cluster refused it',
  'cluster-unavailable': 'the cluster did not answer',
  'aws-unavailable': 'AWS did not answer',
  'out-of-time': 'it ran out of time',
  bug: 'pullmedic failed, see its log',
};
