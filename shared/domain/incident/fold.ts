import type { Incident, IncidentNote, IncidentState, LoadedIncident, Member, Slice } from '../incident.ts';
import { type Instant, latest, soonest } from '../instant.ts';
import type { RemedyRun } from '../remedy/run.ts';
import type { Scope } from '../scope.ts';
import { bestOf, slotFor, withDrift } from './choose-slot.ts';
import { foldMembers, isBackAgain } from './fold-members.ts';
import { CLOSE_PERIOD_MS, endOf, hasEnded, isFlapWatched, nextLookAt } from './life.ts';
import { addNotes, causeNote, endNote, joinedNotes, reopenedNote } from './notes.ts';
import type { Observation } from './observation.ts';
import { followRuns, isUnderWay } from './remedy-runs.ts';
import { applyReport } from './report.ts';
import { isRepairing } from './secret-repair.ts';
import { slotOf } from './slot.ts';
import { watchedMembers } from './watched-image.ts';
import { hasChanged, isWorthPublishing } from './worth-publishing.ts';

/** What a store is asked to write: see `IncidentStore.commit`. */
export interface FoldedChange {
  readonly incident: Incident;
  readonly expectedRevision: number;
  readonly slices: readonly Slice[];
  readonly removedNamespaces: readonly string[];
  readonly releasedSlot: string | undefined;
  readonly now: Instant;
  readonly nextLookAt: Instant | undefined;
}

/** Who fails this soon after the first is the incident, not news in it. */
const STORM_MS = 60_000;

/**
 * Folds one look into one incident. Pure; older words never overwrite newer ones.
 * @returns `undefined` where nothing is to be written. The revision is +1 only if something worth publishing changed.
 */
export function fold(
  loaded: LoadedIncident | undefined,
  observation: Observation,
  now: Instant,
): FoldedChange | undefined {
  return loaded === undefined ? create(observation, now) : update(loaded, observation, now);
}

function create(observation: Observation, now: Instant): FoldedChange | undefined {
  const { cluster, namespace, observedAt, report, newId, timeScale } = observation;
  const failing = observation.failing.map((member) => withRepair(member, observation));
  const best = bestOf(failing, undefined, undefined);
  if (best === undefined) return undefined;
  const blank: Incident = {
    id: newId,
    cluster,
    revision: 1,
    state: isUnderRepair(failing, now) ? 'repairing' : 'observed',
    slot: slotOf(cluster, best),
    best,
    openedAt: now,
    firstFailedAt: soonest(failing.map(({ firstFailedAt }) => firstFailedAt)) ?? observedAt,
    changedAt: now,
    lastLookAt: observedAt,
    endedAt: undefined,
    from: 'sweep',
    scopes: [{ kind: 'namespace', cluster, namespace }],
    alerts: [],
    isClusterAssumed: false,
    notes: [],
  };
  const incident = applyReport(blank, report);
  return {
    incident,
    expectedRevision: 0,
    slices: [{ incidentId: newId, namespace, observedAt, members: failing }],
    removedNamespaces: [],
    releasedSlot: undefined,
    now,
    nextLookAt: nextLookAt(incident, now, timeScale),
  };
}

function update(loaded: LoadedIncident, observation: Observation, now: Instant): FoldedChange | undefined {
  const { cluster, namespace, observedAt, timeScale } = observation;
  const before = loaded.incident;
  const slice = loaded.slices.find((one) => one.namespace === namespace);
  // Looks finish out of order: a newer one has spoken for all of this namespace.
  if (slice !== undefined && slice.observedAt > observedAt) return undefined;
  const isBack = before.state === 'gone' && slice?.members.some((member) => isBackAgain(member, observation)) === true;

  const folded = foldMembers(slice?.members ?? [], observation, before, now);
  const told = folded.members.map((member) => withRepair(member, observation));
  const others = loaded.slices.filter((one) => one.namespace !== namespace);
  const all = [...others.flatMap(({ members }) => members), ...told];
  const failing = all.filter(({ state }) => state === 'failing');
  const slot = slotFor(before, failing, observation);
  const best = bestOf(failing, slot, before.best) ?? before.best;
  const followed = followRuns(before.runs ?? [], {
    namespace,
    members: all,
    before: slice?.members ?? [],
    observedAt,
    now,
    timeScale,
  });
  const { runs } = followed;
  // They run, and what a remedy set has not stood for long enough: not over yet.
  const watched = hasEnded(before) ? [] : watchedMembers(all, runs, timeScale);
  const isHeld = watched.length > 0;
  const end = isHeld ? undefined : endOf(all);
  const isUnderRemedy = isHeld || runs.some((run) => isUnderWay(run, runs)) || isUnderRepair(failing, now);
  const state = stateFor(before, end, isBack, isUnderRemedy);
  const isReopened = hasEnded(before) && end === undefined;
  const isEnding = end !== undefined && end !== before.state && (!hasEnded(before) || isBack);

  const notes: readonly (IncidentNote | undefined)[] = [
    ...folded.notes,
    ...followed.notes,
    ...(now - before.openedAt < STORM_MS * timeScale ? [] : joinedNotes(folded.joined, now)),
    isReopened ? reopenedNote(before, failing, now) : undefined,
    failing.length === 0 ? undefined : causeNote(cluster, before.best, best, now),
    isEnding && (end === 'recovered' || end === 'superseded' || end === 'gone') && !areProvenNow(all, runs, now)
      ? endNote(before, end, all, folded.rolledBack, now, observation.movedAway.size > 0)
      : undefined,
  ];
  const members = told.map((member) => withDrift(member, cluster, slot, observation));
  const drafted: Incident = {
    ...before,
    state,
    slot,
    best,
    firstFailedAt: isReopened
      ? (soonest(failing.map(({ firstFailedAt }) => firstFailedAt)) ?? observedAt)
      : (soonest([before.firstFailedAt, ...failing.map(({ firstFailedAt }) => firstFailedAt)]) ?? before.firstFailedAt),
    lastLookAt: latest([before.lastLookAt, observedAt]) ?? observedAt,
    endedAt: end === undefined ? undefined : (before.endedAt ?? now),
    scopes: scopesFor(before, [...failing, ...watched], observation),
    notes: addNotes(
      before.notes,
      notes.filter((note) => note !== undefined),
    ),
    ...(before.runs === undefined ? {} : { runs }),
  };
  const newSlice: Slice = { incidentId: before.id, namespace, observedAt, members };
  const after: LoadedIncident = { incident: applyReport(drafted, observation.report), slices: [...others, newSlice] };

  if (isWorthPublishing(loaded, after)) {
    const incident: Incident = {
      ...after.incident,
      revision: before.revision + 1,
      changedAt: hasChanged(loaded, after) ? now : before.changedAt,
    };
    return {
      incident,
      expectedRevision: before.revision,
      slices: [newSlice],
      removedNamespaces: [],
      releasedSlot: slot === before.slot ? undefined : before.slot,
      now,
      nextLookAt: nextLookAt(incident, now, timeScale),
    };
  }
  return isTouchDue(before, slice, newSlice, observation, now)
    ? touch(after.incident, before, [newSlice], now, timeScale)
    : undefined;
}

/** Written without a new revision: nobody is told. */
function touch(
  incident: Incident,
  before: Incident,
  slices: readonly Slice[],
  now: Instant,
  timeScale: number,
): FoldedChange {
  return {
    incident: { ...incident, revision: before.revision },
    expectedRevision: before.revision,
    slices,
    removedNamespaces: [],
    releasedSlot: undefined,
    now,
    nextLookAt: nextLookAt(incident, now, timeScale),
  };
}

/** Every 10 s for the whole incident, when a member starts or stops drifting, and when its looks are to end. */
function isTouchDue(
  before: Incident,
  slice: Slice | undefined,
  after: Slice,
  { observedAt, timeScale }: Observation,
  now: Instant,
): boolean {
  const drifts = (one: Slice | undefined) => JSON.stringify(one?.members.map(({ key, drift }) => [key, drift]) ?? []);
  const isWatchOver = isFlapWatched(before, before.lastLookAt, timeScale) && !isFlapWatched(before, now, timeScale);
  return (
    isWatchOver ||
    drifts(slice) !== drifts(after) ||
    observedAt - before.lastLookAt >= CLOSE_PERIOD_MS * timeScale * 0.9
  );
}

function stateFor(
  before: Incident,
  end: IncidentState | undefined,
  isBack: boolean,
  isRepairing: boolean,
): IncidentState {
  if (end !== undefined) return hasEnded(before) && !isBack ? before.state : end;
  if (isRepairing) return 'repairing';
  return hasEnded(before) || before.state === 'repairing' ? 'open' : before.state;
}

/** A repair is told as it stands now; of a member that recovered, as it ended. */
function withRepair(member: Member, { namespace, repairOf }: Observation): Member {
  if (member.namespace !== namespace) return member;
  const repair = repairOf(member);
  return repair === member.repair ? member : { ...member, repair };
}

function isUnderRepair(failing: readonly Member[], now: Instant): boolean {
  return failing.some(({ repair }) => repair !== undefined && isRepairing(repair, now));
}

/** Whether the proof of remedies that was just told says all that there is to say of the end. */
function areProvenNow(members: readonly Member[], runs: readonly RemedyRun[], now: Instant): boolean {
  const proven = runs.filter(({ state, endedAt }) => state === 'verified' && endedAt === now);
  return proven.length > 0 && members.every(({ key }) => proven.some((run) => run.members.includes(key)));
}

/** Only where something fails or is watched; an incident that ended keeps its last ones, for the flaps. */
function scopesFor(before: Incident, failing: readonly Member[], { cluster }: Observation): readonly Scope[] {
  if (failing.length === 0) return before.scopes;
  const namespaces = new Set(failing.map(({ namespace }) => namespace));
  const kept = before.scopes.filter((scope) => scope.kind === 'namespace' && namespaces.delete(scope.namespace));
  return namespaces.size === 0 && kept.length === before.scopes.length
    ? before.scopes
    : [...kept, ...[...namespaces].sort().map((namespace): Scope => ({ kind: 'namespace', cluster, namespace }))];
}
