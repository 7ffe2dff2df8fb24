import type { Instant } from './instant.ts';
import type { PreflightLine } from './preflight/memory.ts';
import type { RepairedSecrets } from './refresh/summarise-report.ts';
import type { RefreshTrouble } from './refresh/trouble.ts';
import type { Actor } from './remedy/actor.ts';
import type { Scope } from './scope.ts';

/** What an alert said, kept small: for the dead-letter message and for the incident's own record. A hint, never a truth. */
export interface AlertHint {
  readonly name: string;
  readonly status: 'firing' | 'resolved';
  readonly startsAt: Instant | undefined;
  readonly fingerprint: string | undefined;
  /** Labels that a person needs to find the thing; redacted, at most 20, each at most 200 characters. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A hint that a scope is worth a look. Skipped when a successful look of it started after `hintedAt`. */
export interface TriageJob {
  readonly kind: 'look';
  readonly scope: Scope;
  readonly hintedAt: Instant;
  /** Who asks: an alert's own `for` was the user's grace; what the sweep found waits its grace. */
  readonly from: 'alert' | 'sweep';
  /** At most 20; `alertCount` counts all. */
  readonly alerts: readonly AlertHint[];
  readonly alertCount: number;
  /** The cluster label was missing or unknown, and the only configured one was taken: the thread says so. */
  readonly isClusterAssumed: boolean;
  /** How often it waited for a cluster that could not be read. */
  readonly waits?: number | undefined;
}

/**
 * Asks whether the pods of a cluster still fail as they did: one call for every namespace that is watched, and a look only
 * where they do not.
 */
export interface CheckJob {
  readonly kind: 'check';
  readonly cluster: string;
  /** When it is due. */
  readonly hintedAt: Instant;
  /** What failed in each watched namespace: `domain/incident/failing-digests.ts`. */
  readonly watched: Readonly<Record<string, string>>;
}

/**
 * Webhook calls that were refused since the last such job, by answer (`400`, `401`, `413`): alert-webhook has no store,
 * the triage worker counts them, and the sweeper tells them once an hour.
 */
export interface RejectedJob {
  readonly kind: 'rejected';
  readonly counts: Readonly<Record<string, number>>;
  readonly at: Instant;
}

/** The alert that always fires came in: that cluster's alerting works, from Prometheus to here. */
export interface HeartbeatJob {
  readonly kind: 'heartbeat';
  readonly cluster: string;
  readonly at: Instant;
}

export type TriageQueueJob = TriageJob | CheckJob | RejectedJob | HeartbeatJob;

/** Tells the publisher to look whether an incident has something unpublished. It carries no content on purpose. */
export interface PublishPoke {
  readonly kind: 'poke';
  readonly incidentId: string;
}

/** Something that is not an incident but must be said, once per `id`, in the default channel unless it names another. */
export interface NoticeJob {
  readonly kind: 'notice';
  /** Unique: the same notice is never posted twice (`rejected/2026-11-22T13`, `unrouted/<fingerprint>/<startsAt>`). */
  readonly id: string;
  readonly notice:
    | { readonly type: 'rejected-webhooks'; readonly counts: Readonly<Record<string, number>>; readonly hour: Instant }
    | { readonly type: 'unrouted-alert'; readonly alerts: readonly AlertHint[]; readonly reason: string }
    | BlindNotice
    | DeafNotice
    | RefreshTroubleNotice
    | SecretsRepairedNotice
    | PreflightNotice;
  /** Instead of the default channel: of a configured route. */
  readonly channel?: string | undefined;
}

/** A cluster cannot be read; with `backAt` the same notice says that it is over. */
export interface BlindNotice {
  readonly type: 'blind';
  readonly cluster: string;
  readonly since: Instant;
  readonly why: string;
  readonly backAt?: Instant | undefined;
}

/** A cluster's heartbeat stayed away; with `backAt` the same notice says that it is over. */
export interface DeafNotice {
  readonly type: 'deaf';
  readonly cluster: string;
  /** The last heartbeat before the silence. */
  readonly since: Instant;
  readonly backAt?: Instant | undefined;
  /** Name of the alert, and the minutes without it that are too many. */
  readonly alert: string;
  readonly afterMinutes: number;
}

/** What keeps pull secrets of a cluster from being refreshed, as it stands; with `endedAt` that it is over. */
export interface RefreshTroubleNotice {
  readonly type: 'refresh-trouble';
  readonly cluster: string;
  readonly since: Instant;
  readonly at: Instant;
  readonly endedAt?: Instant | undefined;
  readonly trouble: RefreshTrouble;
  /** Grows with each edition: an older one that comes later is dropped. */
  readonly revision: number;
}

/** What a scheduled preflight found new or gone, as one channel may see it. */
export interface PreflightNotice {
  readonly type: 'preflight-changes';
  readonly cluster: string;
  readonly at: Instant;
  /** The soonest breaks; `appearedCount` counts all. */
  readonly appeared: readonly PreflightLine[];
  readonly appearedCount: number;
  readonly gone: readonly PreflightLine[];
  readonly goneCount: number;
  /** Findings that stand now. */
  readonly standing: number;
}

/** Pull secrets of a cluster whose token had ended were refreshed; counts grow while the run goes on. */
export interface SecretsRepairedNotice {
  readonly type: 'secrets-repaired';
  readonly cluster: string;
  readonly at: Instant;
  readonly repaired: RepairedSecrets;
  readonly revision: number;
}

export type PublishJob = PublishPoke | NoticeJob;

/**
 * Asks for a refresh of pull secrets in one cluster. It narrows the targets of the configuration and adds nothing to
 * them, so whoever can send one gets no token anywhere else.
 */
export interface RefreshJob {
  readonly kind: 'refresh';
  readonly cluster: string;
  /** `undefined` = all that targets name. */
  readonly namespaces?: readonly string[] | undefined;
  /** `button`: a person confirmed it for `secrets`; what targets of mode `advise` claim of them is written too. */
  readonly reason: 'schedule' | 'alert' | 'command' | 'button';
  /** Names of Secrets in `namespaces`; `undefined` = all that targets name. */
  readonly secrets?: readonly string[] | undefined;
  /** Of a scheduled run: which, and which part of it. */
  readonly run?: { readonly startedAt: Instant; readonly part: number } | undefined;
  /** Whatever the expiry says: a registry has just refused what is there. */
  readonly isForced?: boolean | undefined;
  /** Image that an alert is about: its registry is asked once with the new credential. */
  readonly image?: string | undefined;
}

/** Plans what a button stands for and shows it in its dialog. */
export interface PlanJob {
  readonly kind: 'plan';
  readonly offerId: string;
  readonly viewId: string;
  readonly by: Actor;
  /** Channel in which it was pressed. */
  readonly channelId: string;
  readonly choice: string | undefined;
  readonly at: Instant;
}

/** Does what was confirmed. The offer knows the rest. */
export interface ApplyJob {
  readonly kind: 'apply';
  readonly offerId: string;
  readonly at: Instant;
}

export type RemedyJob = PlanJob | ApplyJob;
