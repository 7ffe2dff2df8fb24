import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { StoreError } from '../../../shared/domain/errors.ts';
import { TEAM, wordsOf } from '../../support/fake-dialogs.ts';
import { aPublication } from '../../support/incident-builders.ts';
import { anyRoute } from '../../support/sample-incident.ts';
import { again, openStage, payload, START } from './action-stage.ts';

const DAY_MS = 24 * 3_600_000;
const OVER = { state: 'recovered', endedAt: START - 60_000 } as const;

/** An option of the menu, pressed anew. */
function menu(value: string, user: string): ReturnType<typeof again> {
  const press = again('mute', { user });
  const [action] = press['actions'] as { selected_option: { value: string } }[];
  if (action === undefined) throw new Error('the recorded click has no action');
  action.selected_option = { ...action.selected_option, value };
  return press;
}

describe("I'm on it", () => {
  it('is taken, taken over by another, and given back from the menu', async () => {
    const { accept, incident, dialogs, publishQueue } = await openStage();
    await accept(again('take'));
    expect((await incident()).taken).toMatchObject({ by: { userId: 'U0ALICE01' }, at: START });
    await accept(again('take', { user: 'U0BOB0001' }));
    expect((await incident()).taken?.by.userId).toBe('U0BOB0001');
    expect((await incident()).notes.map(({ text }) => text)).toEqual(['u0bob0001 took it over from u0alice01']);
    await accept(menu('give-back:incident-1', 'U0BOB0001'));
    expect((await incident()).taken).toBeUndefined();
    // Each of them is told by an edit of the message.
    expect(publishQueue.sent.map(({ job }) => job.kind)).toEqual(['poke', 'poke', 'poke']);
    expect(dialogs.told).toEqual([]);
  });

  it('tapped twice, or delivered twice, is taken; an older click that comes late changes nothing', async () => {
    const { accept, incident, publishQueue } = await openStage();
    const first = again('take');
    await accept(first);
    await accept(first);
    await accept(again('take'));
    expect((await incident()).taken?.by.userId).toBe('U0ALICE01');
    expect(publishQueue.sent).toHaveLength(1);
    await accept(menu('give-back:incident-1', 'U0ALICE01'));
    await accept(first);
    expect((await incident()).taken).toBeUndefined();
  });

  it('is given back by another for one who has gone home, and the thread tells who did', async () => {
    const { accept, incident } = await openStage();
    await accept(again('take'));
    await accept(menu('give-back:incident-1', 'U0BOB0001'));
    expect((await incident()).taken).toBeUndefined();
    expect((await incident()).notes.map(({ text }) => text)).toEqual(['u0bob0001 gave it back for u0alice01']);
  });

  it('is for guests too, and for nobody of another workspace', async () => {
    const { accept, incident, dialogs } = await openStage();
    dialogs.people.set('U0ALICE01', { teamId: TEAM, name: 'guest', isGuest: true, isStranger: false });
    await accept(again('take'));
    expect((await incident()).taken?.by.name).toBe('guest');
    dialogs.people.set('U0EVE0001', { teamId: 'T0OTHER01', name: 'eve', isGuest: false, isStranger: true });
    await accept(again('take', { user: 'U0EVE0001' }));
    expect((await incident()).taken?.by.name).toBe('guest');
    expect(dialogs.told.map(({ userId, text }) => [userId, text])).toEqual([
      ['U0EVE0001', expect.stringMatching(/Only people of this workspace/)],
    ]);
  });

  it.each([
    { what: 'over', incident: OVER, value: 'incident-1', says: /over already/ },
    { what: 'not known', incident: {}, value: 'incident-0', says: /not known any more/ },
  ])('of an incident that is $what: told', async ({ incident, value, says }) => {
    const stage = await openStage({ incident });
    await stage.accept(payload('take', (one) => Object.assign((one['actions'] as object[])[0] ?? {}, { value })));
    expect(stage.dialogs.told[0]?.text).toMatch(says);
    expect((await stage.incident()).taken).toBeUndefined();
  });

  it('says so where it could not be written', async () => {
    const { accept, deps, dialogs } = await openStage();
    const claimOnce = () => Promise.reject(new StoreError('away', { retry: 'retry' }));
    await accept(payload('take'), { store: { ...deps.store, claimOnce } });
    expect(dialogs.told[0]?.text).toMatch(/Nothing was changed: press again/);
  });
});

describe('mute', () => {
  it('is for a day, and ended by the next press', async () => {
    const { accept, incident } = await openStage();
    const first = again('mute');
    await accept(first);
    await accept(first);
    expect((await incident()).muted).toMatchObject({ by: { userId: 'U0ALICE01' }, at: START, until: START + DAY_MS });
    await accept(again('mute', { user: 'U0BOB0001' }));
    expect((await incident()).muted).toBeUndefined();
    expect((await incident()).notes.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^u0alice01 muted this for a day/),
      'u0bob0001 ended the mute',
    ]);
  });

  it('that has run out is begun anew', async () => {
    const { accept, clock, incident } = await openStage();
    await accept(again('mute'));
    clock.advance(25 * 3_600);
    await accept(again('mute'));
    expect((await incident()).muted?.at).toBe(START + 25 * 3_600_000);
  });

  it('is not for guests', async () => {
    const { accept, dialogs, incident } = await openStage();
    dialogs.people.set('U0ALICE01', { teamId: TEAM, name: 'guest', isGuest: true, isStranger: false });
    await accept(payload('mute'));
    expect(dialogs.told[0]?.text).toMatch(/Guests .* may not/);
    expect((await incident()).muted).toBeUndefined();
  });
});

describe('not it', () => {
  it('asks for words; a dialog that is cancelled records nothing', async () => {
    const { accept, dialogs, remedies } = await openStage();
    await accept(payload('not-it'));
    expect(wordsOf(dialogs.views.get('V1'))).toMatch(/Not it.*tag v1\.2\.33 does not exist.*What is it really/);
    expect(remedies.feedbacks).toEqual([]);
  });

  it('names no image where the incident is of several namespaces: the channel may be that of one team', async () => {
    const { accept, deps, dialogs, store } = await openStage();
    const load: typeof store.load = async (id) => {
      const loaded = await store.load(id);
      return loaded && { ...loaded, slices: loaded.slices.flatMap((one) => [one, { ...one, namespace: 'pay' }]) };
    };
    await accept(payload('not-it'), { ...deps, store: { ...store, load } });
    expect(wordsOf(dialogs.views.get('V1'))).not.toContain('v1.2.33');
    expect(wordsOf(dialogs.views.get('V1'))).toContain('You say that this diagnosis is wrong: ');
  });

  it('records what was said once, without what must not be kept, and notes it in the thread', async () => {
    const { accept, incident, remedies } = await openStage();
    const words = payload('not-it-words', (value) => {
      const view = value['view'] as { state: unknown };
      view.state = { values: { words: { words: { value: 'https://u:p4ss@proxy is down' } } } };
    });
    const answer = await accept(words);
    await accept(words);
    expect(answer).toMatchObject({ kind: 'show', view: { title: 'Recorded' } });
    expect(remedies.feedbacks).toEqual([
      expect.objectContaining({ incidentId: 'incident-1', causeId: 'tag-not-found', confidence: 'certain', at: START }),
    ]);
    expect(remedies.feedbacks[0]?.words).toMatch(/is down/);
    expect(JSON.stringify([remedies.feedbacks, (await incident()).notes])).not.toContain('p4ss');
    expect((await incident()).notes.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^u0alice01 says that this is not it: .*is down$/),
    ]);
  });

  it('needs no words', async () => {
    const { accept, remedies } = await openStage();
    await accept(payload('not-it-words', (value) => Object.assign(value['view'] as object, { state: { values: {} } })));
    expect(remedies.feedbacks).toMatchObject([{ words: undefined }]);
  });

  it('is not recorded for people of another workspace', async () => {
    const { accept, dialogs, remedies } = await openStage();
    dialogs.people.set('U0ALICE01', { teamId: 'T0OTHER01', name: 'eve', isGuest: false, isStranger: true });
    expect(await accept(payload('not-it-words'))).toMatchObject({ kind: 'show', view: { title: 'Not allowed' } });
    expect(remedies.feedbacks).toEqual([]);
  });
});

describe('Show Git fix', () => {
  it('shows what to change, ready to copy, once however often it is delivered', async () => {
    const { accept, dialogs } = await openStage();
    await accept(payload('git-fix'));
    await accept(payload('git-fix'));
    expect(dialogs.shown).toHaveLength(1);
    expect(wordsOf(dialogs.views.get('V1'))).toMatch(/Fix it in Git.*shop\/web.*tag: v1\.2\.2/);
  });

  it('shows a team only its own namespaces', async () => {
    const { accept, deps, dialogs, store } = await openStage();
    const config = {
      ...deps.config,
      routes: { ...deps.config.routes, rules: [{ ...anyRoute(), namespaces: ['pay'], channel: '#payments' }] },
    };
    const load = async (id: string) => {
      const loaded = await store.load(id);
      const [slice] = loaded?.slices ?? [];
      if (loaded === undefined || slice === undefined) return loaded;
      const members = slice.members.map((member) => ({ ...member, namespace: 'pay', workloadName: 'ledger' }));
      return { ...loaded, slices: [slice, { ...slice, namespace: 'pay', members }] };
    };
    for (const [channel, channelId] of [
      ['#payments', 'C0PAY00001'],
      ['C0PLATFORM', 'C0PLATFORM'],
    ] as const) {
      await store.savePublication(aPublication({ channel, phase: 'posted', posted: { channelId, ts: '1.0' } }), 0);
    }
    const shownIn = async (channelId: string) => {
      const click = again('git-fix');
      await accept({ ...click, channel: { id: channelId } }, { config, store: { ...store, load } });
      return wordsOf(dialogs.shown.at(-1));
    };
    expect(await shownIn('C0PAY00001')).toMatch(/pay\/ledger/);
    expect(await shownIn('C0PAY00001')).not.toMatch(/shop\/web/);
    expect(await shownIn('C0PLATFORM')).toMatch(/shop\/web.*pay\/ledger/);
    expect(await shownIn('C0ELSEWHERE')).toMatch(/there is nothing to change/);
  });

  it('shows nothing of our clusters to people of another workspace', async () => {
    const { accept, dialogs } = await openStage();
    dialogs.people.set('U0ALICE01', { teamId: 'T0OTHER01', name: 'eve', isGuest: false, isStranger: true });
    await accept(payload('git-fix'));
    expect(wordsOf(dialogs.views.get('V1'))).not.toContain('v1.2.2');
  });
});

describe('whatever is signed', () => {
  it('is answered, and never crashes', async () => {
    const { accept } = await openStage();
    const id = fc.oneof(fc.constantFrom('take', 'more', 'choice', 'offer/1', 'git-fix', ''), fc.string());
    const value = fc.oneof(
      fc.constantFrom('incident-1', 'offer-1', 'mute:incident-1', 'offer:', '__proto__'),
      fc.string(),
    );
    const payloads = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          type: fc.constantFrom('block_actions', 'view_submission', 'view_closed', 'shortcut'),
          user: fc.record(
            { id: fc.constantFrom('U0ALICE01', 'x'), team_id: fc.constantFrom('T0TEAM001', '') },
            { requiredKeys: ['id'] },
          ),
          trigger_id: fc.string(),
          channel: fc.record({ id: fc.string() }),
          actions: fc.array(
            fc.record({ action_id: id, value, action_ts: fc.string() }, { requiredKeys: ['action_id'] }),
          ),
          view: fc.record(
            {
              id: fc.string({ minLength: 1 }),
              callback_id: fc.constantFrom('remedy', 'not-it', 'info', 'x'),
              private_metadata: fc.oneof(
                fc.json(),
                fc.constant('{"offerId":"offer-1"}'),
                fc.constant('{"incidentId":"incident-1"}'),
              ),
              state: fc.oneof(
                fc.constant({ values: {} }),
                fc.constant({ values: { words: { words: { value: 'x' } } } }),
              ),
            },
            { requiredKeys: ['id'] },
          ),
        },
        { requiredKeys: ['type'] },
      ),
    );
    await fc.assert(
      fc.asyncProperty(payloads, async (payload) => {
        expect(['nothing', 'show', 'errors']).toContain((await accept(payload)).kind);
      }),
      { numRuns: 300 },
    );
  });
});
