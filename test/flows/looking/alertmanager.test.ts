import { describe, expect, it } from '@jest/globals';
import type { AlertmanagerConfig } from '../../../shared/config/config.ts';
import { AlertmanagerError } from '../../../shared/domain/errors.ts';
import type { OutgoingAlert, Silence } from '../../../shared/domain/outgoing-alert.ts';
import { blankPublication } from '../../../shared/flows/publishing/blank-publication.ts';
import { sampleConfig } from '../../support/sample-incident.ts';
import { addFailing, notFoundText, runningPod, waitingPod } from '../kube-objects.ts';
import { openStage, START } from '../look-stage.ts';

const IMAGE = 'ghcr.io/acme/web:gone';
const WEB = { namespace: 'shop', name: 'web', image: IMAGE, at: START };
const TARGET: AlertmanagerConfig = {
  url: 'http://am',
  auth: undefined,
  clusters: undefined,
  generatorUrl: undefined,
};

function openAlerting(targets: readonly AlertmanagerConfig[] = [TARGET]) {
  const stage = openStage();
  const posts: { readonly url: string; readonly alerts: readonly OutgoingAlert[] }[] = [];
  const logged: string[] = [];
  const world = { silences: [] as Silence[], failing: new Set<string>() };
  const config = sampleConfig({
    clusters: [{ name: 'prod', environment: 'prod', access: { kind: 'in-cluster' } }],
    alertmanagers: targets,
  });
  Object.assign(stage.deps.config, { ...config, alerts: { ...config.alerts, names: ['KubePodImagePullBackOff'] } });
  Object.assign(stage.deps.log, { warn: (message: string) => logged.push(message) });
  Object.assign(stage.deps, {
    alertSink: {
      async post({ url }: AlertmanagerConfig, alerts: readonly OutgoingAlert[]) {
        if (world.failing.has(url)) throw new AlertmanagerError('503', { retry: 'retry' });
        posts.push({ url, alerts });
      },
      async silences({ url }: AlertmanagerConfig) {
        if (world.failing.has(url)) throw new AlertmanagerError('503', { retry: 'retry' });
        return world.silences;
      },
    },
  });
  return { stage, posts, logged, world };
}

function silence(name: string, value: string): Silence {
  return { matchers: [{ name, value, isRegex: false, isEqual: true }], endsAt: START + 3_600_000 };
}

describe('a look tells Alertmanager what it found', () => {
  it('fires, is refreshed while it fails, and is resolved when it runs', async () => {
    const { stage, posts } = openAlerting();
    addFailing(stage.cluster, WEB, notFoundText(IMAGE));
    for (let seconds = 0; seconds < 300; seconds += 10) {
      await stage.look('shop');
      stage.advance(10);
    }
    expect(posts).toHaveLength(3);
    expect(posts[0]?.alerts).toMatchObject([
      {
        labels: {
          alertname: 'ImagePullDiagnosed',
          cluster: 'prod',
          namespace: 'shop',
          pod: 'web',
          container: 'app',
          cause: 'tag-not-found',
        },
        annotations: {
          summary: expect.stringContaining('shop/web cannot pull its image: tag gone does not exist'),
          description: expect.stringContaining('tag gone does not exist'),
          runbook: 'docs/causes/tag-not-found.md',
        },
        endsAt: START + 600_000,
      },
    ]);
    stage.cluster.pods = [runningPod(WEB)];
    await stage.look('shop');
    expect(posts.at(-1)?.alerts).toMatchObject([{ labels: { pod: 'web' }, endsAt: stage.now() }]);
    stage.advance(10);
    await stage.look('shop');
    expect(posts).toHaveLength(4);
  });

  it('says nothing while the container is between two tries', async () => {
    const { stage, posts } = openAlerting();
    addFailing(stage.cluster, WEB, notFoundText(IMAGE));
    await stage.look('shop');
    stage.cluster.pods = [waitingPod(WEB, 'ContainerCreating', '')];
    stage.cluster.events = [];
    stage.advance(10);
    await stage.look('shop');
    expect(posts).toHaveLength(1);
  });

  it('resolves it when the pod is deleted', async () => {
    const { stage, posts } = openAlerting();
    addFailing(stage.cluster, WEB, notFoundText(IMAGE));
    await stage.look('shop');
    stage.cluster.pods = [];
    stage.advance(10);
    await stage.look('shop');
    expect(posts.at(-1)?.alerts).toMatchObject([{ endsAt: stage.now() }]);
  });

  it.each(['an alert reports it', 'the channel has heard of it'])(
    'says nothing of what waits its grace (the raw alert must come through) until %s',
    async (until) => {
      const { stage, posts } = openAlerting();
      addFailing(stage.cluster, WEB, notFoundText(IMAGE));
      await stage.look('shop', { from: 'sweep' });
      stage.advance(10);
      await stage.look('shop', { from: 'sweep' });
      expect(posts).toEqual([]);
      const [known] = await stage.incidents('shop');
      const id = known?.incident.id ?? '';
      if (until === 'the channel has heard of it') {
        const blank = blankPublication(id, 'incidents', stage.now());
        await stage.deps.store.savePublication({ ...blank, posted: { channelId: 'C1', ts: '1.0' } }, 0);
      }
      stage.advance(10);
      await stage.look('shop', { from: until === 'an alert reports it' ? 'alert' : 'sweep' });
      expect(posts).toHaveLength(1);
    },
  );

  it('says nothing of an error that it does not understand', async () => {
    const { stage, posts } = openAlerting();
    addFailing(stage.cluster, WEB, 'Failed to pull image: zorp');
    await stage.look('shop');
    expect(posts).toEqual([]);
  });

  it('tells only those that hear of the cluster', async () => {
    const { stage, posts } = openAlerting([
      { ...TARGET, url: 'http://dev', clusters: ['dev'] },
      { ...TARGET, url: 'http://prod', clusters: ['prod'] },
    ]);
    addFailing(stage.cluster, WEB, notFoundText(IMAGE));
    await stage.look('shop');
    expect(posts.map(({ url }) => url)).toEqual(['http://prod']);
  });

  it('does not fail when one does not answer, and tells it the next time', async () => {
    const { stage, posts, logged, world } = openAlerting([TARGET, { ...TARGET, url: 'http://peer' }]);
    world.failing.add('http://peer');
    addFailing(stage.cluster, WEB, notFoundText(IMAGE));
    await stage.look('shop');
    expect(await stage.incidents('shop')).toHaveLength(1);
    expect(stage.counted).toContain('AlertmanagerFailures');
    expect(logged).toEqual(['an Alertmanager was not told']);
    world.failing.clear();
    stage.advance(10);
    await stage.look('shop');
    expect(posts.map(({ url }) => url)).toEqual(['http://am', 'http://peer']);
  });
});

describe('what the sweep found honours silences', () => {
  const mutedUntil = async (from: 'sweep' | 'alert', silences: readonly Silence[]) => {
    const { stage, world } = openAlerting();
    world.silences = [...silences];
    addFailing(stage.cluster, WEB, notFoundText(IMAGE));
    await stage.look('shop', { from });
    const [incident] = await stage.incidents('shop');
    return incident?.slices[0]?.members[0]?.routing.muteUntil;
  };

  it.each([
    { name: 'namespace', value: 'shop' },
    { name: 'pod', value: 'web' },
    { name: 'cause', value: 'tag-not-found' },
    { name: 'alertname', value: 'ImagePullDiagnosed' },
    { name: 'alertname', value: 'KubePodImagePullBackOff' },
    { name: 'reason', value: 'ImagePullBackOff' },
  ])('of $name $value', async ({ name, value }) => {
    expect(await mutedUntil('sweep', [silence(name, value)])).toBe(START + 3_600_000);
  });

  it.each([
    { name: 'namespace', value: 'pay' },
    { name: 'alertname', value: 'Watchdog' },
  ])('but not of $name $value', async ({ name, value }) => {
    expect(await mutedUntil('sweep', [silence(name, value)])).toBeUndefined();
  });

  it('while an alert that came through was not silenced', async () => {
    expect(await mutedUntil('alert', [silence('namespace', 'shop')])).toBeUndefined();
  });

  it('only if all of its pods are silenced', async () => {
    const { stage, world } = openAlerting();
    world.silences = [silence('pod', 'web-aaaa1-1')];
    for (const name of ['web-aaaa1-1', 'web-aaaa1-2']) {
      addFailing(stage.cluster, { ...WEB, name, deployment: 'web' }, notFoundText(IMAGE));
    }
    await stage.look('shop', { from: 'sweep' });
    const [incident] = await stage.incidents('shop');
    expect(incident?.slices[0]?.members[0]).toMatchObject({ failingPods: 2, routing: {} });
    expect(incident?.slices[0]?.members[0]?.routing.muteUntil).toBeUndefined();
  });

  it('and is told where they cannot be read', async () => {
    const { stage, logged, world } = openAlerting();
    world.silences = [silence('namespace', 'shop')];
    world.failing.add('http://am');
    addFailing(stage.cluster, WEB, notFoundText(IMAGE));
    await stage.look('shop', { from: 'sweep' });
    const [incident] = await stage.incidents('shop');
    expect(incident?.slices[0]?.members[0]?.routing.muteUntil).toBeUndefined();
    expect(logged).toContain('silences could not be read');
  });
});
