import { routeIncident, sameChannel } from '../../chat/route.ts';
import { renderTold } from '../../chat/slack/render-dialog.ts';
import { type GitFix, renderGitFix } from '../../chat/slack/render-dialog-git-fix.ts';
import type { LoadedIncident } from '../../domain/incident.ts';
import type { ActionDeps } from './deps.ts';
import { openDialog } from './open-dialog.ts';
import type { Press } from './parse-action.ts';
import { NOT_KNOWN } from './tell.ts';

/** Shows what to change in Git. It changes nothing and needs no policy. */
export async function showGitFix(press: Press, incidentId: string, deps: ActionDeps): Promise<void> {
  await openDialog(
    press,
    async () => {
      const loaded = await deps.store.load(incidentId);
      if (loaded === undefined) return renderTold(NOT_KNOWN);
      const fixes = fixesOf(loaded, await namespacesSeen(loaded, press.channelId, deps));
      return fixes.length === 0
        ? renderTold('Nothing that is written from Git fails here any more: there is nothing to change.')
        : renderGitFix(fixes);
    },
    deps,
  );
}

/** A team's channel sees its own namespaces, here as in the message. @returns `undefined` = all of them */
async function namespacesSeen(
  loaded: LoadedIncident,
  channelId: string | undefined,
  { store, config }: Pick<ActionDeps, 'store' | 'config'>,
): Promise<readonly string[] | undefined> {
  const publications = await store.publications(loaded.incident.id);
  const audiences = routeIncident(
    loaded,
    config,
    publications.map(({ channel }) => channel),
  );
  if (audiences.length === 1) return audiences[0]?.namespaces;
  const here = publications.find(({ posted }) => posted?.channelId === channelId);
  const audience = here && audiences.find(({ channel }) => sameChannel(channel, here.channel));
  return audience === undefined ? [] : audience.namespaces;
}

/** One for each workload and text: its containers often share one. */
function fixesOf({ slices }: LoadedIncident, namespaces: readonly string[] | undefined): readonly GitFix[] {
  const seen = slices.filter(({ namespace }) => namespaces?.includes(namespace) ?? true);
  const failing = seen.flatMap(({ members }) => members.filter(({ state }) => state === 'failing'));
  const fixes = failing.flatMap(({ namespace, workloadName, proposals = [] }) =>
    proposals.flatMap(({ gitFix }) =>
      gitFix === undefined ? [] : [{ workload: `${namespace}/${workloadName}`, text: gitFix }],
    ),
  );
  return [...new Map(fixes.map((fix) => [`${fix.workload}\n${fix.text}`, fix])).values()];
}
