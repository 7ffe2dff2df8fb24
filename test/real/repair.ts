import type { Case, Repair } from './cases/case.ts';
import type { Options } from './options.ts';
import { until } from './processes.ts';
import { formatSeconds, type Step } from './row.ts';
import type { Universe } from './universe.ts';

/**
 * After its pods run, a message must be green within this, however long it was quiet: as shipped. With a shorter scale
 * looks come that much more often and wait for each other on a small machine: then what is held is that it turns green.
 */
export function healedWithinMs({ timeScale }: Options): number {
  return timeScale === 1 ? 15_000 : 60_000;
}
const LIVELY_MS = 10 * 60_000;
/** A secret that appears is found at the kubelet's next try, five minutes away at most. */
const LONGEST_BACK_OFF_SECONDS = 330;

/** Repairs it as a person would, waits until it runs, then for the message to turn green. */
export async function repair(
  one: Case,
  namespace: string,
  universe: Universe,
  problems: string[],
): Promise<{ readonly step: Step; readonly healedMs: number | undefined }> {
  const { watch, slack, channelOf } = universe;
  const how = one.repair;
  if (how === undefined) return { step: { text: '–' }, healedMs: undefined };
  const isQuiet = await hasBeenQuiet(namespace, universe);
  const at = Date.now();
  await perform(how, namespace, universe);
  const isGone = how.kind === 'delete';
  const healed = await until(`${one.name} ${isGone ? 'is gone' : 'runs'}`, LONGEST_BACK_OFF_SECONDS, () => {
    const sight = watch.see(namespace);
    const since = isGone ? sight.emptySince : sight.runningSince;
    return since !== undefined && since >= at ? since : undefined;
  });
  const posts = slack.changes(channelOf(namespace)).filter(({ kind }) => kind === 'post');
  const green = await until(`a green message of ${one.name}`, 90, () => {
    const edits = posts.map(({ ts }) =>
      slack.changes(channelOf(namespace)).findLast((change) => change.ts === ts && change.at >= at),
    );
    const all = edits.every((edit) => edit?.text.startsWith('🟢'));
    return all && edits.length > 0 ? Math.max(...edits.map((edit) => edit?.at ?? 0)) : undefined;
  });
  const healedMs = Math.max(0, green - healed);
  if (healedMs > healedWithinMs(universe.options))
    problems.push(`green only ${formatSeconds(healedMs)} after it ${isGone ? 'was gone' : 'ran'}`);
  const buzzes = slack.changes(channelOf(namespace)).filter(({ kind }) => kind === 'broadcast').length;
  if (buzzes > 0) problems.push(`${buzzes} replies were broadcast for a failure that only healed`);
  const what = isGone ? `deleted (${how.why}): gone` : `${told(how)}: runs`;
  return {
    step: {
      text: `${what} after ${formatSeconds(healed - at)}, ${isQuiet ? 'after ten quiet minutes: ' : ''}green`,
      seconds: healedMs / 1_000,
    },
    healedMs,
  };
}

/** Nothing of it changed for so long that its namespace as a whole is looked at less often. */
async function hasBeenQuiet(namespace: string, { product, options }: Universe): Promise<boolean> {
  const known = await product.store.incidentsIn('testbed', namespace, Date.now());
  const longest = (LIVELY_MS - 60_000) * options.timeScale;
  return known.some(({ incident }) => Date.now() - incident.changedAt > longest);
}

function told(how: Repair): string {
  return how.kind === 'create' ? 'secret created' : 'image corrected';
}

async function perform(how: Repair, namespace: string, { kubectl }: Universe): Promise<void> {
  switch (how.kind) {
    case 'delete':
      await kubectl.run('delete', ...how.target.split(' '), '-n', namespace, '--wait=false');
      return;
    case 'create':
      await kubectl.apply(namespace, how.objects);
      return;
    case 'set-image':
    case 'set-image-and-delete-pod': {
      const images = Object.entries(how.images).map(([name, image]) => `${name}=${image}`);
      await kubectl.run('set', 'image', how.target, ...images, '-n', namespace);
      if (how.kind === 'set-image-and-delete-pod') {
        await kubectl.run('delete', 'pods', '--all', '-n', namespace, '--wait=false');
      }
    }
  }
}
