import { failureFromText } from '../../shared/diagnosis/explain-text.ts';
import type {
  NodeFact,
  PeerFact,
  PodFact,
  PullEvent,
  PullFailure,
  WorkloadFact,
} from '../../shared/domain/pull-failure.ts';
import type { PullSecretEntry, PullSecretFact } from '../../shared/domain/pull-secret.ts';
import type { AttemptResult, EcrAnswer, RegistryAnswer, RegistryAttempt } from '../../shared/domain/registry-answer.ts';

export const NOW = Date.parse('2026-11-22T12:00:00Z');
export const HOUR = 3_600_000;

/** A failure of pod shop/web-1 with this text and whatever facts are given. */
export function pullFailure(text: string, facts: Partial<PullFailure> & { readonly pod?: PodFact } = {}): PullFailure {
  return { ...failureFromText({ text }, NOW), namespace: 'shop', pod: pod(), ...facts };
}

export function pod(facts: Partial<PodFact> = {}): PodFact {
  return {
    name: 'web-1',
    uid: 'u-1',
    createdAt: NOW - HOUR,
    phase: 'Pending',
    nodeName: 'node-1',
    serviceAccountName: 'default',
    pullSecretNames: [],
    hasStarted: false,
    holds: {},
    ...facts,
  };
}

export function secret(name: string, facts: Partial<PullSecretFact> = {}): PullSecretFact {
  return {
    namespace: 'shop',
    name,
    state: 'ok',
    problem: undefined,
    type: 'kubernetes.io/dockerconfigjson',
    entries: [],
    matching: [],
    createdAt: undefined,
    lastWrittenBy: undefined,
    lastWrittenAt: undefined,
    ownedBy: undefined,
    ...facts,
  };
}

export function entry(registry: string, facts: Partial<PullSecretEntry> = {}): PullSecretEntry {
  return {
    key: registry,
    registry,
    username: 'AWS',
    isUsable: true,
    expiresAt: undefined,
    expirySource: undefined,
    ecrRegion: undefined,
    ...facts,
  };
}

export function event(reason: string, message: string): PullEvent {
  return { reason, message, count: 1, firstAt: NOW - HOUR, lastAt: NOW - HOUR };
}

export function node(name: string, facts: Partial<NodeFact> = {}): NodeFact {
  return {
    name,
    isFound: true,
    createdAt: undefined,
    architecture: 'amd64',
    operatingSystem: 'linux',
    kubeletVersion: undefined,
    runtimeVersion: undefined,
    isReady: true,
    hasDiskPressure: false,
    diskPressureSince: undefined,
    hasImage: false,
    ...facts,
  };
}

export function workload(facts: Partial<WorkloadFact> = {}): WorkloadFact {
  return {
    kind: 'Deployment',
    name: 'web',
    desired: 3,
    available: 0,
    oldAvailable: 0,
    revision: '2',
    revisionCreatedAt: undefined,
    previousImage: undefined,
    previousRevision: undefined,
    isSuspendedOrPaused: false,
    imageSetBy: undefined,
    imageSetAt: undefined,
    managedBy: undefined,
    annotations: {},
    ...facts,
  };
}

export function peers(facts: Partial<PeerFact> = {}): PeerFact {
  return { runningPods: 0, runningNodes: [], failingPods: 0, failingNodes: [], ...facts };
}

/** Without credentials, or with the entry `key` of secret `shop/name` given as `name key`. */
export function attempt(result: AttemptResult, secretAndKey?: string): RegistryAttempt {
  const [name, key] = secretAndKey?.split(' ') ?? [];
  return {
    credential: name === undefined ? undefined : { namespace: 'shop', secret: name, key: key ?? 'r.example.com' },
    result,
    answeredBy: 'registry',
    httpStatus: STATUSES[result],
    code: undefined,
  };
}

const STATUSES: Readonly<Record<AttemptResult, number>> = {
  found: 200,
  'manifest-unknown': 404,
  'repository-unknown': 404,
  unauthorized: 401,
  forbidden: 403,
  'rate-limited': 429,
  unavailable: 503,
};

export function registryAnswer(
  attempts: readonly RegistryAttempt[],
  facts: Partial<RegistryAnswer> = {},
): RegistryAnswer {
  return {
    host: 'r.example.com',
    vantage: 'asked by pullmedic',
    observedAt: NOW - 5_000,
    attempts,
    digest: undefined,
    platforms: undefined,
    tags: undefined,
    rateLimit: undefined,
    ecr: undefined,
    ...facts,
  };
}

export function ecrAnswer(facts: Partial<EcrAnswer> = {}): EcrAnswer {
  return {
    repository: 'unknown',
    image: 'unknown',
    pushedAt: undefined,
    lastPulledAt: undefined,
    pullPrincipals: undefined,
    hasPolicy: undefined,
    lifecycleRules: undefined,
    ...facts,
  };
}
