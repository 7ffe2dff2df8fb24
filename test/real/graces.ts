import type { Case } from './cases/case.ts';
import type { Universe } from './universe.ts';

const MINUTE_MS = 60_000;
/** What the product itself waits with: shared/chat/grace.ts. */
export const MAY_HEAL_MS = 5 * MINUTE_MS;
const PERHAPS_MS = 3 * MINUTE_MS;
const YOUNG_NODE_MS = 5 * MINUTE_MS;
const STALLED_MS = 10 * MINUTE_MS;

/** What the product says that it waits, and a minute of sweep and publishing on top. */
export function longestWait(one: Case, universe: Universe): number {
  const { options } = universe;
  const young = youngMs(universe);
  const stall = one.ends === 'ContainerCreating' ? STALLED_MS + 5 * MINUTE_MS * options.timeScale : 0;
  return MAY_HEAL_MS * options.timeScale + young + stall + 2 * MINUTE_MS;
}

/** What is added while the node is new. */
function youngMs({ options, nodeCreatedAt }: Universe): number {
  const youngMs = YOUNG_NODE_MS * options.timeScale;
  return Date.now() - nodeCreatedAt < youngMs ? youngMs : 0;
}

/** Until what cannot heal by waiting is told, where no alert asked for it. */
export function longestWaitForOthers(universe: Universe): number {
  return PERHAPS_MS * universe.options.timeScale + youngMs(universe) + MINUTE_MS;
}
