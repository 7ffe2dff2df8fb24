import type { LoadedIncident, Member } from '../incident.ts';
import { hasEnded } from './life.ts';
import { mergeFailing } from './merge-member.ts';
import { slotOfMember } from './slot.ts';

/** Which incident each failing member of a look belongs to. */
export interface Assignment {
  /** By incident id. */
  readonly homes: ReadonlyMap<string, readonly Member[]>;
  /** By slot: nobody has them yet. */
  readonly homeless: ReadonlyMap<string, readonly Member[]>;
  /** By incident id: keys that go on in another one. */
  readonly movedAway: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Two looks that agree on a move must be this far apart. */
const AGREE_MS = 30_000;

/**
 * - a member with an open incident stays in it, whatever its best cause becomes
 * - unless another open incident holds its cause's slot and two looks 30 s apart agreed: then it moves
 * - a member of an incident that ended within the hour reopens it
 * - any other goes by its slot: to whoever holds it, else to a new incident
 * @param known incidents with a slice in this namespace, and holders of the slots in question
 * @param holders slot ─▶ incident id
 */
export function assignMembers(
  failing: readonly Member[],
  known: readonly LoadedIncident[],
  holders: ReadonlyMap<string, string>,
  options: { readonly cluster: string; readonly timeScale: number },
): Assignment {
  const homes = new Map<string, Member[]>();
  const homeless = new Map<string, Member[]>();
  const movedAway = new Map<string, Set<string>>();
  const isOpen = (id: string | undefined) => known.some(({ incident }) => incident.id === id && !hasEnded(incident));

  for (const fresh of failing) {
    const claims = claimsOn(fresh.key, known);
    const open = claims.filter(({ loaded }) => !hasEnded(loaded.incident));
    const current = chooseHome(open, fresh, options.cluster) ?? lastEnded(claims);
    const slot = slotOfMember(options.cluster, mergeFailing(current?.member, fresh)) ?? '';
    const holder = holders.get(slot);

    let home = current?.loaded.incident.id;
    if (home === undefined) home = known.some(({ incident }) => incident.id === holder) ? holder : undefined;
    else if (holder !== undefined && holder !== home && isOpen(holder)) {
      const { drift } = current?.member ?? {};
      const isAgreed = drift?.slot === slot && fresh.observedAt - drift.since >= AGREE_MS * options.timeScale;
      // One that ended has nobody to keep together with: its member starts where its cause is.
      if (isAgreed || !isOpen(home)) home = holder;
    }

    if (home === undefined) push(homeless, slot, fresh);
    else push(homes, home, fresh);
    for (const { loaded } of open) {
      if (loaded.incident.id === home) continue;
      const keys = movedAway.get(loaded.incident.id) ?? new Set();
      movedAway.set(loaded.incident.id, keys.add(fresh.key));
    }
  }
  return { homes, homeless, movedAway };
}

interface Claim {
  readonly loaded: LoadedIncident;
  readonly member: Member;
}

function claimsOn(key: string, known: readonly LoadedIncident[]): readonly Claim[] {
  return known.flatMap((loaded) => {
    const member = loaded.slices.flatMap(({ members }) => members).find((one) => one.key === key);
    return member === undefined || member.state === 'superseded' ? [] : [{ loaded, member }];
  });
}

/** More than one only after a move that was cut short: the one whose cause it is, else the oldest. */
function chooseHome(open: readonly Claim[], fresh: Member, cluster: string): Claim | undefined {
  const slot = slotOfMember(cluster, fresh);
  return open.find(({ loaded }) => loaded.incident.slot === slot) ?? open[0];
}

function lastEnded(claims: readonly Claim[]): Claim | undefined {
  return claims
    .filter(({ loaded }) => hasEnded(loaded.incident))
    .toSorted((a, b) => (b.loaded.incident.endedAt ?? 0) - (a.loaded.incident.endedAt ?? 0))[0];
}

function push(map: Map<string, Member[]>, key: string, member: Member): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [member]);
  else list.push(member);
}
