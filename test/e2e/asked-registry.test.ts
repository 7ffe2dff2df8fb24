import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../support/until.ts';
import { notification, podAlert, post } from './alerts.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import { createNamespace, createPod, untilFailing } from './workloads.ts';

describe('the registry behind a failing pod', () => {
  let embedded: Embedded;

  beforeAll(async () => {
    embedded = await startEmbedded();
  });
  afterAll(async () => {
    await embedded.stop();
  });

  /** All that the channel shows of it: the message and its thread. */
  const shown = (subject: string) =>
    JSON.stringify(embedded.about(subject).flatMap((message) => [message, ...embedded.replies(message.ts)]));

  it('names the tag that was meant', async () => {
    const { registry } = embedded.stack;
    for (const tag of ['v1.2.2', 'v1.2.3', 'nightly']) registry.addImage(`registry.example.com/typo/web:${tag}`);
    await createNamespace(embedded, 'typo');
    await createPod(embedded, 'typo', 'web', 'registry.example.com/typo/web:v1.2.33');
    await untilFailing(embedded, 'typo');
    await post(embedded, notification([podAlert('typo', 'web')]));
    await embedded.untilMessage('typo/web', 10, /v1\.2\.33/);
    // It stands in the details, which follow the message.
    await until('the evidence is shown', 10, () => /asked by pullmedic/.test(shown('typo/web')));
    expect(shown('typo/web')).toMatch(/v1\.2\.3(?!3)/);
    const [loaded] = await embedded.stack.engine.store.incidentsIn('prod-eu', 'typo', embedded.stack.clock.now());
    expect(loaded?.incident.best).toMatchObject({ causeId: 'tag-not-found', confidence: 'certain' });
  });

  it('says that a private image exists and that the pod has no credentials for it', async () => {
    const { registry } = embedded.stack;
    registry.addImage('private.example.com/vault/web:v1');
    await createNamespace(embedded, 'vault');
    await createPod(embedded, 'vault', 'web', 'private.example.com/vault/web:v1');
    await untilFailing(embedded, 'vault');
    await post(embedded, notification([podAlert('vault', 'web')]));
    await embedded.untilMessage('vault/web', 10);
    const [loaded] = await embedded.stack.engine.store.incidentsIn('prod-eu', 'vault', embedded.stack.clock.now());
    const members = loaded?.slices.flatMap(({ members }) => members) ?? [];
    expect(members.map(({ proof }) => proof?.said)).toEqual([['nobody: unauthorized']]);
    expect(loaded?.incident.best.causeId).toBe('auth-missing');
  });
});
