import { describe, expect, it } from '@jest/globals';
import { StoreError } from '../../../shared/domain/errors.ts';
import { TEAM, wordsOf } from '../../support/fake-dialogs.ts';
import { again, openStage, payload, START } from './action-stage.ts';

const DAY_MS = 24 * 3_600_000;
const OVER = { state: 'recovered', endedAt: START - 60_000 } as const;

describe("I'm on it", () => {
  it('is taken, given back by the same person, and taken over by another', async () => {
    const { accept, incident, dialogs, publishQueue } = await openStage();
    await accept(again('take'));
    expect((await incident()).taken).toMatchObject({ by: { userId: 'U0ALICE01' }, at: START });
    await accept(again('take', { user: 'U0BOB0001' }));
    expect((await incident()).taken?.by.userId).toBe('U0BOB0001');
    expect((await incident()).notes.map(({ text }) => text)).toEqual(['u0bob0001 took it over from u0alice01']);
    await accept(again('take', { user: 'U0BOB0001' }));
    expect((await incident()).taken).toBeUndefined();
    // Each of them is told by an edit of the message.
    expect(publishQueue.sent.map(({ job }) => job.kind)).toEqual(['poke', 'poke', 'poke']);
    expect(dialogs.told).toEqual([]);
  });

  it('delivered twice, does not flip back; neither does an older click that comes late', async () => {
    const { accept, incident } = await openStage();
    const first = again('take');
    await accept(first);
    await accept(first);
    expect((await incident()).taken?.by.userId).toBe('U0ALICE01');
    const second = again('take');
    await accept(second);
    await accept(first);
    await accept(second);
    expect((await incident()).taken).toBeUndefined();
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

  it('shows nothing of our clusters to people of another workspace', async () => {
    const { accept, dialogs } = await openStage();
    dialogs.people.set('U0ALICE01', { teamId: 'T0OTHER01', name: 'eve', isGuest: false, isStranger: true });
    await accept(payload('git-fix'));
    expect(wordsOf(dialogs.views.get('V1'))).not.toContain('v1.2.2');
  });
});
