import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CAUSES } from '../../shared/diagnosis/causes/index.ts';
import { diagnose } from '../../shared/diagnosis/diagnose.ts';
import type { AttemptResult, RegistryAttempt } from '../../shared/domain/registry-answer.ts';
import { problemsOfFirstLine } from '../support/first-line.ts';
import {
  attempt,
  ecrAnswer,
  entry,
  NOW,
  node,
  peers,
  pod,
  pullFailure,
  registryAnswer,
  secret,
  workload,
} from './build.ts';

const DETAILS = new Map(CAUSES.map(({ id, details }) => [id, details]));

const IMAGES = [
  'r.example.com/team/app:v999',
  'docker.io/acme/trainer:2',
  '123456789012.dkr.ecr.eu-west-1.amazonaws.com/cart:v1',
  `r.example.com/team/app@sha256:${'ab'.repeat(32)}`,
];
const ENDS = [
  'not found',
  'unexpected status 404: NAME_UNKNOWN: repository name not known to registry',
  'no match for platform in manifest: not found',
  'unexpected status from HEAD request to https://r.example.com/v2/team/app/manifests/v1: 401 Unauthorized',
  'unexpected status from HEAD request to https://r.example.com/v2/team/app/manifests/v1: 403 Forbidden',
  'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
  'authorization failed: no basic auth credentials',
  'failed to do request: Head "https://r.example.com/v2/": dial tcp 10.0.0.1:443: i/o timeout',
  'failed to do request: Head "https://r.example.com/v2/": dial tcp: lookup r.example.com: no such host',
  'failed to do request: Head "https://r.example.com/v2/": x509: certificate signed by unknown authority',
  'unexpected status: 429 Too Many Requests',
];
const RESULTS: readonly AttemptResult[] = [
  'found',
  'manifest-unknown',
  'repository-unknown',
  'unauthorized',
  'forbidden',
  'rate-limited',
  'unavailable',
];

const attempts: fc.Arbitrary<readonly RegistryAttempt[]> = fc.array(
  fc
    .record({
      result: fc.constantFrom(...RESULTS),
      who: fc.constantFrom(undefined, 'regcred', 'regcred r.example.com:5000', 'other'),
      isLoginGood: fc.boolean(),
    })
    .map(({ result, who, isLoginGood }) => ({ ...attempt(result, who), isLoginGood })),
  { maxLength: 4 },
);
const exists = fc.constantFrom('exists' as const, 'missing' as const, 'unknown' as const);
const tagText = fc.oneof(
  fc.stringMatching(/^\w[\w.-]{0,127}$/),
  fc.constantFrom('v99', 'latest', 'app.example.io', 'f'.repeat(40)),
);
const registry = fc
  .record({
    attempts,
    tags: fc.option(
      fc.record({
        nearest: fc.array(fc.record({ tag: tagText, pushedAt: fc.constant(undefined) }), { maxLength: 5 }),
        count: fc.nat(),
        isComplete: fc.boolean(),
      }),
      { nil: undefined },
    ),
    platforms: fc.option(
      fc.array(
        fc.record({
          os: fc.constantFrom('linux', 'windows', 'unknown', ''),
          architecture: fc.constantFrom('amd64', 'arm64', 'unknown', ''),
          variant: fc.constant(undefined),
        }),
      ),
      { nil: undefined },
    ),
    ecr: fc.option(
      fc
        .record({ repository: exists, image: exists, hasPolicy: fc.option(fc.boolean(), { nil: undefined }) })
        .map(ecrAnswer),
      { nil: undefined },
    ),
  })
  .map(({ attempts: asked, ...facts }) => registryAnswer(asked, facts));

const failure = fc
  .record({
    image: fc.constantFrom(...IMAGES),
    end: fc.constantFrom(...ENDS, ''),
    registry: fc.option(registry, { nil: undefined }),
    hasSecret: fc.boolean(),
    hasPeers: fc.boolean(),
    ageMs: fc.integer({ min: 0, max: 3_600_000 }),
  })
  .map(({ image, end, registry: answer, hasSecret, hasPeers, ageMs }) => {
    const entries = [entry('r.example.com')];
    const text =
      end === '' ? '' : `failed to pull and unpack image "${image}": failed to resolve image: ${image}: ${end}`;
    return pullFailure(text, {
      image: pullFailure(`failed to pull image "${image}": x`).image,
      imageText: image,
      reason: 'ImagePullBackOff',
      container: { name: 'app', kind: 'container', imagePullPolicy: undefined },
      node: node('node-1'),
      workload: workload({ revisionCreatedAt: NOW - ageMs }),
      registry: answer,
      ...(hasSecret
        ? {
            pod: pod({ pullSecretNames: ['regcred'] }),
            pullSecrets: [secret('regcred', { entries, matching: entries })],
          }
        : {}),
      ...(hasPeers ? { peers: peers({ runningPods: 1, runningNodes: ['node-2'], nodes: [node('node-2')] }) } : {}),
    });
  });

/** What the node sees and a registry cannot prove. */
const NEVER_CERTAIN = /^(?:dns-|tls-|connection-|network-|proxy-|mirror-|rate-limited|registry-5xx)/;
const ABOUT_EXISTENCE = ['tag-not-found', 'digest-not-found', 'repository-not-found'];

describe('any answer of a registry', () => {
  it('gives findings that fit a first line, each cause once, with a detail that the cause declares', () => {
    fc.assert(
      fc.property(failure, (built) => {
        const found = diagnose(built);
        expect(found.length).toBeGreaterThan(0);
        expect(new Set(found.map(({ causeId }) => causeId)).size).toBe(found.length);
        for (const { phrase, causeId, detail } of found) {
          expect([...phrase].length).toBeLessThanOrEqual(70);
          expect(problemsOfFirstLine(`🟠 shop/web: ${phrase}`)).toEqual([]);
          if (detail !== undefined) expect(DETAILS.get(causeId)).toContain(detail);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('proves nothing of what only the node sees', () => {
    fc.assert(
      fc.property(failure, (built) => {
        const certain = diagnose(built).filter(({ confidence }) => confidence === 'certain');
        expect(certain.filter(({ causeId }) => NEVER_CERTAIN.test(causeId))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('never makes a thing certainly missing that somebody finds', () => {
    fc.assert(
      fc.property(failure, (built) => {
        fc.pre(built.registry?.attempts.some(({ result }) => result === 'found') === true);
        const certain = diagnose(built).filter(({ confidence }) => confidence === 'certain');
        expect(certain.filter(({ causeId }) => ABOUT_EXISTENCE.includes(causeId))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('that proves nothing changes no confidence', () => {
    const useless = fc.array(fc.constantFrom(attempt('unavailable'), attempt('rate-limited', 'regcred')), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(failure, useless, (built, asked) => {
        const sure = (answer: typeof built.registry) =>
          diagnose({ ...built, registry: answer }).map(({ causeId, confidence }) => `${causeId} ${confidence}`);
        expect(sure(registryAnswer(asked))).toEqual(sure(undefined));
      }),
    );
  });
});
