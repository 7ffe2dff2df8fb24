import type { Config } from '../config/config.ts';
import type { Finding } from '../domain/finding.ts';
import { watchedMembers, watchedUntil } from '../domain/incident/watched-image.ts';
import type { Dot, Incident, IncidentNote, LoadedIncident, Member } from '../domain/incident.ts';
import { type Instant, latest } from '../domain/instant.ts';
import type { AlertHint } from '../domain/jobs.ts';
import type { RemedyRun } from '../domain/remedy/run.ts';
import { assessWorkloads, dotRank, type WorkloadHarm } from './harm.ts';
import { type RepairView, viewRepair } from './repair-view.ts';
import type { Audience } from './route.ts';
import { isImageUndo, viewRuns } from './run-view.ts';

/** A tag or digest that is missing in a revision younger than this may still be on its way from a build. */
const YOUNG_ROLLOUT_MS = 15 * 60_000;
/** What fails because a repair was taken back shows within this time. */
const UNDONE_MS = 60_000;

/**
 * How an incident ended for those who read it: its pods run, its workloads were deleted or scaled to nothing, or they no
 * longer wait for this image (another incident or revision has them). `undefined` while anything fails.
 */
export type Ending = 'recovered' | 'gone' | 'superseded';

/** An incident as one channel may see it: what is decided on and rendered. Pure data, no time but what it was built at. */
export interface IncidentView {
  readonly incident: Incident;
  readonly audience: Audience;
  /** Whether parts of the incident are left out for this channel. */
  readonly isPartial: boolean;
  readonly members: readonly Member[];
  /** Worst first. */
  readonly workloads: readonly WorkloadHarm[];
  readonly failing: readonly WorkloadHarm[];
  readonly best: Finding;
  /** Other readings of the leading failure, where the best is not certain. */
  readonly alternatives: readonly Finding[];
  readonly ending: Ending | undefined;
  readonly dot: Dot;
  /** What pullmedic did about it by itself; `undefined` = nothing. */
  readonly repair: RepairView | undefined;
  /** Uses of remedies, oldest first. */
  readonly runs: readonly RemedyRun[];
  /** Nothing fails, and what a remedy set must stand until then before it is over. */
  readonly watchedUntil: Instant | undefined;
  /** It is over, and its repair was taken back a moment ago: until then nobody knows whether it fails again. */
  readonly undoneUntil: Instant | undefined;
  /** Set where all failing pods are on one node and its cause is the node. */
  readonly node: string | undefined;
  /** User or group to mention: only where something of prod that served is down. */
  readonly mention: string | undefined;
  /** Until when a missing tag is told as "not there yet?". */
  readonly maybeYetUntil: Instant | undefined;
  readonly failingPods: number;
  /** Whether the channel gets it in its digest instead of a message of its own. */
  readonly isDigest: boolean;
  /** Whether only runs of jobs fail: later runs count up and do not buzz. */
  readonly isJobsOnly: boolean;
  readonly alerts: readonly AlertHint[];
  readonly notes: readonly IncidentNote[];
}

/** Leaves out what this channel may not see and assesses the rest. */
export function viewIncident(loaded: LoadedIncident, audience: Audience, config: Config, now: Instant): IncidentView {
  const { incident } = loaded;
  const all = loaded.slices.flatMap((slice) => slice.members);
  const members =
    audience.namespaces === undefined ? all : all.filter(({ namespace }) => audience.namespaces?.includes(namespace));
  const isPartial = members.length < all.length;
  const workloads = assessWorkloads(members, incident.cluster, config);
  const failing = workloads.filter(({ state }) => state === 'failing');
  const best = bestOf(incident, members, isPartial);
  const watched = watchedMembers(members, incident.runs ?? [], config.limits.timeScale);
  const ending = endingOf(incident, workloads, failing, isPartial && watched.length === 0);
  const runs = viewRuns(incident.runs ?? [], members, isPartial);
  const undoneUntil = ending === undefined ? undefined : undoneUntilOf(incident, runs, config.limits.timeScale, now);
  const isProd = workloads.some(({ environment }) => environment === 'prod') || workloads.length === 0;
  const isDown = failing.some(({ harm, dot }) => harm === 'down' && dot === 'red');
  return {
    incident,
    audience,
    isPartial,
    members,
    workloads,
    failing,
    best,
    alternatives: alternativesOf(best, members),
    ending,
    // Nothing is broken yet; green would lie, and a failure that follows is a turn for the worse.
    dot: undoneUntil === undefined ? overallDot(ending, failing, isProd) : 'yellow',
    repair: viewRepair(members, ending !== undefined),
    runs,
    watchedUntil: ending === undefined && failing.length === 0 ? untilOf(watched, incident, config) : undefined,
    undoneUntil,
    node: nodeOf(best, failing),
    mention: isDown ? audience.oncall : undefined,
    maybeYetUntil: maybeYetUntil(best, failing, config.limits.timeScale, now),
    failingPods: failing.reduce((sum, { failingPods }) => sum + failingPods, 0),
    isDigest: !isProd && !audience.posts,
    isJobsOnly: failing.length > 0 && failing.every(({ kind }) => kind === 'Job' || kind === 'CronJob'),
    alerts: isPartial ? incident.alerts.filter((alert) => isOfNamespaces(alert, members)) : incident.alerts,
    notes: isPartial ? incident.notes.flatMap((note) => noteInPart(note, runs, failing)) : incident.notes,
  };
}

function undoneUntilOf(
  { endedAt }: Incident,
  runs: readonly RemedyRun[],
  timeScale: number,
  now: Instant,
): Instant | undefined {
  const run = runs.findLast(({ state, remedyId }) => state !== 'stopped' && remedyId !== 'silence-alert');
  if (run === undefined || !isImageUndo(run) || endedAt === undefined) return undefined;
  const at = run.appliedAt ?? run.startedAt;
  const until = at + UNDONE_MS * timeScale;
  return at >= endedAt && until > now ? until : undefined;
}

function untilOf(watched: readonly Member[], { runs = [] }: Incident, { limits }: Config): Instant | undefined {
  return latest(watched.map((member) => watchedUntil(member, runs, limits.timeScale)));
}

/** Notes name other teams' workloads: of the whole only that it ended or began again is told, in words without names. */
function noteInPart(
  note: IncidentNote,
  runs: readonly RemedyRun[],
  failing: readonly WorkloadHarm[],
): readonly IncidentNote[] {
  switch (note.kind) {
    case 'recovered':
      return [{ ...note, text: 'runs again' }];
    case 'reopened':
      return failing.length === 0 ? [] : [{ ...note, text: 'fails again' }];
    default:
      return isOfRuns(note, runs) ? [note] : [];
  }
}

/** A remedy that touched nothing of others, told whole. */
function isOfRuns({ kind, key }: IncidentNote, runs: readonly RemedyRun[]): boolean {
  return kind === 'remedy' && runs.some(({ offerId, did }) => did.length > 0 && key.startsWith(`remedy/${offerId}/`));
}

function overallDot(ending: Ending | undefined, failing: readonly WorkloadHarm[], isProd: boolean): Dot {
  // It may fail for another reason, in another message: green would lie.
  if (ending === 'superseded') return 'yellow';
  if (ending !== undefined) return 'green';
  // Nothing fails, and it is not proven yet: yellow here would make the next failed pull look like a turn for the worse.
  if (failing.length === 0) return isProd ? 'orange' : 'yellow';
  return failing.reduce<Dot>((worst, { dot }) => (dotRank(dot) > dotRank(worst) ? dot : worst), 'yellow');
}

function endingOf(
  incident: Incident,
  workloads: readonly WorkloadHarm[],
  failing: readonly WorkloadHarm[],
  isPartial: boolean,
): Ending | undefined {
  if (failing.length > 0) return undefined;
  const hasEnded = incident.state === 'recovered' || incident.state === 'superseded' || incident.state === 'gone';
  // A part is over when its members are; the whole only when the looks have proven it.
  if (!hasEnded && !isPartial) return undefined;
  if (workloads.some(({ state }) => state === 'running')) return 'recovered';
  if (workloads.some(({ state }) => state === 'superseded')) return 'superseded';
  if (workloads.length > 0) return 'gone';
  return hasEnded && incident.state !== 'recovered' ? (incident.state as Ending) : 'gone';
}

/** The incident's best finding; in a part of it the same cause as found there, so that no other team's objects show. */
function bestOf(incident: Incident, members: readonly Member[], isPartial: boolean): Finding {
  if (!isPartial) return incident.best;
  const findings = [...members]
    .sort((a, b) => Number(b.state === 'failing') - Number(a.state === 'failing'))
    .flatMap((member) => member.findings.slice(0, 1));
  return (
    findings.find(({ causeId }) => causeId === incident.best.causeId) ??
    findings[0] ?? { ...incident.best, evidence: [], fixes: [], phrase: incident.best.title }
  );
}

function alternativesOf(best: Finding, members: readonly Member[]): readonly Finding[] {
  if (best.confidence === 'certain') return [];
  const lead = members.find(({ state, findings }) => state === 'failing' && findings[0]?.causeId === best.causeId);
  return (lead?.findings ?? []).filter(({ causeId }) => causeId !== best.causeId).slice(0, 2);
}

/** A node's fault: the subject is the node on which every failing pod is, and more than one workload suffers. */
function nodeOf(best: Finding, failing: readonly WorkloadHarm[]): string | undefined {
  if (failing.length < 2) return undefined;
  const nodes = new Set(
    failing.flatMap(({ members }) => members.flatMap(({ pods }) => pods.flatMap(({ node }) => node ?? []))),
  );
  const [node] = nodes;
  if (nodes.size !== 1 || node === undefined) return undefined;
  const isNodeFault = best.family.startsWith('node') || best.subject === node || best.subject.endsWith(`/${node}`);
  return isNodeFault ? node : undefined;
}

function maybeYetUntil(
  best: Finding,
  failing: readonly WorkloadHarm[],
  timeScale: number,
  now: Instant,
): Instant | undefined {
  if (best.healsByWaiting !== 'perhaps') return undefined;
  const created = failing.flatMap(({ members }) => members.flatMap(({ rollout }) => rollout?.revisionCreatedAt ?? []));
  if (created.length === 0) return undefined;
  const until = Math.max(...created) + YOUNG_ROLLOUT_MS * timeScale;
  return until > now ? until : undefined;
}

function isOfNamespaces({ labels }: AlertHint, members: readonly Member[]): boolean {
  const namespace = labels['exported_namespace'] ?? labels['namespace'];
  return members.some((member) => member.namespace === namespace);
}
