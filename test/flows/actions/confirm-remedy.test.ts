import { describe, expect, it } from '@jest/globals';
import { ACTIONS, DIALOGS } from '../../../shared/chat/slack/action-ids.ts';
import { StoreError } from '../../../shared/domain/errors.ts';
import type { ActionAnswer } from '../../../shared/flows/accept-action.ts';
import { LOOK_DELAYS_SECONDS } from '../../../shared/flows/receive-alerts.ts';
import { TEAM, wordsOf } from '../../support/fake-dialogs.ts';
import { aRun } from '../../support/sample-run.ts';
import { again, anOffer, aRule, openStage, payload, START } from './action-stage.ts';

const said = (answer: ActionAnswer) => (answer.kind === 'show' ? wordsOf(answer.view) : JSON.stringify(answer));

/** The dialog as it comes back, with another state or with a typed name. */
const confirm = (state: object, typed?: string) =>
  payload('confirm', (value) => {
    const view = value['view'] as Record<string, unknown>;
    view['private_metadata'] = JSON.stringify({ ...JSON.parse(String(view['private_metadata'])), ...state });
    if (typed !== undefined) view['state'] = { values: { [DIALOGS.typedNameBlock]: { name: { value: typed } } } };
  });

describe('a confirmed remedy', () => {
  it('is claimed, looked at for a minute, and handed to the worker', async () => {
    const { accept, remedies, remedyQueue, triageQueue } = await openStage();
    expect(said(await accept(payload('confirm')))).toMatch(/^Working…/);
    expect(remedies.saved('offer-1')).toMatchObject({
      state: 'claimed',
      claim: {
        by: { teamId: TEAM, userId: 'U0ALICE01', name: 'u0alice01' },
        at: START,
        planHash: 'hash-1',
        rule: 'shop people',
        viewId: 'V0VIEW0001',
        channelId: 'C0SHOP0001',
      },
      dueAt: START + 60_000,
    });
    expect(remedyQueue.sent.map(({ job }) => job)).toEqual([{ kind: 'apply', offerId: 'offer-1', at: START }]);
    expect(triageQueue.sent.map(({ options }) => options.delaySeconds)).toEqual(LOOK_DELAYS_SECONDS);
    expect(triageQueue.sent[2]?.job).toMatchObject({
      kind: 'look',
      scope: { kind: 'namespace', cluster: 'prod-eu', namespace: 'shop' },
      // No alert said anything: what else is found there waits its grace.
      from: 'sweep',
      hintedAt: START + 20_000,
    });
  });

  it('looks faster where time is scaled', async () => {
    const { accept, triageQueue } = await openStage({ timeScale: 0.1 });
    await accept(payload('confirm'));
    expect(triageQueue.sent.map(({ options }) => options.delaySeconds)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('delivered twice, is done once and says the same', async () => {
    const { accept, remedyQueue, triageQueue } = await openStage();
    await accept(payload('confirm'));
    const looks = triageQueue.sent.length;
    expect(said(await accept(payload('confirm')))).toMatch(/^Working…/);
    expect(remedyQueue.sent).toHaveLength(1);
    expect(triageQueue.sent).toHaveLength(looks);
  });

  it('by two at once: the second is told who was first', async () => {
    const { accept, remedyQueue } = await openStage();
    const answers = await Promise.all([
      accept(again('confirm')),
      accept(again('confirm', { user: 'U0BOB0001', view: 'V0VIEW0002' })),
    ]);
    expect(remedyQueue.sent).toHaveLength(1);
    expect(answers.map(said).filter((words) => words.startsWith('Working…'))).toHaveLength(1);
    expect(
      answers.map(said).filter((words) => /u0(alice01|bob0001) confirmed this at 13:01 UTC/.test(words)),
    ).toHaveLength(1);
  });

  it.each([
    { what: 'after it expired', offer: anOffer({ expiresAt: START }), says: /good until/ },
    { what: 'of a button that is not known', offer: anOffer({ id: 'other' }), says: /not known/ },
  ])('$what: told so, nothing is begun', async ({ offer, says }) => {
    const { accept, remedyQueue, triageQueue } = await openStage({ offer });
    expect(said(await accept(payload('confirm')))).toMatch(says);
    expect([...remedyQueue.sent, ...triageQueue.sent]).toEqual([]);
  });

  it('after the fix: told so, nothing is begun', async () => {
    const { accept, remedies, remedyQueue } = await openStage({
      incident: { state: 'recovered', endedAt: START - 60_000 },
    });
    expect(said(await accept(payload('confirm')))).toMatch(/over since 13:00 UTC/);
    expect(remedies.saved('offer-1')?.state).toBe('offered');
    expect(remedyQueue.sent).toEqual([]);
  });

  it.each([
    { what: 'somebody who may not', rules: [aRule({ users: ['U0OTHER01'] })], says: /Not allowed.*not among those/ },
    { what: 'anybody since the rule is gone', rules: [], says: /Not allowed.*No rule/ },
    {
      what: 'somebody, for more pods than the rule lets',
      rules: [aRule({ maxPods: 20 })],
      says: /21 pods, 20/,
      pods: 21,
    },
  ])('is authorised again: not by $what', async ({ rules, says, pods = 1 }) => {
    const { accept, remedies, remedyQueue } = await openStage({ rules });
    expect(said(await accept(confirm({ pods })))).toMatch(says);
    expect(remedies.saved('offer-1')?.state).toBe('offered');
    expect(remedyQueue.sent).toEqual([]);
  });

  it('is refused for people of another workspace', async () => {
    const { accept, dialogs, remedyQueue } = await openStage();
    dialogs.people.set('U0ALICE01', { teamId: 'T0OTHER01', name: 'eve', isGuest: false, isStranger: true });
    expect(said(await accept(payload('confirm')))).toMatch(/Only people of this workspace/);
    expect(remedyQueue.sent).toEqual([]);
  });

  it('counts the channel in which the button was pressed', async () => {
    const rules = [aRule({ users: [], channels: ['C0SHOP0001'] })];
    const here = await openStage({ rules });
    await here.accept(payload('confirm'));
    expect(here.remedyQueue.sent).toHaveLength(1);
    const elsewhere = await openStage({ rules });
    await elsewhere.accept(confirm({ channelId: 'C0OTHER001' }));
    expect(elsewhere.remedyQueue.sent).toEqual([]);
  });

  it.each([
    { typed: undefined, isTaken: false },
    { typed: 'we', isTaken: false },
    { typed: 'WEB', isTaken: false },
    { typed: 'web', isTaken: true },
    { typed: ' web ', isTaken: true },
  ])('a dangerous one with $typed typed for web: $isTaken', async ({ typed, isTaken }) => {
    const { accept, remedies } = await openStage();
    const answer = await accept(confirm({ danger: 'dangerous', typedName: 'web' }, typed));
    if (!isTaken)
      expect(answer).toEqual({ kind: 'errors', errors: { 'typed-name': 'This is not the name: type web' } });
    expect(remedies.saved('offer-1')?.state).toBe(isTaken ? 'claimed' : 'offered');
  });

  it('is not taken from a dialog that asked for no name, where policy asks for one by now', async () => {
    const { accept, remedyQueue } = await openStage({ rules: [aRule({ typedName: 'always' })] });
    expect(said(await accept(payload('confirm')))).toMatch(/Press the button again/);
    expect(remedyQueue.sent).toEqual([]);
  });

  it.each([
    { state: { choice: 'v1.2.2' }, selected: 'v1.2.2', isTaken: true },
    { state: { shownChoice: 'v1.2.2' }, selected: 'v1.2.2', isTaken: true },
    { state: { choice: 'v1.2.2' }, selected: 'v1.2.1', isTaken: false },
    { state: { shownChoice: 'v1.2.2' }, selected: 'v1.2.1', isTaken: false },
  ])('for $state with $selected in the list: $isTaken', async ({ state, selected, isTaken }) => {
    const { accept, remedies } = await openStage();
    const value = confirm(state);
    (value['view'] as Record<string, unknown>)['state'] = {
      values: {
        [DIALOGS.choiceBlock]: { [ACTIONS.choice]: { type: 'static_select', selected_option: { value: selected } } },
      },
    };
    const words = said(await accept(value));
    expect(remedies.saved('offer-1')?.state).toBe(isTaken ? 'claimed' : 'offered');
    expect(words).toMatch(isTaken ? /^Working…/ : /not for v1\.2\.1 yet.*press the button again/);
  });

  it.each([
    { what: 'where it fits', change: {} },
    { what: 'where it was done, of an undo', change: { remedyId: 'undo' as const, undoes: 'offer-0' } },
  ])('is judged by the namespaces $what, not by all that fail', async ({ change }) => {
    const { accept, deps, remedyQueue } = await openStage({
      offer: anOffer(change),
      rules: [aRule({ namespaces: ['shop'] })],
    });
    const load = async (id: string) => {
      const loaded = await deps.store.load(id);
      const [slice] = loaded?.slices ?? [];
      if (loaded === undefined || slice === undefined) return loaded;
      const members = slice.members.map((member) => ({
        ...member,
        proposals: member.proposals?.map(({ gitFix: _, ...proposal }) => proposal),
      }));
      const others = members.map(({ proposals: _, ...member }) => ({ ...member, key: `pay/${member.key}` }));
      const runs = [aRun({ offerId: 'offer-0', members: members.map(({ key }) => key) })];
      return {
        incident: { ...loaded.incident, runs },
        slices: [
          { ...slice, members },
          { ...slice, namespace: 'pay', members: others },
        ],
      };
    };
    expect(said(await accept(payload('confirm'), { store: { ...deps.store, load } }))).toMatch(/^Working…/);
    expect(remedyQueue.sent).toHaveLength(1);
  });

  it('is not taken from a dialog without a plan', async () => {
    const { accept, remedyQueue } = await openStage();
    expect(said(await accept(confirm({ planHash: undefined })))).toMatch(/held no plan/);
    expect(remedyQueue.sent).toEqual([]);
  });

  it('stands where the worker could not be told: the dialog says that the sweeper will', async () => {
    const { accept, remedies, remedyQueue, triageQueue } = await openStage();
    remedyQueue.isDown = true;
    triageQueue.isDown = true;
    expect(said(await accept(payload('confirm')))).toMatch(/begins within about a minute/);
    expect(remedies.saved('offer-1')).toMatchObject({ state: 'claimed', dueAt: START + 60_000 });
  });

  it('is not begun where the claim could not be written', async () => {
    const { accept, deps, remedyQueue } = await openStage();
    const saveOffer = () => Promise.reject(new StoreError('away', { retry: 'retry' }));
    const answer = await accept(payload('confirm'), { remedies: { ...deps.remedies, saveOffer } });
    expect(said(answer)).toMatch(/nothing was begun: try again/);
    expect(remedyQueue.sent).toEqual([]);
  });

  it('of another app: told, nothing is begun', async () => {
    const { accept, remedyQueue } = await openStage();
    expect(
      said(await accept(payload('confirm', (value) => Object.assign(value, { api_app_id: 'A0FOREIGN' })))),
    ).toMatch(/not known here/);
    expect(remedyQueue.sent).toEqual([]);
  });

  it('looks at the whole cluster once where it is about many namespaces', async () => {
    const { accept, triageQueue, deps } = await openStage();
    const load = async (id: string) => {
      const loaded = await deps.store.load(id);
      const [slice] = loaded?.slices ?? [];
      if (loaded === undefined || slice === undefined) return loaded;
      const slices = Array.from({ length: 21 }, (_, n) => ({ ...slice, namespace: `ns-${n}` }));
      return { ...loaded, slices };
    };
    await accept(payload('confirm'), { store: { ...deps.store, load } });
    expect(new Set(triageQueue.sent.map(({ job }) => JSON.stringify('scope' in job ? job.scope : undefined)))).toEqual(
      new Set(['{"kind":"cluster","cluster":"prod-eu"}']),
    );
  });
});
