import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Context, ScheduledEvent } from 'aws-lambda';
import { createHandler } from '../../functions/sweeper/handler.ts';
import type { TriageQueueJob } from '../../shared/domain/jobs.ts';
import { addFailing, notFoundText } from '../flows/kube-objects.ts';
import { openStage } from '../flows/look-stage.ts';
import { NO_REMEDIES } from '../support/remedy-builders.ts';

const EVENT = join(import.meta.dirname, '..', '..', 'events', 'schedule', 'every-minute.json');

describe('sweeper', () => {
  it('sweeps at a recorded schedule event: a failing pod without an alert is looked at', async () => {
    const stage = openStage();
    const image = 'ghcr.io/acme/web:gone';
    addFailing(stage.cluster, { namespace: 'shop', name: 'app', image, at: stage.now() }, notFoundText(image));
    const jobs: TriageQueueJob[] = [];
    const handler = createHandler({
      ...stage.deps,
      ...NO_REMEDIES,
      config: { load: async () => stage.deps.config },
      triageQueue: {
        send: async (job) => {
          jobs.push(job);
        },
        sendAll: async (all) => {
          jobs.push(...all.map(({ job }) => job));
        },
      },
    });
    await handler(JSON.parse(readFileSync(EVENT, 'utf8')) as ScheduledEvent, {} as Context);
    const [look, ...checks] = jobs;
    expect(look).toMatchObject({ kind: 'look', from: 'sweep', scope: { cluster: 'prod', namespace: 'shop' } });
    expect(checks).toHaveLength(6);
    for (const check of checks)
      expect(check).toMatchObject({ kind: 'check', cluster: 'prod', watched: { shop: expect.any(String) } });
  });
});
