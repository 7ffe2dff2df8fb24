import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../support/until.ts';
import { parseMetrics } from './parse-metrics.ts';
import { startWorld, type World } from './world.ts';

describe('pullmedic serve', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.core.createNamespace({ body: { metadata: { name: 'shop' } } });
    await world.core.createNamespacedPod({
      namespace: 'shop',
      body: {
        metadata: { name: 'web' },
        spec: { containers: [{ name: 'app', image: 'nginx', imagePullPolicy: 'Never' }] },
      },
    });
    await world.core.createNamespacedPod({
      namespace: 'shop',
      body: { metadata: { name: 'loose' }, spec: { containers: [{ name: 'app', image: 'acme/loose' }] } },
    });
  }, 60_000);
  afterAll(() => world.stop());

  it('posts once what a preflight found, and not again after a restart', async () => {
    const told = () => world.messages().filter(({ text }) => text.includes('new before it breaks'));
    const first = world.spawn();
    const { url } = await first.ready();
    await until('the message', 30, () => told()[0]);
    expect(told()[0]?.text).toBe(
      '🟡 prod-eu cluster: 1 new before it breaks, first: shop/loose acme/loose goes by latest, a tag that moves',
    );
    const families = parseMetrics(await (await fetch(`${url}metrics`)).text());
    expect(families.get('pullmedic_preflight_findings_total')?.samples).toContainEqual({
      labels: { cluster: 'prod-eu', kind: 'latest-tag' },
      value: 1,
    });
    first.child.kill('SIGTERM');
    await first.ended;
    const again = world.spawn();
    await again.ready();
    await until('it has run', 30, () => again.stderr().includes('ready'));
    again.child.kill('SIGTERM');
    await again.ended;
    expect(told()).toHaveLength(1);
  });
});
