import type { ToldAlerts } from '../domain/incident/diagnosed-alerts.ts';
import type { SpreadPlace } from '../domain/incident/repository-spread.ts';
import type { Incident, LoadedIncident, Publication, Slice } from '../domain/incident.ts';
import type { Instant } from '../domain/instant.ts';
import type { TriageJob } from '../domain/jobs.ts';
import type { Scope } from '../domain/scope.ts';
import type { RepairStore } from './repair-store.ts';

/** The typed face of the one store (`flows/record-incident-store.ts` puts it on any `RecordStore`). Throws {StoreError}. */
export interface IncidentStore extends RepairStore {
  /**
   * Asks for the lease of a scope (60 s).
   * - `go`: it is yours until `finishLook`
   * - `fresh`: a successful look started after `hintedAt`: nothing to do
   * - `held`: someone else looks now; they are told to look `again`
   */
  startLook(
    scope: Scope,
    look: { readonly holder: string; readonly startedAt: Instant; readonly hintedAt: Instant },
  ): Promise<'go' | 'fresh' | 'held'>;
  /** Gives the lease back. `again`: a hint came in meanwhile; look once more. Harmless after the lease was lost. */
  finishLook(
    scope: Scope,
    look: { readonly holder: string; readonly startedAt: Instant; readonly isSuccess: boolean },
  ): Promise<{ readonly again: boolean }>;

  /** Incidents with a slice in that namespace: all open ones, and those that ended within the last hour. */
  incidentsIn(cluster: string, namespace: string, now: Instant): Promise<readonly LoadedIncident[]>;
  load(incidentId: string): Promise<LoadedIncident | undefined>;
  /** The open incident (or one ended within the hour) that holds this slot. */
  slotHolder(slot: string): Promise<string | undefined>;
  /**
   * One look's word on one incident, in one transaction: slices replaced, revision n ─▶ n+1, slot claimed or released,
   * member index and poke written. `expectedRevision` 0 = the incident must not exist, and its slot must be free.
   */
  commit(change: IncidentChange): Promise<'done' | 'conflict'>;

  /** Scopes of open incidents whose next look is due, soonest first. */
  dueScopes(until: Instant, limit: number): Promise<readonly { readonly scope: Scope; readonly incident: Incident }[]>;

  /** What the publisher has not dealt with: incidents whose poke is due. */
  duePokes(
    until: Instant,
    limit: number,
  ): Promise<readonly { readonly incidentId: string; readonly revision: number }[]>;
  poke(incidentId: string): Promise<{ readonly version: number; readonly revision: number } | undefined>;
  /** After publishing: nothing left (`undefined`), or look again at `nextAt`. A newer poke survives (`conflict`). */
  settlePoke(incidentId: string, version: number, nextAt: Instant | undefined): Promise<'done' | 'conflict'>;

  publications(incidentId: string): Promise<readonly (Publication & { readonly version: number })[]>;
  /** @param expectedVersion 0 = must not exist */
  savePublication(publication: Publication, expectedVersion: number): Promise<'done' | 'conflict'>;

  /** Counts a buzz of that channel; `count` includes it. The window is the clock hour of `at`. */
  countBuzz(channel: string, at: Instant): Promise<{ readonly count: number }>;
  /** +1 to a named counter of the clock hour of `at` (rejected webhooks). */
  countRejected(kind: string, at: Instant): Promise<void>;
  rejected(hour: Instant): Promise<Readonly<Record<string, number>>>;
  /** True exactly once per id (kept for 8 days): the right to do something once. */
  claimOnce(id: string, at: Instant): Promise<boolean>;

  /**
   * Says which references of a repository fail in one namespace.
   * @param repository `cause|registry/repository`
   * @returns whether it fails so widely that it is one message
   */
  noteSpread(cluster: string, repository: string, place: SpreadPlace, timeScale: number): Promise<boolean>;

  /** What that Alertmanager was told of a namespace. */
  toldAlerts(target: string, cluster: string, namespace: string): Promise<ToldAlerts | undefined>;
  /** Replaces it; without any alert it is forgotten. One look at a time has the namespace. */
  saveToldAlerts(target: string, cluster: string, namespace: string, told: ToldAlerts): Promise<void>;

  /** That cluster could not be read at that time. @returns since when it cannot, this time included */
  markBlind(cluster: string, at: Instant): Promise<Instant>;
  /** That cluster's heartbeat came at that time; an older one than is known changes nothing. */
  markHeartbeat(cluster: string, at: Instant): Promise<void>;
  /** `undefined`: it never sent one. `silentSince`: its silence since then was told and is not over yet. */
  heartbeat(cluster: string): Promise<{ readonly at: Instant; readonly silentSince?: Instant | undefined } | undefined>;
  /** Its silence was told, or is over (`undefined`). */
  markSilent(cluster: string, since: Instant | undefined): Promise<void>;

  /** `undefined`: nothing is known of its being blind. */
  blindness(cluster: string): Promise<Blindness | undefined>;
  /** It was read: that blindness is over, unless somebody met it again meanwhile. */
  markSeen(cluster: string, blindness: Blindness): Promise<void>;
  /** Keeps a look of a cluster that cannot be read, one a scope: alerts of an earlier one stay with it. For a day. */
  keepLook(job: TriageJob, at: Instant): Promise<void>;
  keptLooks(cluster: string): Promise<readonly KeptLook[]>;
  /** It is on the queue again; one that was kept anew meanwhile stays. */
  forgetLook(look: KeptLook): Promise<void>;
}

/** Since when a cluster cannot be read. */
export interface Blindness {
  readonly since: Instant;
  readonly version: number;
}

export interface KeptLook {
  readonly job: TriageJob;
  readonly version: number;
}

export interface IncidentChange {
  readonly incident: Incident;
  readonly expectedRevision: number;
  readonly slices: readonly Slice[];
  /** Namespaces whose slice is removed. */
  readonly removedNamespaces: readonly string[];
  /** Slot that it held before, where it changed. */
  readonly releasedSlot: string | undefined;
  readonly now: Instant;
  /** When the sweeper should look at its scopes again; `undefined` = never (it ended). */
  readonly nextLookAt: Instant | undefined;
}
