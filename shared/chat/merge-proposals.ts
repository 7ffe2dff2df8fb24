import { workloadKey } from '../domain/incident/member-key.ts';
import type { Member } from '../domain/incident.ts';
import { worstDanger } from '../domain/remedy/danger.ts';
import type { Danger, Proposal, RemedyId } from '../domain/remedy/proposal.ts';

/** One remedy for all members that it fits. */
export interface MergedProposal {
  readonly remedyId: RemedyId;
  readonly label: string;
  readonly danger: Danger;
  readonly rank: number;
  /** Members that it would act on; none where all of them are written from Git. */
  readonly actsOn: readonly Member[];
  /** Whether some of them are to be changed in Git instead. */
  readonly needsGit: boolean;
}

/** @param members in the order in which they are told: the first one's words are on the button */
export function mergeProposals(members: readonly Member[]): readonly MergedProposal[] {
  const all = members.flatMap((member) => (member.proposals ?? []).map((proposal) => ({ member, proposal })));
  const byRemedy = Map.groupBy(all, ({ proposal }) => proposal.remedyId);
  return [...byRemedy].map(([remedyId, group]) => {
    const own = group.filter(({ proposal }) => proposal.gitFix === undefined);
    const proposals = (own.length > 0 ? own : group).map(({ proposal }) => proposal);
    return {
      remedyId,
      label: labelOf(
        proposals,
        own.map(({ member }) => member),
      ),
      danger: worstDanger(proposals.map(({ danger }) => danger)),
      rank: Math.min(...proposals.map(({ rank }) => rank)),
      actsOn: own.map(({ member }) => member),
      needsGit: own.length < group.length,
    };
  });
}

/** `Roll back to v1.2.2`; over several workloads with their number. */
function labelOf(proposals: readonly Proposal[], members: readonly Member[]): string {
  const label = proposals[0]?.label ?? '';
  const workloads = new Set(members.map(workloadKey)).size;
  if (workloads < 2) return label;
  return proposals.every((one) => one.label === label)
    ? `${label} (${workloads} workloads)`
    : `${label} +${workloads - 1} more`;
}
