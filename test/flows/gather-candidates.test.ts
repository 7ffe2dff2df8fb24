import { describe, expect, it } from '@jest/globals';
import { gather } from '../../shared/flows/gather.ts';
import { createFakeCluster, type FakeCluster } from './fake-cluster.ts';
import { addFailing, forbiddenText, runningPod } from './kube-objects.ts';

const AT = Date.UTC(2026, 10, 22, 12);
const IMAGE = 'private.example.com/team/app:v1';
const base = { namespace: 'shop', image: IMAGE, at: AT };

function clusterWith(names: readonly string[], failing: { readonly pullSecret?: string } = {}): FakeCluster {
  const cluster = createFakeCluster();
  addFailing(cluster, { ...base, ...failing, name: 'web' }, forbiddenText(IMAGE));
  for (const name of names) {
    cluster.pods.push(runningPod({ ...base, name: `runs-${name}`, pullSecret: name }));
    cluster.secrets.push({ metadata: { name, namespace: 'shop' }, type: 'kubernetes.io/dockerconfigjson' });
  }
  return cluster;
}

async function read(cluster: FakeCluster) {
  const request = { cluster: 'c', namespace: 'shop', observedAt: AT, watchedKinds: [] };
  const { secrets, secretsNotRead, gaps } = await gather(cluster, request);
  return { names: secrets.map(({ metadata }) => metadata?.name), secretsNotRead, gaps };
}

describe('pull secrets that a failing pod may lack', () => {
  it('are those that its neighbours use', async () => {
    expect((await read(clusterWith(['regcred']))).names).toEqual(['regcred']);
  });

  it('are those that a ServiceAccount of its namespace names', async () => {
    const cluster = clusterWith([]);
    cluster.serviceAccounts.push({
      metadata: { name: 'other', namespace: 'shop' },
      imagePullSecrets: [{ name: 'regcred' }],
    });
    cluster.secrets.push({ metadata: { name: 'regcred', namespace: 'shop' }, type: 'kubernetes.io/dockerconfigjson' });
    expect((await read(cluster)).names).toEqual(['regcred']);
  });

  it('are not read where every failing pod names one', async () => {
    const cluster = clusterWith(['regcred'], { pullSecret: 'own' });
    await read(cluster);
    expect(cluster.calls.filter((call) => call.startsWith('get secret'))).toEqual(['get secret shop/own']);
  });

  it('are five at most, and one that is not there is nobody’s lack', async () => {
    const cluster = clusterWith(['a', 'b', 'c', 'd', 'e', 'f']);
    cluster.secrets.shift();
    const { names, secretsNotRead, gaps } = await read(cluster);
    expect(names).toEqual(['b', 'c', 'd', 'e']);
    expect([secretsNotRead, gaps]).toEqual([{}, []]);
  });
});
