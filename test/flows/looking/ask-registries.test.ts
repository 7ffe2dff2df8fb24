import { describe, expect, it } from '@jest/globals';
import { CAUSES } from '../../../shared/diagnosis/causes/index.ts';
import { lookPeriodMs } from '../../../shared/domain/incident/life.ts';
import { lookAtScope } from '../../../shared/flows/look-at-scope.ts';
import { NOTHING_TO_ASK } from '../../../shared/flows/looking/worth-asking.ts';
import type { RegistryReply } from '../../../shared/ports/registry.ts';
import { addFailing, notFoundText } from '../kube-objects.ts';
import { type LookStage, membersOf, openStage } from '../look-stage.ts';
import {
  type Behaviour,
  createFakeRegistry,
  type FakeRegistry,
  hangForEver,
  hangUntilTold,
  replyOf,
} from './fake-registry.ts';

const IMAGE = 'ghcr.io/acme/web:v2';
const NEAR = { nearest: [{ tag: 'v2.0', pushedAt: undefined }], count: 3, isComplete: true };

interface AskStage extends LookStage {
  readonly registry: FakeRegistry;
  lookAsking(namespace: string, patience?: { firstMs: number; totalMs: number }): Promise<void>;
}

function openAskStage(behave: Behaviour): AskStage {
  const stage = openStage();
  const registry = createFakeRegistry(behave);
  return {
    ...stage,
    registry,
    lookAsking: (namespace, registryPatience = { firstMs: 2_000, totalMs: 4_000 }) =>
      lookAtScope(
        {
          kind: 'look',
          scope: { kind: 'namespace', cluster: 'prod', namespace },
          hintedAt: stage.now(),
          from: 'sweep',
          alerts: [],
          alertCount: 0,
          isClusterAssumed: false,
        },
        { ...stage.deps, registry, registryPatience },
      ),
  };
}

function fail(stage: LookStage, name: string, image = IMAGE, text = notFoundText(image)): void {
  addFailing(stage.cluster, { namespace: 'shop', name, image, at: stage.now() }, text);
}

async function best(stage: LookStage) {
  const [loaded] = await stage.incidents('shop');
  if (loaded === undefined) throw new Error('there is no incident');
  const [member] = membersOf(loaded);
  return { ...loaded.incident.best, revision: loaded.incident.revision, gaps: member?.gaps ?? [], member };
}

describe('a look that asks registries', () => {
  it('tells the first message by the answer, and says when it was given', async () => {
    const stage = openAskStage(() => replyOf('manifest-unknown', stage.now(), { tags: NEAR }));
    fail(stage, 'web');
    await stage.lookAsking('shop');
    expect(await best(stage)).toMatchObject({ causeId: 'tag-not-found', confidence: 'certain', revision: 1 });
    expect(stage.counted).toContain('RegistryAsked');
    expect(stage.counted).not.toContain('RegistryUnanswered');
  });

  it('does not let a first message wait for a slow registry: what it says is an edit in the same look', async () => {
    const told: string[] = [];
    const answer = Promise.withResolvers<RegistryReply>();
    const stage = openAskStage(() => answer.promise);
    const { commit } = stage.deps.store;
    stage.deps.store.commit = async (change) => {
      const result = await commit(change);
      told.push(`${change.incident.revision} ${change.incident.best.confidence}`);
      // The registry answers only after the first message was written.
      answer.resolve(replyOf('manifest-unknown', stage.now(), { tags: NEAR }));
      return result;
    };
    fail(stage, 'web');
    await stage.lookAsking('shop', { firstMs: 30, totalMs: 4_000 });
    expect(told).toEqual(['1 likely', '2 certain']);
    expect(stage.sent.map(({ options }) => options.dedupeId)).toEqual(['id-0002#1', 'id-0002#2']);
  });

  it('waits once for a slow registry where everybody was told already', async () => {
    const stage = openAskStage(() => replyOf('manifest-unknown', stage.now(), { tags: NEAR }));
    fail(stage, 'web');
    await stage.lookAsking('shop');
    stage.advance(30);
    stage.registry.behave = async () => {
      await new Promise((resolve) => setTimeout(resolve, 40));
      return replyOf('found', stage.now(), { digest: `sha256:${'a'.repeat(64)}` });
    };
    let commits = 0;
    const { commit } = stage.deps.store;
    stage.deps.store.commit = (change) => {
      commits += 1;
      return commit(change);
    };
    await stage.lookAsking('shop', { firstMs: 1, totalMs: 4_000 });
    expect(commits).toBe(1);
    expect((await best(stage)).revision).toBe(2);
  });

  it('asks once for all pods of an image, and with the credentials of the pods', async () => {
    const stage = openAskStage(() => replyOf('unauthorized', stage.now()));
    const auths = { 'ghcr.io': { username: 'bot', password: 'hunter2' } };
    stage.cluster.secrets = [
      {
        kind: 'Secret',
        type: 'kubernetes.io/dockerconfigjson',
        metadata: { name: 'regcred', namespace: 'shop', resourceVersion: '1' },
        data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') },
      },
    ];
    for (const name of ['a', 'b', 'c']) {
      addFailing(
        stage.cluster,
        { namespace: 'shop', name, image: IMAGE, at: stage.now(), pullSecret: 'regcred' },
        notFoundText(IMAGE),
      );
    }
    fail(stage, 'd');
    await stage.lookAsking('shop');
    const asked = stage.registry.asked.map(({ credentials }) =>
      credentials.map(({ name, password }) => [name.secret, password.reveal()]),
    );
    expect(asked.sort((a, b) => a.length - b.length)).toEqual([[], [['regcred', 'hunter2']]]);
    const stored = JSON.stringify(await stage.incidents('shop'));
    expect(stored).not.toContain('hunter2');
  });

  it('asks at most 20 questions, four at a time, the same ones in each look', async () => {
    let running = 0;
    let most = 0;
    const stage = openAskStage(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running -= 1;
      return replyOf('manifest-unknown', stage.now());
    });
    for (let i = 0; i < 30; i += 1) fail(stage, `p${i}`, `ghcr.io/acme/web${i}:v2`);
    await stage.lookAsking('shop');
    const first = stage.registry.asked.map(({ image }) => image.raw);
    stage.advance(30);
    await stage.lookAsking('shop');
    expect(first).toHaveLength(20);
    expect(stage.registry.asked.map(({ image }) => image.raw).slice(20)).toEqual(first);
    expect(most).toBe(4);
    const gaps = (await stage.incidents('shop')).flatMap(membersOf).flatMap((member) => member.gaps);
    expect(gaps.filter(({ why }) => why.includes('20 questions'))).toHaveLength(10);
  });

  it.each([
    { says: 'a name that no registry takes', image: 'ghcr.io/Acme/web:v2', text: 'InvalidImageName' },
    {
      says: 'a host that the node cannot resolve',
      image: IMAGE,
      text: `Failed to pull image "${IMAGE}": failed to do request: Head "https://ghcr.io/v2/acme/web/manifests/v2": dial tcp: lookup ghcr.io on 10.0.0.10:53: no such host`,
    },
    {
      says: 'a full disk',
      image: IMAGE,
      text: `Failed to pull image "${IMAGE}": failed to extract layer: write /var/lib/containerd/x: no space left on device`,
    },
  ])('does not ask about $says', async ({ image, text }) => {
    const stage = openAskStage(() => replyOf('found', 0));
    fail(stage, 'web', image, text);
    await stage.lookAsking('shop');
    expect(stage.registry.asked).toEqual([]);
    expect((await best(stage)).member?.proof?.said ?? []).toEqual([]);
  });

  it('asks for platforms only where they may be the reason', async () => {
    const stage = openAskStage(() => replyOf('found', stage.now()));
    fail(stage, 'a');
    fail(
      stage,
      'b',
      'ghcr.io/acme/api:1',
      'Failed to pull image "ghcr.io/acme/api:1": no match for platform in manifest: not found',
    );
    await stage.lookAsking('shop');
    expect(
      Object.fromEntries(stage.registry.asked.map(({ image, wantsPlatforms }) => [image.raw, wantsPlatforms])),
    ).toEqual({
      [IMAGE]: false,
      'ghcr.io/acme/api:1': true,
    });
  });

  it('names no cause as beside the registry that does not exist', () => {
    const known = new Set(CAUSES.map(({ id }) => id));
    expect([...NOTHING_TO_ASK].filter((id) => !known.has(id))).toEqual([]);
  });
});

describe('a registry that does not answer', () => {
  it.each([
    { says: 'ends when it is told to', behave: hangUntilTold, counted: 'RegistryUnanswered' },
    { says: 'hangs for ever', behave: hangForEver, counted: 'RegistryUnanswered' },
    {
      says: 'throws',
      behave: (() => {
        throw new Error('bug');
      }) as Behaviour,
      counted: 'RegistryUnanswered',
    },
    { says: 'rejects', behave: (() => Promise.reject(new Error('bug'))) as Behaviour, counted: 'RegistryUnanswered' },
  ])('and $says is a gap, and the look succeeds', async ({ behave, counted }) => {
    const stage = openAskStage(behave);
    fail(stage, 'web');
    await stage.lookAsking('shop', { firstMs: 10, totalMs: 60 });
    const { causeId, confidence, gaps } = await best(stage);
    expect({ causeId, confidence }).toEqual({ causeId: 'tag-not-found', confidence: 'likely' });
    expect(gaps.map(({ what }) => what)).toContainEqual(expect.stringMatching(/^registry ghcr\.io/));
    expect(stage.counted.filter((name) => name === counted)).toHaveLength(1);
    expect(stage.counted).toContain('Looks');
  });

  it('makes nothing worse that was proven, for ten minutes, and nobody is told', async () => {
    const stage = openAskStage(() => replyOf('manifest-unknown', stage.now(), { tags: NEAR }));
    fail(stage, 'web');
    await stage.lookAsking('shop');
    const proven = await best(stage);
    const quick = { firstMs: 1, totalMs: 5 };

    for (const behave of [
      hangUntilTold,
      () => replyOf('rate-limited', stage.now()),
      () => replyOf('unavailable', stage.now()),
    ]) {
      stage.advance(60);
      stage.registry.behave = behave;
      await stage.lookAsking('shop', quick);
      const { phrase, confidence, revision, gaps } = await best(stage);
      expect({ phrase, confidence, revision, gaps }).toEqual({
        phrase: proven.phrase,
        confidence: 'certain',
        revision: proven.revision,
        gaps: proven.gaps,
      });
    }

    stage.advance(7 * 60);
    stage.registry.behave = hangUntilTold;
    await stage.lookAsking('shop', quick);
    expect(await best(stage)).toMatchObject({ confidence: 'likely', revision: proven.revision + 1 });
  });

  it.each([
    { says: 'image', image: 'ghcr.io/acme/web:v3', text: undefined, version: '1' },
    {
      says: 'text',
      image: IMAGE,
      text: `Failed to pull image "${IMAGE}": ${IMAGE}: not found, and more`,
      version: '1',
    },
    { says: 'version of the pull secret', image: IMAGE, text: undefined, version: '2' },
  ])('does not keep what was proven of another $says', async ({ image, text, version }) => {
    const stage = openAskStage(() => replyOf('manifest-unknown', stage.now(), { tags: NEAR }));
    const add = (name: string, words: string, resourceVersion: string) => {
      stage.cluster.secrets = [
        {
          kind: 'Secret',
          type: 'kubernetes.io/dockerconfigjson',
          metadata: { name: 'regcred', namespace: 'shop', resourceVersion },
          data: { '.dockerconfigjson': Buffer.from('{"auths":{}}').toString('base64') },
        },
      ];
      stage.cluster.pods = [];
      stage.cluster.events = [];
      const pod = { namespace: 'shop', name: 'web', image: name, at: stage.now(), pullSecret: 'regcred' };
      addFailing(stage.cluster, pod, words);
    };
    add(IMAGE, notFoundText(IMAGE), '1');
    await stage.lookAsking('shop');
    expect((await best(stage)).confidence).toBe('certain');

    stage.advance(30);
    add(image, text ?? notFoundText(image), version);
    stage.registry.behave = hangUntilTold;
    await stage.lookAsking('shop', { firstMs: 1, totalMs: 5 });
    expect((await best(stage)).confidence).not.toBe('certain');
  });

  it('takes a newer answer that says something else, however little it says', async () => {
    const stage = openAskStage(() => replyOf('manifest-unknown', stage.now(), { tags: NEAR }));
    fail(stage, 'web');
    await stage.lookAsking('shop');
    const before = await best(stage);
    stage.advance(60);
    stage.registry.behave = () => replyOf('found', stage.now(), { digest: `sha256:${'a'.repeat(64)}` });
    await stage.lookAsking('shop');
    const after = await best(stage);
    expect(after.revision).toBe(before.revision + 1);
    expect([after.detail, after.phrase]).not.toEqual([before.detail, before.phrase]);
  });

  it('notices within a minute that a tag of a young rollout was pushed, and tells it as an edit', async () => {
    const stage = openAskStage(() => replyOf('manifest-unknown', stage.now(), { tags: NEAR }));
    fail(stage, 'web');
    await stage.lookAsking('shop');
    const [opened] = await stage.incidents('shop');
    if (opened === undefined) throw new Error('there is no incident');
    for (let minute = 0; minute <= 15; minute += 1) {
      const at = opened.incident.changedAt + minute * 60_000;
      expect(lookPeriodMs(opened.incident, at, 1)).toBeLessThanOrEqual(60_000);
    }

    stage.advance(60);
    stage.registry.behave = () => replyOf('found', stage.now(), { digest: `sha256:${'a'.repeat(64)}` });
    await stage.lookAsking('shop');
    expect(await best(stage)).toMatchObject({ causeId: 'tag-not-found', detail: 'appeared-since', revision: 2 });
  });

  it('costs a look at a whole cluster one wait, not one for each namespace', async () => {
    const stage = openAskStage(hangUntilTold);
    for (let i = 0; i < 12; i += 1) {
      const image = `ghcr.io/acme/web:v${i}`;
      addFailing(stage.cluster, { namespace: `ns${i}`, name: 'web', image, at: stage.now() }, notFoundText(image));
    }
    await lookAtScope(
      {
        kind: 'look',
        scope: { kind: 'registry', cluster: 'prod', registry: 'ghcr.io' },
        hintedAt: stage.now(),
        from: 'alert',
        alerts: [],
        alertCount: 1,
        isClusterAssumed: false,
      },
      { ...stage.deps, registry: stage.registry, registryPatience: { firstMs: 10, totalMs: 400 } },
    );
    expect(stage.registry.asked.length).toBeLessThanOrEqual(4);
  });
});

describe('a text that no cause recognises', () => {
  it('is counted by a fingerprint and logged once, without a name', async () => {
    const stage = openStage();
    const counts: [string, unknown][] = [];
    const lines: unknown[] = [];
    const deps = {
      ...stage.deps,
      metrics: { count: (name: string, _n?: number, dimensions?: unknown) => void counts.push([name, dimensions]) },
      log: { ...stage.deps.log, info: (message: string, fields?: unknown) => void lines.push([message, fields]) },
    };
    fail(stage, 'web', IMAGE, `Failed to pull image "${IMAGE}": the moon over node-17 is in the wrong phase`);
    fail(
      stage,
      'api',
      'ghcr.io/acme/api:1',
      'Failed to pull image "ghcr.io/acme/api:1": the moon over node-3 is in the wrong phase',
    );
    for (let i = 0; i < 2; i += 1) {
      await lookAtScope(
        {
          kind: 'look',
          scope: { kind: 'namespace', cluster: 'prod', namespace: 'shop' },
          hintedAt: stage.now(),
          from: 'sweep',
          alerts: [],
          alertCount: 0,
          isClusterAssumed: false,
        },
        deps,
      );
      stage.advance(30);
    }
    const unknown = counts.filter(([name]) => name === 'UnknownPullErrors');
    expect(unknown).toHaveLength(2);
    expect(new Set(unknown.map(([, dimensions]) => JSON.stringify(dimensions))).size).toBe(1);
    expect(lines).toEqual([
      [
        'a pull error was not understood',
        { fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/), text: 'the moon over <name> is in the wrong phase' },
      ],
    ]);
  });
});
