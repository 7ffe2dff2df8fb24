import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until } from '../support/until.ts';
import { notification, podAlert, post } from './alerts.ts';
import { type Embedded, settle, startEmbedded } from './embedded.ts';
import { createNamespace, createPod, pods } from './workloads.ts';

jest.setTimeout(300_000);

/** The same repository with distinct tags in five or more namespaces is one message. */
describe('a repository whose tags fail in many namespaces', () => {
  let embedded: Embedded;

  beforeAll(async () => {
    embedded = await startEmbedded();
    embedded.stack.registry.addImage('registry.example.com/told:v1');
    embedded.stack.registry.addImage('registry.example.com/swept:v1');
  }, 60_000);

  afterAll(async () => embedded?.stop());

  it.each([
    { found: 'by alerts', prefix: 'told', isAlerted: true },
    { found: 'by the sweep', prefix: 'swept', isAlerted: false },
  ])('becomes one message: $found', async ({ prefix, isAlerted }) => {
    const namespaces = Array.from({ length: 6 }, (_, n) => `${prefix}-${n + 1}`);
    for (const [n, namespace] of namespaces.entries()) {
      await createNamespace(embedded, namespace);
      await createPod(embedded, namespace, 'web', `registry.example.com/${prefix}:gone-${n}`);
    }
    for (const namespace of namespaces) {
      await until(`the pod of ${namespace} fails`, 90, async () => {
        const [pod] = await pods(embedded, namespace);
        return /not found/.test(pod?.status?.containerStatuses?.[0]?.state?.waiting?.message ?? '');
      });
    }
    if (isAlerted) await post(embedded, notification(namespaces.map((namespace) => podAlert(namespace, 'web'))));
    const open = () => embedded.about(`${prefix}-`).filter(({ text }) => /^(?:🔴|🟠)/u.test(text ?? ''));
    await until('one message speaks of all six', 120, () => {
      const [message, ...others] = open();
      return (
        others.length === 0 && new RegExp(`\\+5 more.*several tags of ${prefix} do not exist`).test(message?.text ?? '')
      );
    });
    await settle(embedded);
    expect(open()).toHaveLength(1);
    // What came before it was told is over, and at most one for each of the first four.
    expect(embedded.about(`${prefix}-`).length).toBeLessThanOrEqual(isAlerted ? 6 : 5);
  });
});
