import type { Proposal } from '../domain/remedy/proposal.ts';
import { REMEDIES } from './catalogue/index.ts';
import type { RemedyContext } from './remedy.ts';

/** Three buttons and one in the menu: more would not be read. */
export const MAX_PROPOSALS = 4;
/** Proposals are stored with each member. */
const MAX_GIT_FIX = 1_200;

/** What could be done about one failing member, safest first of what helps. */
export function proposeRemedies(context: RemedyContext): readonly Proposal[] {
  return REMEDIES.map((remedy) => remedy.propose(context))
    .filter((proposal) => proposal !== undefined)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MAX_PROPOSALS)
    .map((proposal) =>
      proposal.gitFix === undefined ? proposal : { ...proposal, gitFix: proposal.gitFix.slice(0, MAX_GIT_FIX) },
    );
}
