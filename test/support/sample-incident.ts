import type { Config } from '../../shared/config/config.ts';
import type { Finding } from '../../shared/domain/finding.ts';
import type { MemberRepair } from '../../shared/domain/incident/secret-repair.ts';
import type { Incident, LoadedIncident, Member, MemberRollout, Publication } from '../../shared/domain/incident.ts';

/** 2026-11-22 09:16 UTC: the "now" of all samples. */
export const NOW = Date.UTC(2026, 10, 22, 9, 16);
export const MINUTE = 60_000;

/** One prod and one dev cluster, a team with a channel of its own, one default channel. */
export function sampleConfig(change: Partial<Config> = {}): Config {
  return {
    clusters: [
      { name: 'prod-eu', environment: 'prod', access: { kind: 'in-cluster' } },
      { name: 'dev', environment: 'non-prod', access: { kind: 'in-cluster' } },
    ],
    alerts: { names: [], clusterLabel: 'cluster', tokens: [], watchdog: { name: 'Watchdog', silentAfterMinutes: 15 } },
    routes: {
      rules: [
        { ...anyRoute(), namespaces: ['ml', 'ml-*'], channel: 'C0MLTEAM1' },
        { ...anyRoute(), namespaces: ['pay'], channel: '#payments', oncall: 'S0PAYONCALL' },
      ],
      allowedChannels: ['#shop-alerts'],
      allowedLinkHosts: ['runbooks.example.com'],
    },
    slack: {
      botToken: 'env:SLACK_BOT_TOKEN',
      signingSecret: 'env:SLACK_SIGNING_SECRET',
      channel: 'C0PLATFORM',
      apiUrl: 'https://slack.com/api/',
      oncall: 'S0PLATFORM1',
    },
    policy: { mode: 'by-rule', rules: [], argoCdManualSync: [] },
    limits: { timeScale: 1, buzzesPerHour: 6, countEditSeconds: 30 },
    events: true,
    askRegistries: true,
    registries: [],
    ecr: { accounts: [] },
    targets: [],
    preflight: { everyHours: 24 },
    refresh: { everyMinutes: 120 },
    alertmanagers: [],
    ...change,
  };
}

/** A route that says nothing but its namespaces (none). */
export function anyRoute(): Config['routes']['rules'][number] {
  return {
    namespaces: [],
    clusters: undefined,
    channel: undefined,
    oncall: undefined,
    runbook: undefined,
    environment: undefined,
    posts: undefined,
  };
}

/** Tag v1.2.33 is missing: may be pushed still. */
export function tagMissing(change: Partial<Finding> = {}): Finding {
  return {
    causeId: 'tag-not-found',
    confidence: 'certain',
    family: 'image',
    subject: 'checkout:v1.2.33',
    title: 'The tag does not exist in the repository',
    phrase: 'tag v1.2.33 does not exist',
    healsByWaiting: 'perhaps',
    evidence: [
      {
        text: 'ECR repository checkout has no tag v1.2.33',
        source: "asked with the pod's credentials, from AWS eu-west-1",
        at: NOW,
      },
    ],
    fixes: [
      {
        id: 'roll-back',
        title: 'Roll back to v1.2.2, which ran',
        commands: ["kubectl -n 'shop' rollout undo 'deployment/checkout'"],
        kind: 'now',
      },
      { id: 'check-tag-in-ci', title: 'Let the pipeline check that the tag exists', commands: [], kind: 'lasting' },
    ],
    docs: 'docs/causes/tag-not-found.md',
    ...change,
  };
}

/** ECR pull secret has expired: waiting never heals it. */
export function secretExpired(change: Partial<Finding> = {}): Finding {
  return {
    ...tagMissing(),
    causeId: 'auth-expired',
    detail: 'ecr-token-expired',
    family: 'ecr-expiry',
    subject: '111122223333/eu-west-1',
    title: 'ECR pull secret has expired',
    phrase: 'ECR pull secret has expired',
    healsByWaiting: 'no',
    evidence: [
      {
        text: 'secret shop/ecr-creds: its ECR token expired at 06:02',
        source: 'expiry written in the token',
        at: NOW,
      },
    ],
    docs: 'docs/causes/auth-expired.md',
    ...change,
  };
}

/** A refresh of `ecr-creds` that wrote a fresh token a minute ago. */
export function aRepair(change: Partial<MemberRepair> = {}): MemberRepair {
  return {
    state: 'written',
    secret: 'ecr-creds',
    wasMissing: false,
    target: 'shop',
    identity: 'role/pull',
    askedAt: NOW - MINUTE,
    endedAt: NOW - MINUTE + 1_000,
    expiresAt: NOW + 12 * 60 * MINUTE,
    reason: undefined,
    why: undefined,
    revertedBy: undefined,
    heldUntil: undefined,
    ...change,
  };
}

/** 429: heals by waiting. */
export function rateLimited(change: Partial<Finding> = {}): Finding {
  return {
    ...tagMissing(),
    causeId: 'rate-limited',
    confidence: 'likely',
    family: 'registry-limit',
    subject: 'docker.io',
    title: 'The registry limits how often this address may pull',
    phrase: 'Docker Hub rate limit reached',
    healsByWaiting: 'yes',
    evidence: [{ text: 'the registry answered 429 Too Many Requests', source: 'event', at: NOW - MINUTE }],
    docs: 'docs/causes/rate-limited.md',
    ...change,
  };
}

/** 3 wanted, 3 of the old revision serve. */
export function sampleRollout(change: Partial<MemberRollout> = {}): MemberRollout {
  return {
    desired: 3,
    available: 3,
    oldAvailable: 3,
    revision: '42',
    revisionCreatedAt: NOW - 60 * MINUTE,
    previousImage: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/checkout:v1.2.2',
    imageSetBy: 'kubectl-set',
    managedBy: undefined,
    ...change,
  };
}

/** A Deployment `shop/checkout` with one failing pod of a stuck rollout. */
export function sampleMember(change: Partial<Member> = {}): Member {
  const namespace = change.namespace ?? 'shop';
  const workloadName = change.workloadName ?? 'checkout';
  const workloadKind = change.workloadKind ?? 'Deployment';
  return {
    key: `${namespace}/${workloadKind}/${workloadName}/app`,
    namespace,
    workloadKind,
    workloadName,
    container: 'app',
    containerKind: 'container',
    image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/checkout:v1.2.33',
    state: 'failing',
    observedAt: NOW,
    reason: 'ImagePullBackOff',
    pods: [{ name: `${workloadName}-7d9f8-abcde`, node: 'ip-10-0-3-7', since: NOW - 4 * MINUTE }],
    failingPods: 1,
    runningPods: 0,
    firstFailedAt: NOW - 4 * MINUTE,
    lastFailedAt: NOW - MINUTE,
    tries: 5,
    findings: [tagMissing()],
    errorText: 'failed to resolve reference "111122223333.dkr.ecr.eu-west-1.amazonaws.com/checkout:v1.2.33": not found',
    events: [
      {
        reason: 'Failed',
        message: 'Failed to pull image "checkout:v1.2.33": not found',
        count: 5,
        firstAt: NOW - 4 * MINUTE,
        lastAt: NOW - MINUTE,
      },
    ],
    gaps: [],
    rollout: sampleRollout(),
    routing: { channel: undefined, oncall: undefined, runbook: undefined, muteUntil: undefined },
    ...change,
  };
}

/** An incident of these members, found by an alert, in `prod-eu`. */
export function sampleIncident(
  members: readonly Member[] = [sampleMember()],
  change: Partial<Incident> = {},
): LoadedIncident {
  const best = change.best ?? members[0]?.findings[0] ?? tagMissing();
  const cluster = change.cluster ?? 'prod-eu';
  const incident: Incident = {
    id: 'inc-1',
    cluster,
    revision: 1,
    state: 'open',
    slot: `${cluster}|${best.family}|${best.subject}`,
    best,
    openedAt: NOW - 4 * MINUTE,
    firstFailedAt: NOW - 4 * MINUTE,
    changedAt: NOW,
    lastLookAt: NOW,
    endedAt: undefined,
    from: 'alert',
    scopes: [{ kind: 'namespace', cluster, namespace: 'shop' }],
    alerts: [],
    isClusterAssumed: false,
    notes: [],
    ...change,
  };
  const namespaces = [...new Set(members.map(({ namespace }) => namespace))];
  return {
    incident,
    slices: namespaces.map((namespace) => ({
      incidentId: incident.id,
      namespace,
      observedAt: NOW,
      members: members.filter((member) => member.namespace === namespace),
    })),
  };
}

/** What stands in the channel: one posted ten minutes ago. */
export function samplePublication(change: Partial<Publication> = {}): Publication {
  return {
    incidentId: 'inc-1',
    channel: 'C0PLATFORM',
    phase: 'posted',
    posted: { channelId: 'C0PLATFORM', ts: '1.1' },
    details: undefined,
    publishedRevision: 1,
    dot: 'orange',
    contentHash: 'old.old',
    detailsHash: '',
    postedAt: NOW - 10 * MINUTE,
    editedAt: NOW - 10 * MINUTE,
    lastBroadcastAt: undefined,
    replies: [],
    ...change,
  };
}
