import * as z from 'zod/mini';
import { DEFAULT_BOT_TOKEN, DEFAULT_SIGNING_SECRET, SLACK_API_URL } from './defaults.ts';
import { alertmanager, alerts } from './schema/alerts.ts';
import { cluster } from './schema/cluster.ts';
import { channel, credential, environment, glob, httpUrl, oncall } from './schema/fields.ts';
import { keyTexts } from './schema/key-texts.ts';
import { policy } from './schema/policy.ts';
import { ecr, registry } from './schema/registries.ts';
import { refresh, target } from './schema/targets.ts';

const route = z.strictObject({
  namespaces: z
    ._default(z.array(glob()).check(z.minLength(1)), ['*'])
    .register(keyTexts, { description: 'Namespaces, or globs over them.' }),
  clusters: z
    .optional(z.array(glob()).check(z.minLength(1)))
    .register(keyTexts, { description: 'Clusters, or globs over them.', defaultText: 'all' }),
  channel: z
    .optional(channel())
    .register(keyTexts, { description: 'Channel for what matches.', defaultText: '`slack.channel`' }),
  oncall: z
    .optional(oncall())
    .register(keyTexts, { description: 'Whom a red message mentions.', defaultText: '`slack.oncall`' }),
  runbook: z
    .optional(httpUrl('https://wiki.example.com/pulls'))
    .register(keyTexts, { description: 'Linked from the message.', defaultText: 'none' }),
  environment: z
    .optional(environment())
    .register(keyTexts, { description: "Overrides the cluster's environment.", defaultText: "the cluster's" }),
  posts: z.optional(z.boolean()).register(keyTexts, {
    description: 'Whether each incident is posted; what is not goes into the digest.',
    defaultText: 'true for prod, false otherwise',
  }),
});

const routes = z.strictObject({
  rules: z._default(z.array(route), []).register(keyTexts, { description: 'The first that matches wins.' }),
  allowedChannels: z._default(z.array(channel()), []).register(keyTexts, {
    description: 'Channels that an annotation or an alert label may name, beside those of `rules`.',
  }),
  allowedLinkHosts: z
    ._default(
      z.array(
        z
          .string()
          .check(z.regex(/^[A-Za-z0-9.-]+(?::\d+)?$/, { error: 'expected a host name, such as `wiki.example.com`' })),
      ),
      [],
    )
    .register(keyTexts, { description: 'Hosts that a runbook annotation may link to.' }),
});

const slack = z.strictObject({
  channel: channel().register(keyTexts, { description: 'Where everything goes that no route takes.' }),
  botToken: z
    ._default(credential(), DEFAULT_BOT_TOKEN)
    .register(keyTexts, { description: "The app's bot token (`xoxb-…`)." }),
  signingSecret: z
    ._default(credential(), DEFAULT_SIGNING_SECRET)
    .register(keyTexts, { description: 'Proves that a click came from Slack.' }),
  appToken: z.optional(credential()).register(keyTexts, {
    description:
      'App-level token (`xapp-…`) with `connections:write`: `pullmedic serve` then gets clicks by Socket Mode, and Slack needs no way in.',
    defaultText: 'none',
  }),
  team: z
    .optional(
      z
        .string()
        .check(z.regex(/^[TE][A-Z0-9]{2,20}$/, { error: 'expected the id of a Slack workspace, such as `T0123ABCD`' })),
    )
    .register(keyTexts, {
      description: 'The workspace whose people may press buttons.',
      defaultText: "the bot token's",
    }),
  oncall: z.optional(oncall()).register(keyTexts, {
    description: 'Whom a red message mentions where no route says otherwise.',
    defaultText: 'nobody',
  }),
  apiUrl: z
    ._default(httpUrl(SLACK_API_URL), SLACK_API_URL)
    .register(keyTexts, { description: "Slack's Web API; only tests and the embedded stack change it." }),
});

const preflight = z.strictObject({
  everyHours: z._default(z.number().check(z.int(), z.gte(0), z.lte(168)), 24).register(keyTexts, {
    description: 'Hours between two runs over each cluster; only what changed is posted. 0 = never.',
  }),
});

const limits = z.strictObject({
  timeScale: z
    ._default(z.number().check(z.gt(0), z.lte(10)), 1)
    .register(keyTexts, { description: 'Multiplies every grace period and the rhythm of looks.' }),
  buzzesPerHour: z._default(z.number().check(z.int(), z.gte(1), z.lte(1000)), 6).register(keyTexts, {
    description: 'Messages that buzz, for each hour and channel, before they become one roll-up.',
  }),
  countEditSeconds: z
    ._default(z.number().check(z.gte(1), z.lte(3600)), 30)
    .register(keyTexts, { description: 'Least time between two edits that change counts only.' }),
});

/** The one source of `pullmedic.yaml`: what may stand there, what it means, and what is assumed. */
export const configFile = z.strictObject({
  clusters: z.array(cluster).check(z.minLength(1)).register(keyTexts, { description: 'The clusters; at least one.' }),
  slack: slack.register(keyTexts, { description: 'The app and the default channel.' }),
  alerts: z.prefault(alerts, {}).register(keyTexts, { description: 'Which alerts are taken, and from whom.' }),
  routes: z.prefault(routes, {}).register(keyTexts, { description: 'Who hears what.' }),
  limits: z.prefault(limits, {}).register(keyTexts, { description: 'Bounds and rhythm.' }),
  events: z._default(z.boolean(), true).register(keyTexts, {
    description:
      'Whether the diagnosis also stands on the pod as an Event, so that `kubectl describe pod` ends with it. It needs `create` and `patch` of events; without them it is left out.',
  }),
  askRegistries: z._default(z.boolean(), true).register(keyTexts, {
    description:
      'Whether registries are asked what they have and whom they let in. `false` where pullmedic has no way to them: looks would wait for nothing.',
  }),
  registries: z._default(z.array(registry), []).register(keyTexts, {
    description:
      'Registries of your own that pullmedic may ask whether an image exists and whether a pull secret is good. Well-known public ones (Docker Hub, GHCR, Quay, …) need no entry; every other host is never asked.',
  }),
  ecr: z.prefault(ecr, {}).register(keyTexts, { description: 'ECR, asked through its own API.' }),
  targets: z._default(z.array(target), []).register(keyTexts, {
    description: 'Pull secrets that are kept fresh with ECR tokens: these and no others, see `docs/refresh.md`.',
  }),
  refresh: z.prefault(refresh, {}).register(keyTexts, { description: 'How often `targets` are looked at.' }),
  preflight: z.prefault(preflight, {}).register(keyTexts, {
    description: 'What would fail at the next pull, looked for on a schedule: see `docs/preflight.md`.',
  }),
  policy: z
    .prefault(policy, {})
    .register(keyTexts, { description: 'What may be changed, where, and by whom: nothing without a rule.' }),
  alertmanagers: z._default(z.array(alertmanager), []).register(keyTexts, {
    description:
      'Alertmanagers that hear `ImagePullDiagnosed` for each failing container, and whose silences hold back what pullmedic found by itself.',
  }),
});

/** The file as parsed: defaults that depend on nothing else are filled in. */
export type ConfigFile = z.infer<typeof configFile>;
