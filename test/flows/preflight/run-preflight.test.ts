import { describe, expect, it } from '@jest/globals';
import { runPreflight } from '../../../shared/flows/preflight/run-preflight.ts';
import { dockerSecret, makeSnapshot, makeWorkload, PREFLIGHT_NOW as NOW } from '../../preflight/build.ts';
import { createFakeRegistry, replyOf } from '../looking/fake-registry.ts';

const signal = new AbortController().signal;

describe('questions to registries', () => {
  it('are one for each distinct image and credential, however many workloads and copies of a secret there are', async () => {
    const namespaces = Array.from({ length: 50 }, (_, i) => `team-${i}`);
    const registry = createFakeRegistry(({ credentials }) => ({
      ...replyOf('found', NOW),
      answer: {
        ...replyOf('found', NOW).answer,
        attempts: [
          {
            credential: credentials[0]?.name,
            result: 'found',
            answeredBy: 'registry',
            httpStatus: 200,
            code: undefined,
          },
        ],
      } as never,
    }));
    const snapshot = makeSnapshot({
      workloads: namespaces.flatMap((namespace) => [
        makeWorkload({ namespace, name: 'a', image: 'ghcr.io/acme/app:1', secrets: ['reg'] }),
        makeWorkload({ namespace, name: 'b', image: 'ghcr.io/acme/app:1', secrets: ['reg'] }),
        // The same image, written otherwise.
        makeWorkload({ namespace, name: 'c', image: 'docker.io/library/nginx:1.27' }),
        makeWorkload({ namespace, name: 'd', image: 'nginx:1.27' }),
      ]),
      secrets: namespaces.map((namespace) =>
        dockerSecret({
          namespace,
          name: 'reg',
          key: 'ghcr.io',
          user: 'bot',
          password: namespace === 'team-7' ? 'other' : 'same',
        }),
      ),
    });
    const report = await runPreflight(snapshot, { registry, signal });
    expect(registry.asked).toHaveLength(3);
    expect(report.findings).toEqual([]);
    expect(report.checked).toMatchObject({ workloads: 200, images: 2, registries: 2, questions: 3, answered: 3 });
  });

  it('name the secret of each workload, although they were asked with that of another', async () => {
    const registry = createFakeRegistry(({ credentials }) => {
      const reply = replyOf('unauthorized', NOW);
      const attempts = credentials.map(({ name }) => ({ ...reply.answer?.attempts[0], credential: name }));
      return { ...reply, answer: { ...reply.answer, host: 'registry.example.com', attempts } as never };
    });
    const report = await runPreflight(
      makeSnapshot({
        workloads: ['a', 'b'].map((namespace) =>
          makeWorkload({ namespace, name: 'app', image: 'registry.example.com/app:1', secrets: [`reg-${namespace}`] }),
        ),
        secrets: ['a', 'b'].map((namespace) =>
          dockerSecret({
            namespace,
            name: `reg-${namespace}`,
            key: 'registry.example.com',
            user: 'u',
            password: 'old',
          }),
        ),
      }),
      { registry, signal },
    );
    expect(registry.asked).toHaveLength(1);
    expect(report.findings.map(({ subject, evidence }) => `${subject}: ${evidence[0]?.text}`)).toEqual([
      'a/reg-a registry.example.com: with secret reg-a, the registry refuses the login (401)',
      'b/reg-b registry.example.com: with secret reg-b, the registry refuses the login (401)',
    ]);
  });

  it('go to one registry four at a time, and to others meanwhile', async () => {
    const running = new Map<string, number>();
    let most = 0;
    let hosts = 0;
    const registry = createFakeRegistry(async ({ image }) => {
      running.set(image.registry, (running.get(image.registry) ?? 0) + 1);
      most = Math.max(most, running.get(image.registry) ?? 0);
      hosts = Math.max(hosts, [...running.values()].filter((n) => n > 0).length);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running.set(image.registry, (running.get(image.registry) ?? 0) - 1);
      return replyOf('found', NOW);
    });
    const workloads = ['ghcr.io', 'quay.io', 'registry.k8s.io'].flatMap((host) =>
      Array.from({ length: 20 }, (_, i) =>
        makeWorkload({ namespace: 'shop', name: `${host}-${i}`, image: `${host}/acme/app-${i}:1` }),
      ),
    );
    await runPreflight(makeSnapshot({ workloads }), { registry, signal });
    expect(registry.asked).toHaveLength(60);
    expect(most).toBe(4);
    expect(hosts).toBe(3);
  });

  it('end for a registry that limits requests, and what was not asked is said once', async () => {
    const registry = createFakeRegistry(() => replyOf('rate-limited', NOW));
    const workloads = Array.from({ length: 30 }, (_, i) =>
      makeWorkload({ namespace: 'shop', name: `w-${i}`, image: `quay.io/acme/app-${i}:1` }),
    );
    const { gaps, findings, checked } = await runPreflight(makeSnapshot({ workloads }), { registry, signal });
    expect(registry.asked.length).toBeLessThanOrEqual(4);
    expect(findings).toEqual([]);
    expect(checked.answered).toBeLessThanOrEqual(4);
    expect(gaps.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^registry quay.io was not asked any more \(2\d images\)$/),
      expect.stringMatching(/^whether \d images of quay.io would pull is not known$/),
    ]);
  });

  it('are left out when the time is over, and that is said', async () => {
    const registry = createFakeRegistry(() => replyOf('found', NOW));
    const ended = AbortSignal.abort();
    const workloads = [makeWorkload({ namespace: 'shop', name: 'web', image: 'quay.io/acme/app:1' })];
    const { gaps, checked } = await runPreflight(makeSnapshot({ workloads }), { registry, signal: ended });
    expect(registry.asked).toEqual([]);
    expect(checked).toMatchObject({ questions: 1, answered: 0 });
    expect(gaps[0]?.why).toBe('the run was over before its turn');
  });

  it('read platforms of Docker Hub ten times at most, for each counts as a pull', async () => {
    const registry = createFakeRegistry(() => replyOf('found', NOW));
    const workloads = Array.from({ length: 30 }, (_, i) =>
      makeWorkload({ namespace: 'shop', name: `w-${i}`, image: `acme/app-${i}:1` }),
    );
    const { gaps } = await runPreflight(makeSnapshot({ workloads, platforms: ['linux/arm64'] }), { registry, signal });
    expect(registry.asked.filter(({ wantsPlatforms }) => wantsPlatforms)).toHaveLength(10);
    expect(gaps.map(({ what }) => what)).toEqual(['platforms of 20 images on Docker Hub were not read']);
  });

  it('are not asked of images that nobody pulls or whose name is none', async () => {
    const registry = createFakeRegistry(() => replyOf('found', NOW));
    const workloads = [
      makeWorkload({ namespace: 'shop', name: 'never', image: 'quay.io/acme/app:1', policy: 'Never' }),
      makeWorkload({ namespace: 'shop', name: 'bad', image: 'Quay/App' }),
    ];
    await runPreflight(makeSnapshot({ workloads }), { registry, signal });
    expect(registry.asked).toEqual([]);
  });
});
