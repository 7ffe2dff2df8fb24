import { describe, expect, it } from '@jest/globals';
import { StoreError } from '../../shared/domain/errors.ts';
import type { Offer } from '../../shared/domain/remedy/offer.ts';
import type { Proposal } from '../../shared/domain/remedy/proposal.ts';
import type { ChatMessage } from '../../shared/ports/chat.ts';
import { createPublishBench, type PublishBench } from '../support/publish-bench.ts';
import { ruleOf } from '../support/remedy-builders.ts';
import { MINUTE, NOW, sampleConfig, sampleIncident, sampleMember, sampleRollout } from '../support/sample-incident.ts';
import { aRun } from '../support/sample-run.ts';

const BACK: Proposal = {
  remedyId: 'roll-back',
  label: 'Roll back to v1.2.2',
  danger: 'careful',
  choices: [],
  rank: 30,
};
const ALICE = { teamId: 'T0TEAM', userId: 'U0ALICE', name: 'alice' };
const RULE = ruleOf({ name: 'all', users: ['U0ALICE'] });

/** A bench whose remedy store writes down what it is given, and when. */
function bench() {
  const publish = createPublishBench(
    sampleConfig({ policy: { mode: 'by-rule', rules: [RULE], argoCdManualSync: [] } }),
  );
  const calls: { readonly ids: readonly string[]; readonly messages: number; readonly edits: number }[] = [];
  const kept = new Map<string, Offer>();
  const remedies = {
    async ensureOffers(offers: readonly Offer[]) {
      const { messages } = publish.chat;
      const edits = messages.reduce((sum, one) => sum + one.edits, 0);
      calls.push({ ids: offers.map(({ id }) => id), messages: messages.length, edits });
      for (const offer of offers) if (!kept.has(offer.id)) kept.set(offer.id, offer);
    },
  };
  return { publish, calls, kept, remedies };
}

function offersOn(message: ChatMessage | undefined): readonly string[] {
  const text = JSON.stringify(message?.blocks ?? []);
  return [...text.matchAll(/"action_id":"offer\/\d+","value":"([^"]+)"|"value":"offer:([^"]+)"/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
}

const messageOf = ({ chat }: PublishBench) => chat.posts()[0]?.message;
const failing = (change = {}) => sampleMember({ proposals: [BACK], ...change });

describe('offers behind the buttons of a message', () => {
  it('are stored before it is posted', async () => {
    const { publish, calls, kept, remedies } = bench();
    await publish.commit(sampleIncident([failing()]));
    await publish.publish({ remedies });
    expect(calls).toMatchObject([{ messages: 0 }]);
    expect(offersOn(messageOf(publish))).toEqual([...kept.keys()]);
    expect([...kept.values()]).toMatchObject([{ remedyId: 'roll-back', incidentId: 'inc-1', channel: 'C0PLATFORM' }]);
  });

  it('stay the same while nothing about them changes, and are not written again for nothing', async () => {
    const { publish, calls, kept, remedies } = bench();
    await publish.commit(sampleIncident([failing()]));
    await publish.publish({ remedies });
    await publish.publish({ remedies });
    expect(calls).toHaveLength(1);
    publish.clock.advance(60);
    await publish.commit(sampleIncident([failing({ failingPods: 2 })]));
    await publish.publish({ remedies });
    expect(kept.size).toBe(1);
  });

  it('are new ones after a use that did not help, stored before the edit', async () => {
    const { publish, calls, kept, remedies } = bench();
    await publish.commit(sampleIncident([failing()]));
    await publish.publish({ remedies });
    const [first] = kept.keys();
    await publish.commit(sampleIncident([failing()], { runs: [aRun({ state: 'no-help', isUndoable: false })] }));
    await publish.publish({ remedies });
    expect(calls).toMatchObject([{ edits: 0 }, { edits: 0 }]);
    expect(offersOn(messageOf(publish))).not.toContain(first);
    expect(kept.size).toBe(2);
  });

  it('a message that cannot keep its offers is not posted with dead buttons: the poke comes again', async () => {
    const { publish } = bench();
    const remedies = {
      async ensureOffers() {
        throw new StoreError('away', { retry: 'retry' });
      },
    };
    await publish.commit(sampleIncident([failing()]));
    await expect(publish.publish({ remedies })).rejects.toThrow('away');
    expect(publish.chat.messages).toEqual([]);
    expect(await publish.nextPokeAt()).toBe(0);
  });

  it('without a store for them no button acts', async () => {
    const { publish } = bench();
    await publish.commit(sampleIncident([failing()]));
    await publish.publish();
    expect(offersOn(messageOf(publish))).toEqual([]);
    expect(JSON.stringify(messageOf(publish))).toContain('"action_id":"take"');
  });

  it('are made anew within the week, without a new revision', async () => {
    const { publish, kept, remedies } = bench();
    await publish.commit(sampleIncident([failing()], { openedAt: NOW }));
    await publish.publish({ remedies });
    expect(await publish.nextPokeAt()).toBe(Number.POSITIVE_INFINITY);
    const [first] = kept.keys();
    publish.clock.advance(6 * 24 * 3_600);
    await publish.publish({ remedies });
    expect(kept.size).toBe(2);
    expect(offersOn(messageOf(publish))).not.toContain(first);
    const now = publish.clock.now();
    expect(Math.min(...[...kept.values()].map(({ expiresAt }) => expiresAt))).toBeGreaterThan(now);
  });

  it('several channels have offers of their own', async () => {
    const { publish, kept, remedies } = bench();
    await publish.commit(sampleIncident([failing(), failing({ namespace: 'pay' })]));
    await publish.publish({ remedies });
    expect([...kept.values()].map(({ channel, namespaces }) => [channel, namespaces])).toEqual([
      ['#payments', ['pay']],
      ['C0PLATFORM', undefined],
    ]);
  });
});

describe('a muted incident', () => {
  it('gets worse without a buzz, and says so once the mute is over', async () => {
    const { publish } = bench();
    const muted = { by: ALICE, at: NOW, until: NOW + 60 * MINUTE };
    const down = failing({ rollout: sampleRollout({ available: 0, oldAvailable: 0 }) });
    await publish.commit(sampleIncident([failing()]));
    await publish.publish();
    await publish.commit(sampleIncident([down], { muted }));
    await publish.publish();
    expect(messageOf(publish)?.text).toMatch(/^🔴/u);
    expect(publish.chat.broadcasts()).toEqual([]);
    expect(await publish.nextPokeAt()).toBe(3_600);
    publish.clock.advance(3_600);
    await publish.publish();
    expect(publish.chat.broadcasts()).toHaveLength(1);
    expect(JSON.stringify(messageOf(publish))).not.toContain('muted by');
  });
});
