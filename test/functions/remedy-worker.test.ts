import { describe, expect, it } from '@jest/globals';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createHandler } from '../../functions/remedy-worker/handler.ts';
import { notFoundText } from '../flows/kube-objects.ts';
import { openRemedyStage, type RemedyStage } from '../flows/remedies/remedy-stage.ts';
import { ALICE } from '../support/remedy-builders.ts';

async function deliver(stage: RemedyStage, ...bodies: readonly unknown[]): Promise<readonly string[]> {
  const handler = createHandler({ ...stage.deps, config: { load: async () => stage.deps.config } });
  const records = bodies.map((body, n) => ({
    messageId: `m${n}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: {},
  }));
  const answer = await handler({ Records: records } as unknown as SQSEvent, {} as Context);
  return (answer as SQSBatchResponse).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

const plan = (at: number) => ({ kind: 'plan', offerId: 'offer-1', viewId: 'V9', by: ALICE, channelId: 'C1', at });

describe('remedy-worker', () => {
  it('shows the plan of a press, and applies what was confirmed', async () => {
    const stage = await openRemedyStage({ text: notFoundText });
    const hash = await stage.press('roll-back');
    expect(await deliver(stage, plan(stage.looks.now()))).toEqual([]);
    expect(stage.views.get('V9')?.submit).toBe('Roll back to v1');
    await stage.claim(hash ?? '');
    expect(await deliver(stage, { kind: 'apply', offerId: 'offer-1', at: stage.looks.now() })).toEqual([]);
    expect(stage.made).toEqual(['set-images shop/web']);
  });

  it.each(['nonsense', { kind: 'apply' }, { kind: 'refresh', cluster: 'a' }, { kind: 'apply', offerId: '', at: 1 }])(
    'hands back what is no remedy job, and does the rest: %j',
    async (bad) => {
      const stage = await openRemedyStage({ text: notFoundText });
      await stage.press('roll-back');
      expect(await deliver(stage, bad, plan(stage.looks.now()))).toEqual(['m0']);
      expect(stage.views.has('V9')).toBe(true);
      expect(stage.counted).toContain('RemedyJobsFailed');
    },
  );

  it('hands back a job whose answer the dialog did not take', async () => {
    const stage = await openRemedyStage({ text: notFoundText });
    await stage.press('roll-back');
    const update = () => Promise.reject(new Error('Slack is away'));
    const broken = { ...stage, deps: { ...stage.deps, dialogs: { ...stage.deps.dialogs, update } } };
    expect(await deliver(broken, plan(stage.looks.now()))).toEqual(['m0']);
  });
});
