import { setTimeout as pause } from 'node:timers/promises';
import { ClusterError, StoreError } from '../../domain/errors.ts';
import { assignMembers } from '../../domain/incident/assign-members.ts';
import { fold } from '../../domain/incident/fold.ts';
import type { Verdict } from '../../domain/incident/judge-member.ts';
import { hasEnded } from '../../domain/incident/life.ts';
import { mergeFailing } from '../../domain/incident/merge-member.ts';
import { type Report, reportFor } from '../../domain/incident/report.ts';
import type { MemberRepair } from '../../domain/incident/secret-repair.ts';
import { slotOfMember } from '../../domain/incident/slot.ts';
import type { LoadedIncident, Member } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { IncidentChange, IncidentStore } from '../../ports/incident-store.ts';
import { auditOutcomes } from './audit-outcomes.ts';
import type { LookDeps } from './look-deps.ts';
import { sendPoke } from './send-poke.ts';

/** What a look saw in one namespace. */
export interface NamespaceWord {
  readonly cluster: string;
  readonly namespace: string;
  readonly observedAt: Instant;
  readonly failing: readonly Member[];
  readonly judge: (member: Member) => Verdict;
  readonly repairOf: (member: Member) => MemberRepair | undefined;
  readonly report: Report;
}

/** Twenty namespaces on one incident write to it at the same time; each conflict means that another one got through. */
const MAX_ATTEMPTS = 30;
const BACK_OFF_MS = 40;
/** A look that took longer has lost its lease, or is about to: what it saw is old, and somebody may have seen newer. */
const MAX_LOOK_MS = 50_000;

/**
 * Brings what was seen into the incidents that it concerns: those of its failing members, and those of members that no
 * longer fail. Each is read, folded and written with its revision; on a conflict all of it is decided anew.
 * @throws {StoreError} when that did not succeed; the look may be repeated
 */
export async function applyObservation(word: NamespaceWord, deps: LookDeps): Promise<void> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (deps.clock.now() - word.observedAt > MAX_LOOK_MS) {
      throw new ClusterError('look at', `${word.cluster}/${word.namespace} within its lease`, undefined);
    }
    if (await tryToApply(word, deps)) return;
    await pause(Math.random() * BACK_OFF_MS * Math.min(attempt, 10));
  }
  throw new StoreError(`incidents of ${word.cluster}/${word.namespace} changed faster than they could be written`, {
    retry: 'retry',
  });
}

/** @returns whether everything is written; what was written by an attempt that failed is found unchanged by the next */
async function tryToApply(word: NamespaceWord, deps: LookDeps): Promise<boolean> {
  const { store, config, clock } = deps;
  const { cluster, namespace } = word;
  const { timeScale } = config.limits;
  const known = new Map(
    (await store.incidentsIn(cluster, namespace, clock.now())).map((loaded) => [loaded.incident.id, loaded]),
  );
  const holders = await readHolders(word, known, store);
  const { homes, homeless, movedAway } = assignMembers(word.failing, [...known.values()], holders, {
    cluster,
    timeScale,
  });

  // Where members go to first, then where they come from: cut short in between, the next look ends it.
  const order = [...known.keys()].sort((a, b) => Number(movedAway.has(a)) - Number(movedAway.has(b)));
  const targets: readonly { readonly loaded: LoadedIncident | undefined; readonly failing: readonly Member[] }[] = [
    ...[...homeless.values()].map((failing) => ({ loaded: undefined, failing })),
    ...order.map((id) => ({ loaded: known.get(id), failing: homes.get(id) ?? [] })),
  ];
  for (const { loaded, failing } of targets) {
    if (loaded !== undefined && failing.length === 0 && !hasSlice(loaded, namespace)) continue;
    const id = loaded?.incident.id ?? deps.newId();
    const change = fold(
      loaded,
      {
        ...word,
        failing,
        movedAway: movedAway.get(id) ?? new Set(),
        report: failing.length === 0 ? SILENT : reportFor(word.report, failing),
        isSlotTaken: (slot) => (holders.get(slot) ?? id) !== id,
        newId: id,
        timeScale,
      },
      clock.now(),
    );
    if (change === undefined) continue;
    if (!(await commit(change, deps))) return false;
    await auditOutcomes(loaded?.incident.runs ?? [], change.incident.runs ?? [], deps);
  }
  return true;
}

const SILENT: Report = { from: 'sweep', alerts: [], isClusterAssumed: false, notes: [] };

/** Writes a change and, where there is something to publish, pokes. @returns `false` on a conflict */
export async function commit(change: IncidentChange, deps: LookDeps): Promise<boolean> {
  const { incident, expectedRevision } = change;
  if ((await deps.store.commit(change)) === 'conflict') return false;
  if (expectedRevision === 0) deps.metrics.count('IncidentsOpened', 1, { cause: incident.best.causeId });
  else if (hasEnded(incident) && incident.endedAt === change.now)
    deps.metrics.count('IncidentsEnded', 1, { state: incident.state });
  if (incident.revision > expectedRevision) await sendPoke(incident, deps);
  return true;
}

/** Who holds the slots that the failing members' causes stand for; holders that were not known are loaded. */
async function readHolders(
  { cluster, failing }: NamespaceWord,
  known: Map<string, LoadedIncident>,
  store: IncidentStore,
): Promise<ReadonlyMap<string, string>> {
  const members = [...known.values()].flatMap(({ slices }) => slices.flatMap((slice) => slice.members));
  const slots = new Set(
    failing.flatMap((fresh) => {
      const told = members.find(({ key }) => key === fresh.key);
      return [slotOfMember(cluster, fresh), slotOfMember(cluster, mergeFailing(told, fresh))].filter(
        (slot) => slot !== undefined,
      );
    }),
  );
  const holders = new Map<string, string>();
  for (const slot of slots) {
    const holder = await store.slotHolder(slot);
    if (holder === undefined) continue;
    const loaded = known.get(holder) ?? (await store.load(holder));
    if (loaded === undefined) continue;
    known.set(holder, loaded);
    holders.set(slot, holder);
  }
  return holders;
}

function hasSlice({ slices }: LoadedIncident, namespace: string): boolean {
  return slices.some((slice) => slice.namespace === namespace);
}
