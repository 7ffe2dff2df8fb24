import { PullmedicError } from '../../domain/errors.ts';
import type { Actor } from '../../domain/remedy/actor.ts';
import type { ActionDeps } from './deps.ts';
import type { Press } from './parse-action.ts';

/** Who pressed, as Slack itself says; or why that person may do nothing. */
export type Identity =
  | { readonly kind: 'known'; readonly actor: Actor; readonly isGuest: boolean }
  /** A sentence. */
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Asks Slack who pressed. Identity is (team, user): our own workspace, or the one that the configuration names; nobody
 * from elsewhere, no bot. What Slack does not answer counts against them: nothing is done on a guess.
 */
export async function identify(
  press: Pick<Press, 'userId' | 'teamId'>,
  { config, dialogs, log }: IdentifyDeps,
): Promise<Identity> {
  try {
    const [user, own] = await Promise.all([dialogs.user(press.userId), config.slack.team ?? dialogs.ownTeam()]);
    const isOurs = user.teamId === own || user.enterpriseId === own;
    // An organisation's id is in no click: there what Slack says of the person is all.
    const claimsOther = own.startsWith('T') && press.teamId !== undefined && press.teamId !== own;
    if (user.isStranger || !isOurs || claimsOther) {
      return { kind: 'refused', why: 'Only people of this workspace may press here: you are from another one.' };
    }
    return {
      kind: 'known',
      actor: { teamId: user.teamId, userId: press.userId, name: user.name.slice(0, 80) },
      isGuest: user.isGuest,
    };
  } catch (error) {
    if (!(error instanceof PullmedicError)) throw error;
    log.warn('Slack did not say who pressed', { userId: press.userId, error });
    return { kind: 'refused', why: 'Slack did not say who you are, so nothing was done: press again in a minute.' };
  }
}

export type IdentifyDeps = Pick<ActionDeps, 'config' | 'dialogs' | 'log'>;
