import type { Instant } from '../instant.ts';
import type { RefreshOutcome, RefreshReason, SecretResult } from '../refresh/result.ts';
import { heldBackUntil, WRITES_KEPT_MS } from '../refresh/write-caps.ts';

/** How a refresh that a look asked for ended. Names, times and words of our own: never a credential. */
export interface RepairResult {
  readonly at: Instant;
  readonly outcome: RefreshOutcome;
  readonly reason: RefreshReason | undefined;
  readonly why: string | undefined;
  /** When the token ends that stands there now. */
  readonly expiresAt: Instant | undefined;
  /** Stuck pods that were deleted afterwards, so that their controller makes new ones. */
  readonly retriedPods?: number | undefined;
}

/** A result with what was done for the pods that waited for it. */
export interface RepairedSecret extends SecretResult {
  readonly retriedPods?: number | undefined;
}

/** What looks asked of the refresh for one Secret, and its last answer. */
export interface SecretRepair {
  readonly name: string;
  /** Of the last 12 hours, oldest first. */
  readonly asked: readonly Instant[];
  readonly result: RepairResult | undefined;
}

/**
 * An automatic repair of a member's pull secret, as a look found it.
 * - `asked`: the refresh was asked and has not answered · `written`: it wrote a fresh token
 * - `fresh`: a fresh token stood there already · `failed`: it could not, or left it alone, `why`
 * - `held-back`: not asked again, because what was written did not last, `why` names who put it back
 */
export interface MemberRepair {
  readonly state: 'asked' | 'written' | 'fresh' | 'failed' | 'held-back';
  /** Of the member's namespace. */
  readonly secret: string;
  /** Whether the Secret was missing, not expired. */
  readonly wasMissing: boolean;
  /** Name of the target that allows it, and the role that gets the token. */
  readonly target: string;
  readonly identity: string;
  readonly askedAt: Instant;
  /** When the refresh answered. */
  readonly endedAt: Instant | undefined;
  /** When the new token ends. */
  readonly expiresAt: Instant | undefined;
  /** Stuck pods that were deleted afterwards. */
  readonly retriedPods?: number | undefined;
  readonly reason: RefreshReason | undefined;
  readonly why: string | undefined;
  /** Field manager that wrote the Secret after pullmedic, and until when it is left alone. */
  readonly revertedBy: string | undefined;
  readonly heldUntil: Instant | undefined;
}

/** A proven recovery is waited for this long before anybody hears of a repair. */
export const PROOF_MS = 90_000;
/** A repair that was written may take the kubelet's longest back-off, 300 s, to show. */
const SETTLES_MS = 6 * 60_000;
/** Whom managedFields name after a write of pullmedic. */
const OURSELVES = 'pullmedic';
const MAX_WHY = 600;

/** What is wrong with a member's pull secret that a configured target covers. */
export interface Repairable {
  readonly secret: string;
  readonly wasMissing: boolean;
  readonly target: string;
  readonly identity: string;
  /** Last writer of the Secret, by managedFields. */
  readonly lastWrittenBy: string | undefined;
  readonly lastWrittenAt: Instant | undefined;
}

/**
 * What to do about it: ask the refresh, or how an earlier request stands. A token that has ended again after pullmedic
 * wrote one was put there by somebody else.
 */
export function decideRepair(
  found: Repairable,
  known: SecretRepair | undefined,
  now: Instant,
): { readonly kind: 'ask' } | { readonly kind: 'stands'; readonly repair: MemberRepair } {
  const asked = recentAsks(known?.asked ?? [], now);
  const askedAt = asked.at(-1);
  if (askedAt === undefined) return { kind: 'ask' };

  const result = known?.result !== undefined && known.result.at >= askedAt ? known.result : undefined;
  const until = heldBackUntil(asked, now);
  const revertedBy = reverter(found, known?.result);
  const repair = memberRepair(found, askedAt, result);
  if (until === undefined) return { kind: 'ask' };
  if (revertedBy === undefined) return { kind: 'stands', repair };
  return { kind: 'stands', repair: { ...repair, state: 'held-back', revertedBy, heldUntil: until } };
}

/** A repair that was just asked for. */
export function askedRepair(found: Repairable, now: Instant): MemberRepair {
  return memberRepair(found, now, undefined);
}

/** The newest word on a repair whose member does not name an expired secret any more: its pods run, or pull again. */
export function followRepair(before: MemberRepair, known: SecretRepair | undefined): MemberRepair {
  const result = known?.result;
  if (result === undefined || result.at < before.askedAt || before.state === 'held-back') return before;
  return { ...before, ...endOf(result) };
}

/** Whether the repair is under way, or written and not yet proven. */
export function isRepairing({ state, askedAt }: MemberRepair, now: Instant): boolean {
  if (state !== 'asked' && state !== 'written' && state !== 'fresh') return false;
  return now - askedAt < SETTLES_MS;
}

/** Until when its success is waited for; `undefined` = there is nothing to wait for. */
export function proofUntil({ state, askedAt }: MemberRepair, timeScale: number): Instant | undefined {
  return state === 'failed' || state === 'held-back' ? undefined : askedAt + PROOF_MS * timeScale;
}

/** The record with one more request; those that no cap counts any more are forgotten. */
export function withAsk(known: SecretRepair | undefined, name: string, at: Instant): SecretRepair {
  return { name, asked: [...recentAsks(known?.asked ?? [], at), at], result: known?.result };
}

/** The record with an answer. A job that is delivered twice finds its own fresh token: that is not news. */
export function withResult(known: SecretRepair, result: RepairedSecret): SecretRepair {
  const askedAt = known.asked.at(-1) ?? 0;
  const isEcho = result.outcome === 'not-due' && known.result?.outcome === 'refreshed' && known.result.at >= askedAt;
  if (isEcho || (known.result !== undefined && known.result.at > result.finishedAt)) return known;
  const { finishedAt: at, outcome, reason, why, expiresAt, retriedPods } = result;
  return { ...known, result: { at, outcome, reason, why: why?.slice(0, MAX_WHY), expiresAt, retriedPods } };
}

function memberRepair(found: Repairable, askedAt: Instant, result: RepairResult | undefined): MemberRepair {
  const { secret, wasMissing, target, identity } = found;
  return {
    state: 'asked',
    secret,
    wasMissing,
    target,
    identity,
    askedAt,
    endedAt: undefined,
    expiresAt: undefined,
    reason: undefined,
    why: undefined,
    revertedBy: undefined,
    heldUntil: undefined,
    ...(result && endOf(result)),
  };
}

function endOf({ at, outcome, reason, why, expiresAt, retriedPods }: RepairResult) {
  return { state: stateOf(outcome, reason), endedAt: at, expiresAt, reason, why, retriedPods };
}

function stateOf(outcome: RefreshOutcome, reason: RefreshReason | undefined): MemberRepair['state'] {
  if (outcome === 'refreshed') return 'written';
  if (outcome === 'not-due') return 'fresh';
  return reason === 'reverted' ? 'held-back' : 'failed';
}

/** Who wrote the Secret after pullmedic did. managedFields have whole seconds. */
function reverter({ lastWrittenBy, lastWrittenAt }: Repairable, result: RepairResult | undefined): string | undefined {
  if (result?.outcome !== 'refreshed' || lastWrittenBy === undefined || lastWrittenAt === undefined) return undefined;
  return lastWrittenBy !== OURSELVES && lastWrittenAt >= Math.floor(result.at / 1_000) * 1_000
    ? lastWrittenBy
    : undefined;
}

function recentAsks(asked: readonly Instant[], now: Instant): readonly Instant[] {
  return asked.filter((at) => now - at < WRITES_KEPT_MS);
}
