import { PullmedicError } from '../../domain/errors.ts';
import type { ActionDeps } from './deps.ts';

/** Rules of one installation name few groups; each is a call to Slack while somebody waits. */
const MAX_GROUPS = 20;

/**
 * The user groups of the policy that this person is in. A group that cannot be read counts as one that they are not in:
 * another rule may still allow them.
 */
export async function readGroups(
  userId: string,
  { config, dialogs, log }: Pick<ActionDeps, 'config' | 'dialogs' | 'log'>,
): Promise<readonly string[]> {
  const named = [...new Set(config.policy.rules.flatMap(({ userGroups }) => userGroups))].slice(0, MAX_GROUPS);
  const found = await Promise.all(
    named.map(async (group) => {
      try {
        return (await dialogs.groupMembers(group)).includes(userId) ? [group] : [];
      } catch (error) {
        if (!(error instanceof PullmedicError)) throw error;
        log.warn('members of a user group not read', { group, error });
        return [];
      }
    }),
  );
  return found.flat();
}
