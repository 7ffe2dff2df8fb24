import type { Finding } from '../../shared/domain/finding.ts';
import type { Incident, Member, Publication, Slice } from '../../shared/domain/incident.ts';
import type { Scope } from '../../shared/domain/scope.ts';
import type { IncidentChange } from '../../shared/ports/incident-store.ts';

/** 2026-11-22T13:00:00Z */
const NOW = Date.UTC(2026, 10, 22, 13);

export function aFinding(changes: Partial<Finding> = {}): Finding {
  return {
    causeId: 'tag-not-found',
    confidence: 'certain',
    family: 'tag',
    subject: 'registry.example.com/shop/web:v1.2.33',
    title: 'Tag does not exist',
    phrase: 'tag v1.2.33 does not exist',
    healsByWaiting: 'perhaps',
    evidence: [{ text: 'the registry answers MANIFEST_UNKNOWN', source: 'waiting message', at: NOW }],
    fixes: [],
    docs: 'docs/causes/tag-not-found.md',
    ...changes,
  };
}

export function aNamespaceScope(namespace = 'shop', cluster = 'prod-eu'): Scope {
  return { kind: 'namespace', cluster, namespace };
}

export function anIncident(changes: Partial<Incident> = {}): Incident {
  return {
    id: 'incident-1',
    cluster: 'prod-eu',
    revision: 1,
    state: 'observed',
    slot: 'prod-eu|tag|registry.example.com/shop/web:v1.2.33',
    best: aFinding(),
    openedAt: NOW,
    firstFailedAt: NOW - 30_000,
    changedAt: NOW,
    lastLookAt: NOW,
    endedAt: undefined,
    from: 'alert',
    scopes: [aNamespaceScope()],
    alerts: [],
    isClusterAssumed: false,
    notes: [],
    ...changes,
  };
}

export function aMember(changes: Partial<Member> = {}): Member {
  const { namespace = 'shop', workloadName = 'web' } = changes;
  return {
    key: `${namespace}/Deployment/${workloadName}/app`,
    namespace,
    workloadKind: 'Deployment',
    workloadName,
    container: 'app',
    containerKind: 'container',
    image: 'registry.example.com/shop/web:v1.2.33',
    state: 'failing',
    observedAt: NOW,
    reason: 'ImagePullBackOff',
    pods: [{ name: `${workloadName}-6d5f7c9b8-abcde`, node: 'node-1', since: NOW - 30_000 }],
    failingPods: 1,
    runningPods: 0,
    firstFailedAt: NOW - 30_000,
    lastFailedAt: NOW,
    tries: 2,
    findings: [aFinding()],
    errorText: 'failed to resolve reference: not found',
    events: [],
    gaps: [],
    rollout: undefined,
    routing: { channel: undefined, oncall: undefined, runbook: undefined, muteUntil: undefined },
    ...changes,
  };
}

export function aSlice(changes: Partial<Slice> = {}): Slice {
  const { namespace = 'shop' } = changes;
  return { incidentId: 'incident-1', namespace, observedAt: NOW, members: [aMember({ namespace })], ...changes };
}

/** The first commit of an incident with one slice; slices are given the incident's id. */
export function aChange(changes: Partial<IncidentChange> = {}): IncidentChange {
  const incident = changes.incident ?? anIncident();
  const slices = (changes.slices ?? [aSlice()]).map((slice) => ({ ...slice, incidentId: incident.id }));
  return {
    incident,
    expectedRevision: 0,
    removedNamespaces: [],
    releasedSlot: undefined,
    now: NOW,
    nextLookAt: NOW + 10_000,
    ...changes,
    slices,
  };
}

export function aPublication(changes: Partial<Publication> = {}): Publication {
  return {
    incidentId: 'incident-1',
    channel: '#alerts',
    phase: 'posting',
    posted: undefined,
    details: undefined,
    publishedRevision: 1,
    dot: 'red',
    contentHash: 'a',
    detailsHash: 'b',
    postedAt: NOW,
    editedAt: NOW,
    lastBroadcastAt: undefined,
    replies: [],
    ...changes,
  };
}
