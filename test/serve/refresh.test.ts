import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { authOf, documentOf, ECR_HOST, ecrPassword } from '../support/refresh-builders.ts';
import { until } from '../support/until.ts';
import { parseMetrics } from './parse-metrics.ts';
import { startWorld, type World } from './world.ts';

const TARGET = `targets: [{ name: shop, namespaces: [shop], secretNames: [ecr-creds], registries: [${ECR_HOST}], roleArn: none }]`;

describe('pullmedic serve with a target', () => {
  let world: World;
  let url: string;
  const auths = {
    [ECR_HOST]: { auth: authOf('AWS', ecrPassword(Date.now() - 3_600_000)) },
    'ghcr.io': { auth: authOf('bot', 'of-another-registry') },
  };

  beforeAll(async () => {
    world = await startWorld(TARGET);
    await world.core.createNamespace({ body: { metadata: { name: 'shop' } } });
    const config = Buffer.from(JSON.stringify({ auths })).toString('base64');
    await world.core.createNamespacedSecret({
      namespace: 'shop',
      body: {
        metadata: { name: 'ecr-creds' },
        type: 'kubernetes.io/dockerconfigjson',
        data: { '.dockerconfigjson': config },
      },
    });
    const aws = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_ENDPOINT_URL_ECR: world.ecr.endpoint };
    ({ url } = await world.spawn(undefined, aws).ready());
  }, 60_000);
  afterAll(() => world.stop());

  it('begins with a run: what had expired is renewed in place, and one green message tells it', async () => {
    await until('the message', 30, () => world.messages()[0]);
    expect(world.messages().map(({ text }) => text)).toEqual([
      '🟢 prod-eu cluster: 1 ECR secret had expired, refreshed, in 1 namespace',
    ]);
    const secret = await world.core.readNamespacedSecret({ namespace: 'shop', name: 'ecr-creds' });
    const after = documentOf(secret as never).auths;
    expect(after['ghcr.io']).toEqual(auths['ghcr.io']);
    expect(after[ECR_HOST]).not.toEqual(auths[ECR_HOST]);
    expect(world.ecr.calls()).toBe(1);
    expect(JSON.stringify(world.messages())).not.toContain(after[ECR_HOST]?.auth);
  });

  it('says in /metrics how the refresh stands', async () => {
    const families = parseMetrics(await (await fetch(`${url}metrics`)).text());
    const value = (name: string) =>
      families.get(name)?.samples.find(({ labels }) => labels['cluster'] === 'prod-eu')?.value;
    expect(value('pullmedic_refresh_seconds_since_success')).toBeLessThan(60);
    expect(value('pullmedic_refresh_minimum_life_left_seconds')).toBeGreaterThan(11 * 3_600);
    expect(value('pullmedic_refresh_secrets')).toBe(1);
    expect(value('pullmedic_refresh_secrets_failing')).toBe(0);
    expect(value('pullmedic_refreshed_total')).toBe(1);
    expect(families.get('pullmedic_dead_letter_jobs')?.samples).toContainEqual({
      labels: { queue: 'refresh' },
      value: 0,
    });
  });
});
