import { renderDenied, renderTold } from '../../chat/slack/render-dialog.ts';
import { renderPlanDialog } from '../../chat/slack/render-dialog-plan.ts';
import type { Offer } from '../../domain/remedy/offer.ts';
import type { DialogView } from '../../ports/dialogs.ts';
import { tryOnServer } from './dry-run.ts';
import type { MadePlan } from './make-plan.ts';
import type { RemedyDeps } from './remedy-deps.ts';

/** The dialog of a plan, with what the server says of it; or why there is none. */
export async function renderMade(
  made: MadePlan,
  offer: Offer,
  { choice, channelId }: { readonly choice: string | undefined; readonly channelId: string },
  deps: RemedyDeps,
): Promise<DialogView> {
  if (made.kind === 'none') return renderTold(`Nothing was changed: ${made.why}`);
  if (made.kind === 'denied') return renderDenied(made.answer);
  const { plan, hash, answer } = made;
  return renderPlanDialog({
    offer,
    plan,
    dryRun: await tryOnServer(plan, offer, deps),
    planHash: hash,
    needsTypedName: answer.needsTypedName,
    choice,
    rule: answer.rule,
    channelId,
  });
}
