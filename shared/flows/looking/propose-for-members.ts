import type { Config } from '../../config/config.ts';
import type { DiagnosedFailure } from '../../domain/incident/build-members.ts';
import type { MemberRepair } from '../../domain/incident/secret-repair.ts';
import type { World } from '../../domain/incident/world.ts';
import type { Member } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Proposal } from '../../domain/remedy/proposal.ts';
import type { Log, Metrics } from '../../ports/log.ts';
import { MAX_PROPOSALS, proposeRemedies } from '../../remedies/propose.ts';
import type { RemedyContext } from '../../remedies/remedy.ts';
import { findAdvised } from '../../remedies/support/advised.ts';
import { failureKey } from './diagnose-all.ts';

/** What a look knows of a namespace's failing members. */
export interface ProposeInput {
  readonly cluster: string;
  readonly failing: readonly Member[];
  readonly diagnosed: readonly DiagnosedFailure[];
  readonly world: World;
  /** Failing members as stored by an earlier look, by key. */
  readonly known: ReadonlyMap<string, Member>;
  /** What pullmedic does about a member's pull secret by itself. */
  readonly repairOf: (member: Member) => MemberRepair | undefined;
  readonly now: Instant;
}

/**
 * Gives each failing member what could be done about it. A remedy that throws is a bug of ours: it is counted and logged,
 * and the message goes out without buttons.
 */
export function proposeForMembers(
  input: ProposeInput,
  deps: { readonly config: Pick<Config, 'targets' | 'policy'>; readonly log: Log; readonly metrics: Metrics },
): readonly Member[] {
  const contexts = remedyContexts(input, deps.config);
  return input.failing.map((member) => {
    const context = contexts.get(member.key);
    if (context === undefined) return member;
    try {
      const repairing = { ...context, member: { ...member, repair: input.repairOf(member) } };
      const proposals = keepOffered(proposeRemedies(repairing), context, input.known.get(member.key));
      return proposals.length === 0 ? member : { ...member, proposals };
    } catch (error) {
      deps.metrics.count('BesideFailures', 1, { what: 'remedies' });
      deps.log.error('remedies could not be proposed', { cluster: input.cluster, member: member.key, error });
      return member;
    }
  });
}

/** One context for each member that fails, by its key: what remedies judge, at a look and when one is planned. */
export function remedyContexts(
  { cluster, failing, diagnosed, world, now }: Omit<ProposeInput, 'known' | 'repairOf'>,
  { targets, policy }: Pick<Config, 'targets' | 'policy'>,
): ReadonlyMap<string, RemedyContext> {
  const groups = Map.groupBy(diagnosed, ({ failure }) => failureKey(failure));
  const gitOps = { manualSync: policy.argoCdManualSync };
  return new Map(
    failing.flatMap((member) => {
      const failures = groups.get(member.key);
      return failures === undefined ? [] : [[member.key, { cluster, member, failures, world, targets, gitOps, now }]];
    }),
  );
}

/**
 * A registry that is slow now and then must not make a button come and go: while what it said stands (`keepProven`), so
 * do the tags that it named.
 */
function keepOffered(
  fresh: readonly Proposal[],
  context: RemedyContext,
  known: Member | undefined,
): readonly Proposal[] {
  if (findAdvised(context) !== undefined) return fresh;
  const { member, failures } = context;
  const isSilent = failures.every(({ failure }) => failure.registry === undefined);
  const isKept =
    known?.proof !== undefined && known.proof.basis === member.proof?.basis && known.image === member.image;
  const kept = isSilent && isKept ? known.proposals?.find(({ remedyId }) => remedyId === 'correct-image') : undefined;
  if (kept === undefined || fresh.some(({ remedyId }) => remedyId === kept.remedyId)) return fresh;
  return [...fresh, kept].sort((a, b) => a.rank - b.rank).slice(0, MAX_PROPOSALS);
}
