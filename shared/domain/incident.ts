import type { Finding } from './finding.ts';
import type { MemberRepair } from './incident/secret-repair.ts';
import type { Instant } from './instant.ts';
import type { AlertHint } from './jobs.ts';
import type { Gap, PullEvent } from './pull-failure.ts';
import type { Actor } from './remedy/actor.ts';
import type { Proposal } from './remedy/proposal.ts';
import type { RemedyRun } from './remedy/run.ts';
import type { Scope } from './scope.ts';

/**
 * - `observed`: known, nothing was posted yet · `open` · `repairing`: a remedy was applied and is being proven
 * - ended: `recovered` (the pods run), `superseded` (its members belong to another incident or revision now),
 *   `gone` (the workloads were deleted)
 */
export type IncidentState = 'observed' | 'open' | 'repairing' | 'recovered' | 'superseded' | 'gone';

export type MemberState = 'failing' | 'running' | 'gone' | 'superseded';

/** A failing pod of a member. */
export interface MemberPod {
  readonly name: string;
  readonly node: string | undefined;
  readonly since: Instant | undefined;
  /** Creation of its node, where the node was read: what fails on a new node gets five minutes more. */
  readonly nodeCreatedAt?: Instant | undefined;
}

/** How the workload of a member stands. */
export interface MemberRollout {
  readonly desired: number | undefined;
  readonly available: number | undefined;
  /** Pods of an older revision that serve. */
  readonly oldAvailable: number | undefined;
  /** Whether it was ever available; `undefined` where its conditions do not tell. */
  readonly hasServed?: boolean | undefined;
  readonly revision: string | undefined;
  readonly revisionCreatedAt: Instant | undefined;
  readonly previousImage: string | undefined;
  readonly imageSetBy: string | undefined;
  /** When that manager last wrote the workload: no earlier than it set the image. */
  readonly imageSetAt?: Instant | undefined;
  /** What the pod template says now. */
  readonly templateImage?: string | undefined;
  readonly managedBy: string | undefined;
}

/** Who asked to hear of it, by annotation (workload first, then namespace) or alert label; checked against `routes`. */
export interface MemberRouting {
  readonly channel: string | undefined;
  readonly oncall: string | undefined;
  readonly runbook: string | undefined;
  readonly muteUntil: Instant | undefined;
}

/** What a registry proved of a failing member: see `incident/registry-proof.ts`. */
export interface RegistryProof {
  readonly at: Instant;
  /** Hash of all that the answer was about; another one makes it worthless. */
  readonly basis: string;
  /** Each fact in a few words; none where nothing was answered. */
  readonly said: readonly string[];
}

/** One container of one workload (or of a bare pod) in an incident. */
export interface Member {
  /** `namespace/Kind/name/container`. */
  readonly key: string;
  readonly namespace: string;
  /** `Deployment`, …, or `Pod` for a bare one. */
  readonly workloadKind: string;
  readonly workloadName: string;
  readonly container: string;
  readonly containerKind: 'container' | 'init' | 'ephemeral' | 'image-volume';
  /** Image reference as written. */
  readonly image: string;
  readonly state: MemberState;
  /** Start of the look that this is the word of; older words are dropped. */
  readonly observedAt: Instant;
  readonly reason: string | undefined;
  /** At most 20; `failingPods` counts all. */
  readonly pods: readonly MemberPod[];
  readonly failingPods: number;
  readonly runningPods: number;
  readonly firstFailedAt: Instant | undefined;
  readonly lastFailedAt: Instant | undefined;
  readonly tries: number;
  /** Best first, at most 3. */
  readonly findings: readonly Finding[];
  /** The runtime's words, redacted, at most 2,000 characters. */
  readonly errorText: string;
  /** At most 6, redacted. */
  readonly events: readonly PullEvent[];
  readonly gaps: readonly Gap[];
  /** What `findings` owe to the registry; `undefined` where it was not to be asked. */
  readonly proof?: RegistryProof | undefined;
  /** What pullmedic does about its pull secret by itself. */
  readonly repair?: MemberRepair | undefined;
  /** What people could let pullmedic do about it, best first; policy decides later who may. */
  readonly proposals?: readonly Proposal[] | undefined;
  readonly rollout: MemberRollout | undefined;
  readonly routing: MemberRouting;
  /** Another slot that the last look would put this member in, and since when: it moves once two looks 30 s apart agree. */
  readonly drift?: { readonly slot: string; readonly since: Instant } | undefined;
}

/** All members of an incident in one namespace: replaced whole by each look. */
export interface Slice {
  readonly incidentId: string;
  readonly namespace: string;
  readonly observedAt: Instant;
  readonly members: readonly Member[];
}

/** Something that happened, told in the thread once (`key` is unique within the incident). */
export interface IncidentNote {
  readonly key: string;
  readonly at: Instant;
  readonly kind: 'now-known' | 'joined' | 'changed-cause' | 'recovered' | 'reopened' | 'alert' | 'info' | 'remedy';
  readonly text: string;
}

export interface Incident {
  /** Opaque. */
  readonly id: string;
  readonly cluster: string;
  /** +1 at every change worth publishing. */
  readonly revision: number;
  readonly state: IncidentState;
  /** `cluster|family|subject`: at most one open incident holds a slot. */
  readonly slot: string;
  /** The best finding over all members; it may improve. */
  readonly best: Finding;
  readonly openedAt: Instant;
  readonly firstFailedAt: Instant;
  /** Last time that members, cause or state changed. */
  readonly changedAt: Instant;
  readonly lastLookAt: Instant;
  readonly endedAt: Instant | undefined;
  readonly from: 'alert' | 'sweep';
  /** The scopes that looked at it: what the sweeper looks at again. */
  readonly scopes: readonly Scope[];
  readonly alerts: readonly AlertHint[];
  readonly isClusterAssumed: boolean;
  readonly notes: readonly IncidentNote[];
  /** Remedies that were used, oldest first; the newest 6. */
  readonly runs?: readonly RemedyRun[] | undefined;
  /** Who said that they are on it. */
  readonly taken?: { readonly by: Actor; readonly at: Instant } | undefined;
  /** Somebody muted it: edits only, no buzz, until then. */
  readonly muted?: { readonly by: Actor; readonly at: Instant; readonly until: Instant } | undefined;
}

/** An incident with its slices: what the publisher and the fold work on. */
export interface LoadedIncident {
  readonly incident: Incident;
  readonly slices: readonly Slice[];
}

/** Red, orange, yellow, green: harm × environment, see `chat/decide-notification.ts`. */
export type Dot = 'red' | 'orange' | 'yellow' | 'green';

/** An incident in the list of a roll-up or digest. */
export interface BundleLine {
  readonly incidentId: string;
  readonly subject: string;
  /** As it was when it joined. */
  readonly dot: Dot;
  readonly isOver: boolean;
}

/** One message of an incident in one channel. */
export interface Publication {
  readonly incidentId: string;
  /** The channel as routed (id or name). */
  readonly channel: string;
  /** `posting`: a post was begun and its answer is not known: look for its tag before posting again. */
  readonly phase: 'posting' | 'posted';
  readonly posted: { readonly channelId: string; readonly ts: string } | undefined;
  /** The reply that holds the details; edited in place. */
  readonly details: { readonly channelId: string; readonly ts: string } | undefined;
  readonly publishedRevision: number;
  readonly dot: Dot;
  /** Hash of what stands in Slack now: equal = no edit. */
  readonly contentHash: string;
  readonly detailsHash: string;
  readonly postedAt: Instant;
  readonly editedAt: Instant;
  readonly lastBroadcastAt: Instant | undefined;
  /** Keys of replies that stand in the thread. */
  readonly replies: readonly string[];
  /** Sends that were begun and whose answer is not known, by key: look for their tag before sending again. */
  readonly attempts?: Readonly<Record<string, Instant>> | undefined;
  /** The message stands in this thread (of a roll-up or digest) instead of in the channel itself. */
  readonly thread?:
    | { readonly channelId: string; readonly ts: string; readonly bundle?: string | undefined }
    | undefined;
  /** Of a roll-up or digest: the incidents in its thread, in the order in which they came. */
  readonly lines?: readonly BundleLine[] | undefined;
  /** A buzz that the hourly limit holds back. */
  readonly owes?: 'worse' | 'reopened' | undefined;
  /** How often it was posted anew because the message could no longer be edited. */
  readonly reposts?: number | undefined;
}
