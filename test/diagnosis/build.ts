import { failureFromText } from '../../shared/diagnosis/explain-text.ts';
import type { PodFact, PullEvent, PullFailure } from '../../shared/domain/pull-failure.ts';
import type { PullSecretEntry, PullSecretFact } from '../../shared/domain/pull-secret.ts';

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
