import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkBlocks } from '../../infra/local/slack/check-blocks.ts';
import { toSlackView } from '../../shared/adapters/slack/to-slack-view.ts';
import { changeLines } from '../../shared/chat/slack/change-lines.ts';
import { parseDialogState } from '../../shared/chat/slack/dialog-state.ts';
import {
  renderChecking,
  renderDenied,
  renderEnded,
  renderTold,
  renderWorking,
} from '../../shared/chat/slack/render-dialog.ts';
import { renderGitFix } from '../../shared/chat/slack/render-dialog-git-fix.ts';
import { renderNotIt } from '../../shared/chat/slack/render-dialog-not-it.ts';
import { type PlanDialog, renderPlanDialog } from '../../shared/chat/slack/render-dialog-plan.ts';
import { VIEW_LIMITS } from '../../shared/chat/slack/view-limits.ts';
import type { Applied, Change } from '../../shared/domain/remedy/change.ts';
import type { Plan } from '../../shared/domain/remedy/plan.ts';
import { REMEDY_IDS } from '../../shared/domain/remedy/proposal.ts';
import type { DialogView } from '../../shared/ports/dialogs.ts';

const setImages: Change = {
  kind: 'set-images',
  workload: { kind: 'Deployment', namespace: 'shop', name: 'checkout' },
  containers: [
    {
      name: 'app',
      isInit: false,
      before: 'r.example.com/shop/checkout:v1.2.33',
      after: 'r.example.com/shop/checkout:v1.2.2',
    },
  ],
};

function aPlan(change: Partial<Plan> = {}): Plan {
  return {
    remedyId: 'roll-back',
    label: 'Roll back to v1.2.2',
    danger: 'careful',
    changes: [setImages],
    radius: ['3 pods in shop/checkout restart; 3 of 3 old pods keep serving meanwhile'],
    warnings: ['revision 41 also had other settings: only the image goes back'],
    choices: [],
    choice: undefined,
    members: ['shop/Deployment/checkout/app'],
    pods: 3,
    ...change,
  };
}

function aDialog(change: Partial<PlanDialog> = {}): PlanDialog {
  return {
    offer: { id: 'offer-1', cluster: 'prod-eu' },
    plan: aPlan(),
    dryRun: [{ kind: 'done', at: 0 }],
    planHash: 'hash',
    needsTypedName: false,
    choice: undefined,
    rule: 'shop people',
    channelId: 'C0SHOP0001',
    ...change,
  };
}

const wordsOf = (view: DialogView) => JSON.stringify(view.blocks);

/** What Slack would refuse of a dialog; empty = valid. */
function problemsOf(view: DialogView): readonly string[] {
  const problems = [...checkBlocks(view.blocks, VIEW_LIMITS.blocks)];
  const limit = (what: string, length: number, most: number) => {
    if (length > most) problems.push(`${what}: ${length}, at most ${most}`);
  };
  for (const label of [view.title, view.close, view.submit ?? 'none']) {
    limit('label', label.length, VIEW_LIMITS.label);
    if (label.trim() === '') problems.push('an empty label');
  }
  limit('state', view.state.length, VIEW_LIMITS.state);
  limit('view', Buffer.byteLength(JSON.stringify(toSlackView(view))), VIEW_LIMITS.bytes);
  for (const block of view.blocks) {
    for (const element of (block['elements'] ?? []) as {
      type?: string;
      options?: { text: { text: string }; value: string }[];
    }[]) {
      if (element.type !== 'static_select') continue;
      limit('options', element.options?.length ?? 0, VIEW_LIMITS.options);
      for (const { text, value } of element.options ?? []) {
        limit('option text', text.text.length, VIEW_LIMITS.optionText);
        limit('option value', value.length, VIEW_LIMITS.optionValue);
        if (text.text === '' || value === '') problems.push('an empty option');
      }
    }
    const input = block.type === 'input' ? (block['label'] as { text: string }).text.length : 0;
    limit('input label', input, 2_000);
    if (view.submit === undefined && block.type === 'input') problems.push('an input without a submit button');
  }
  return problems;
}

describe('the dialog of a plan', () => {
  it('shows the exact change, whom it touches, what to know, and by which rule', () => {
    const view = renderPlanDialog(aDialog());
    expect(view).toMatchObject({
      title: 'Roll back',
      submit: 'Roll back to v1.2.2',
      close: 'Cancel',
      callbackId: 'remedy',
    });
    const words = wordsOf(view);
    expect(words).toContain('- app: r.example.com/shop/checkout:v1.2.33\\n+ app: r.example.com/shop/checkout:v1.2.2');
    expect(words).toMatch(
      /3 pods in shop\/checkout restart.*only the image goes back.*accepted it in a dry-run.*shop people/,
    );
    expect(parseDialogState(view.state)).toEqual({
      offerId: 'offer-1',
      channelId: 'C0SHOP0001',
      planHash: 'hash',
      pods: 3,
      danger: 'careful',
    });
  });

  it.each<{ readonly result: Applied; readonly says: RegExp }>([
    { result: { kind: 'changed', by: 'argocd', found: 'v1.2.34' }, says: /changed meanwhile by argocd: v1\.2\.34/ },
    { result: { kind: 'gone' }, says: /not there any more/ },
    {
      result: { kind: 'refused', why: 'admission webhook says no' },
      says: /refused by the cluster: admission webhook says no/,
    },
    {
      result: { kind: 'denied', why: 'may not patch', command: 'kubectl apply -k x' },
      says: /may not patch\. To allow it: kubectl apply -k x/,
    },
  ])('cannot be confirmed where the dry-run says $result.kind', ({ result, says }) => {
    const view = renderPlanDialog(aDialog({ dryRun: [result], needsTypedName: true }));
    expect(view.submit).toBeUndefined();
    expect(wordsOf(view)).toMatch(says);
    expect(parseDialogState(view.state)?.planHash).toBeUndefined();
    expect(problemsOf(view)).toEqual([]);
  });

  it('can be confirmed where it stands so already, or where there is no dry-run', () => {
    expect(renderPlanDialog(aDialog({ dryRun: [{ kind: 'already', at: 0 }] })).submit).toBeDefined();
    const without = renderPlanDialog(aDialog({ dryRun: [undefined] }));
    expect(without.submit).toBeDefined();
    expect(wordsOf(without)).not.toContain('dry-run');
  });

  it('asks for the name of the workload where it must be typed', () => {
    const view = renderPlanDialog(aDialog({ needsTypedName: true }));
    expect(wordsOf(view)).toContain('Type checkout to confirm');
    expect(parseDialogState(view.state)?.typedName).toBe('checkout');
  });

  it('lets choose where there is a choice, and keeps what was chosen', () => {
    const choices = [
      { value: 'v1.2.2', label: 'v1.2.2, ran until 09:02' },
      { value: 'v1.2.1', label: 'v1.2.1' },
    ];
    const view = renderPlanDialog(aDialog({ plan: aPlan({ choices, choice: 'v1.2.1' }), choice: 'v1.2.1' }));
    expect(view.blocks.find(({ block_id: id }) => id === 'choice')).toMatchObject({
      elements: [{ type: 'static_select', action_id: 'choice', initial_option: { value: 'v1.2.1' } }],
    });
    expect(parseDialogState(view.state)).toMatchObject({ choice: 'v1.2.1', shownChoice: 'v1.2.1' });
    const unchosen = renderPlanDialog(aDialog({ plan: aPlan({ choices, choice: 'v1.2.1' }), choice: undefined }));
    expect(parseDialogState(unchosen.state)).toMatchObject({ shownChoice: 'v1.2.1' });
    expect(parseDialogState(unchosen.state)).not.toHaveProperty('choice');
    expect(wordsOf(renderPlanDialog(aDialog({ plan: aPlan({ choices: choices.slice(0, 1) }) })))).not.toContain(
      'static_select',
    );
  });

  it('shows text of a cluster as text: no mention, no link, no end of the code block', () => {
    const hostile = '<!channel> <https://evil.example|x> ``` @here &';
    const view = renderPlanDialog(
      aDialog({
        plan: aPlan({
          label: hostile,
          radius: [hostile],
          warnings: [hostile],
          changes: [{ ...setImages, containers: [{ name: hostile, isInit: false, before: hostile, after: hostile }] }],
        }),
        rule: hostile,
      }),
    );
    const words = wordsOf(view);
    expect(words).not.toMatch(/<!channel|<https|@here/);
    for (const block of view.blocks) {
      const text = (block['text'] as { text?: string } | undefined)?.text ?? '';
      expect((text.match(/```/g) ?? []).length % 2).toBe(0);
    }
  });
});

const text = (max: number) =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '&'.repeat(max),
      'a'.repeat(max),
      '`'.repeat(max),
      '😀'.repeat(max / 2),
      '<'.repeat(max),
      '\n'.repeat(9),
    ),
  );
const name = text(250);
const image = text(400);
const workload = fc.record({
  kind: fc.constantFrom('Deployment' as const, 'StatefulSet' as const),
  namespace: name,
  name,
});
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constant('set-images' as const),
    workload,
    containers: fc.array(fc.record({ name, isInit: fc.boolean(), before: image, after: image }), { maxLength: 20 }),
  }),
  fc.record({
    kind: fc.constant('set-pull-secrets' as const),
    on: workload,
    before: fc.array(name),
    after: fc.array(name),
  }),
  fc.record({
    kind: fc.constant('delete-pod' as const),
    namespace: name,
    name,
    uid: name,
    node: fc.option(name, { nil: undefined }),
    controller: name,
  }),
  fc.record({
    kind: fc.constant('refresh-secret' as const),
    namespace: name,
    name,
    target: name,
    identity: name,
    isMissing: fc.boolean(),
    image,
  }),
  fc.record({
    kind: fc.constant('silence-alerts' as const),
    alertmanager: name,
    matchers: fc.array(fc.record({ name, value: name })),
    minutes: fc.nat(),
  }),
  fc.record({ kind: fc.constant('end-silence' as const), alertmanager: name, silenceId: name }),
);
const applied: fc.Arbitrary<Applied | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.constant({ kind: 'done' as const, at: 0 }),
  fc.record({ kind: fc.constant('changed' as const), by: fc.option(name, { nil: undefined }), found: image }),
  fc.record({ kind: fc.constant('denied' as const), why: image, command: fc.option(image, { nil: undefined }) }),
);
const plan: fc.Arbitrary<Plan> = fc.record({
  remedyId: fc.constantFrom(...REMEDY_IDS),
  label: name.filter((label) => label.trim() !== ''),
  danger: fc.constantFrom('safe' as const, 'careful' as const, 'dangerous' as const),
  changes: fc.array(change, { minLength: 1, maxLength: 200, size: 'max' }),
  radius: fc.array(image, { maxLength: 30 }),
  warnings: fc.array(image, { maxLength: 30 }),
  choices: fc.array(fc.record({ value: name, label: name }), { maxLength: 150 }),
  choice: fc.constant(undefined),
  members: fc.array(name),
  pods: fc.nat(),
});

describe("Slack's limits", () => {
  it('hold for every plan', () => {
    fc.assert(
      fc.property(
        plan,
        fc.array(applied, { maxLength: 200 }),
        fc.boolean(),
        name,
        (thePlan, dryRun, needsTypedName, rule) => {
          const view = renderPlanDialog(aDialog({ plan: thePlan, dryRun, needsTypedName, rule }));
          expect(problemsOf(view)).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('hold for 200 containers with names and images of 250 characters, and all that fits is exact', () => {
    const containers = Array.from({ length: 200 }, (_, n) => ({
      name: `${n}`.padStart(250, 'c'),
      isInit: false,
      before: `${n}`.padStart(250, 'b'),
      after: `${n}`.padStart(250, 'a'),
    }));
    const view = renderPlanDialog(
      aDialog({ plan: aPlan({ changes: [{ ...setImages, containers }] }), needsTypedName: true }),
    );
    expect(problemsOf(view)).toEqual([]);
    const words = wordsOf(view);
    const lines = changeLines({ ...setImages, containers });
    const shown = [...lines.before, ...lines.after].filter((line) => words.includes(line)).length;
    const left = Number(/and (\d+) more lines/.exec(words)?.[1] ?? 0);
    expect(shown + left).toBe(400);
    expect(shown).toBeGreaterThan(200);
  });

  it('hold for everything else that a dialog says', () => {
    fc.assert(
      fc.property(image, text(3_000), fc.array(name, { maxLength: 80 }), (short, long, names) => {
        const views = [
          renderChecking({ offerId: 'offer-1', channelId: 'C0SHOP0001' }),
          renderTold(`x${long}`),
          renderDenied({
            why: `x${long}`,
            whoMay: `x${short}`,
            may: { users: names, userGroups: names, channels: names },
            howTo: `x${long}`,
          }),
          renderWorking({ label: long }),
          renderNotIt({ incidentId: 'incident-1', channelId: 'C1', about: long }),
          renderGitFix(names.map((workloadName) => ({ workload: `x${workloadName}`, text: `x${long}` }))),
          ...(['applying', 'applied', 'stopped', 'verified', 'no-help', 'put-back'] as const).map((state) =>
            renderEnded({ label: short, state, did: names, why: long }),
          ),
        ];
        expect(views.flatMap(problemsOf)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a fix for Git', () => {
  it('is shown whole or not at all: half a text would be copied', () => {
    const whole = renderGitFix([{ workload: 'shop/web', text: 'image:\n  tag: v1.2.2' }]);
    expect(wordsOf(whole)).toContain('image:\\n  tag: v1.2.2');
    const long = wordsOf(renderGitFix([{ workload: 'shop/web', text: `tag: ${'v'.repeat(4_000)}` }]));
    expect(long).not.toContain('vvvv');
    expect(long).toMatch(/too long for a dialog/);
  });
});
