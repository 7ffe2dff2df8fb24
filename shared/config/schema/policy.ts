import * as z from 'zod/mini';
import { REMEDY_IDS } from '../../domain/remedy/proposal.ts';
import { glob, nonEmptyText } from './fields.ts';
import { keyTexts } from './key-texts.ts';

/** What takes nothing away that works: all else needs a person. */
const MAY_BE_AUTO: readonly string[] = ['retry-now', 'refresh-pull-secret'];

const slackId = (letters: string, what: string) =>
  z.string().check(z.regex(new RegExp(`^[${letters}][A-Z0-9]{2,20}$`), { error: `expected the id of ${what}` }));

const rule = z
  .strictObject({
    name: z
      .optional(nonEmptyText('a name for the rule'))
      .register(keyTexts, { description: 'How messages and the audit name it.', defaultText: '`rule 1`, `rule 2`, …' }),
    remedies: z
      .optional(z.array(z.enum(REMEDY_IDS)).check(z.minLength(1)))
      .register(keyTexts, { description: 'Remedies that it is about.', defaultText: 'all' }),
    mode: z._default(z.enum(['advise', 'ask', 'auto']), 'ask').register(keyTexts, {
      description:
        '`ask`: a button that opens a dialog with the exact change. `auto`: done at once where waiting cannot heal it, and told afterwards; only `retry-now` and `refresh-pull-secret` may be. `advise`: told, not done.',
    }),
    clusters: z
      .optional(z.array(glob()).check(z.minLength(1)))
      .register(keyTexts, { description: 'Clusters, or globs over them.', defaultText: 'all' }),
    namespaces: z
      .optional(z.array(glob()).check(z.minLength(1)))
      .register(keyTexts, { description: 'Namespaces, or globs over them.', defaultText: 'all' }),
    users: z
      ._default(z.array(slackId('UW', 'a Slack user, such as `U0123ABCD`')), [])
      .register(keyTexts, { description: 'People who may, by their Slack id.' }),
    userGroups: z
      ._default(z.array(slackId('S', 'a Slack user group, such as `S0123ABCD`')), [])
      .register(keyTexts, { description: 'User groups whose members may.' }),
    channels: z
      ._default(z.array(slackId('CG', 'a Slack channel, such as `C0123ABCD`')), [])
      .register(keyTexts, { description: 'Channels in which everybody may who can press there.' }),
    allowGuests: z._default(z.boolean(), false).register(keyTexts, {
      description: 'Whether guests of the workspace may too, where one of the three names them.',
    }),
    maxPods: z._default(z.number().check(z.int(), z.gte(1), z.lte(1_000)), 20).register(keyTexts, {
      description: 'Pods that one use may restart or delete.',
    }),
    typedName: z._default(z.enum(['never', 'dangerous', 'always']), 'dangerous').register(keyTexts, {
      description: "When the workload's name must be typed to confirm.",
    }),
  })
  .check(
    z.refine(({ mode, remedies }) => mode !== 'auto' || (remedies?.every((id) => MAY_BE_AUTO.includes(id)) ?? false), {
      error: `mode auto is for a list of remedies out of ${MAY_BE_AUTO.join(', ')}`,
      path: ['mode'],
    }),
  );

/** `policy`. */
export const policy = z.strictObject({
  mode: z._default(z.enum(['by-rule', 'advise']), 'by-rule').register(keyTexts, {
    description:
      '`advise` turns every button and every automatic remedy off within a minute, without a deployment. The refresh on its schedule goes on.',
  }),
  rules: z._default(z.array(rule), []).register(keyTexts, {
    description:
      'Who may let which remedy act where. The first rule that matches cluster, namespace and remedy decides; what no rule matches is not done.',
  }),
  argoCdManualSync: z._default(z.array(glob()), []).register(keyTexts, {
    description:
      'Argo CD applications (names or globs) that nobody syncs by itself: a change in the cluster stands until somebody syncs. In all others, and under Flux, it would be undone, and pullmedic shows the change for Git instead.',
  }),
});
