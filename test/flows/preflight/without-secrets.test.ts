import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SECRETS } from '../../../infra/local/kubernetes/resources.ts';
import { deployment, pullSecret } from '../../../infra/local/scenarios/objects.ts';
import { type Stage, startStage } from './preflight-stage.ts';

/** Kinds that no Secret has a say in. */
const OF_NO_SECRET = ['invalid-name', 'image-gone', 'latest-tag', 'tag-moved', 'platform-missing'];

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
  const { registry, cluster } = stage;
  registry.addImage('private.example.com/team/a:v1');
  registry.addImage('registry.example.com/team/open:v1');
  registry.addImage('docker.io/acme/secret:1', { isPrivate: true });
  cluster.apply([
    pullSecret('shop', 'reg', 'private.example.com', 'u', 'wrong'),
    deployment('refused', 'private.example.com/team/a:v1', 1, { namespace: 'shop', secrets: ['reg'] }),
    deployment('bare', 'private.example.com/team/a:v1', 1, { namespace: 'shop' }),
    deployment('absent', 'private.example.com/team/a:v1', 1, { namespace: 'shop', secrets: ['nowhere'] }),
    deployment('gone', 'registry.example.com/team/open:v9', 1, { namespace: 'shop', secrets: ['reg'] }),
    deployment('hub', 'acme/secret:1', 1, { namespace: 'shop', secrets: ['reg'] }),
    deployment('named', 'registry.example.com/Team/x', 1, { namespace: 'shop' }),
  ]);
});
afterAll(async () => {
  await stage.stop();
});

describe('a read-only kubeconfig', () => {
  it('is enough without Secrets: it ends with 0, says what is missing, and nothing certain that a Secret would decide', async () => {
    stage.cluster.setFault({ status: 403, match: { resource: 'secrets' } });
    const { status, stdout } = await stage.pullmedic('preflight', '-A');
    const { findings, gaps } = await stage.report('-A');
    stage.cluster.setFault(undefined);
    expect(status).toBe(0);
    expect(stdout).toMatch(/2 pull secrets in 1 namespace could not be read, shop\/\w+ the first/);
    expect(gaps.find(({ what }) => what.includes('pull secrets'))?.command).toMatch(/^kubectl create role /);
    const certain = findings
      .filter(({ confidence }) => confidence === 'certain')
      .map(({ kind, workloads }) => `${kind} ${workloads[0]?.name}`);
    expect(certain.filter((one) => !OF_NO_SECRET.includes(one.split(' ')[0] ?? ''))).toEqual([]);
    expect(findings.map(({ kind }) => kind)).not.toContain('secret-missing');
  });

  it('says more with them', async () => {
    const { findings, gaps } = await stage.report('-A');
    const kinds = findings.map(({ kind, workloads }) => `${kind} ${workloads.map(({ name }) => name).join()}`);
    expect(kinds).toEqual(
      expect.arrayContaining(['credentials-refused refused', 'secret-missing absent', 'no-credentials bare']),
    );
    expect(gaps.filter(({ what }) => what.includes('pull secret'))).toEqual([]);
  });

  it('never lists Secrets, and reads each named one once', async () => {
    const before = { ...stage.cluster.requestCounts() };
    await stage.report('-A');
    const after = stage.cluster.requestCounts();
    expect((after['list secrets'] ?? 0) - (before['list secrets'] ?? 0)).toBe(0);
    expect((after['get secrets'] ?? 0) - (before['get secrets'] ?? 0)).toBe(2);
    expect(Object.keys(after).filter((call) => !/^(?:list|get) /.test(call))).toEqual([]);
    expect(stage.cluster.list(SECRETS, 'shop')).toHaveLength(1);
  });

  it('is told when pods themselves may not be listed', async () => {
    stage.cluster.setFault({ status: 403, match: { resource: 'nodes' } });
    const { findings, gaps } = await stage.report('-A');
    stage.cluster.setFault(undefined);
    expect(gaps.map(({ what }) => what)).toContain('nodes of the cluster could not be listed');
    expect(findings.some(({ kind }) => kind === 'platform-missing')).toBe(false);
  });
});
