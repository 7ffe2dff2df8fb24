import * as z from 'zod/mini';
import {
  DEFAULT_ALERT_TOKEN,
  DEFAULT_BOT_TOKEN,
  DEFAULT_SIGNING_SECRET,
  PULL_ALERT_NAMES,
  SLACK_API_URL,
  WATCHDOG_NAME,
} from './defaults.ts';

/** What a key means, for the error messages and for `docs/configuration.md`. */
export interface KeyText {
  readonly description: string;
  /** The default in words, where it depends on something else or is added to. */
  readonly defaultText?: string;
}

/** Every documented key of the schema; `infra/build/configuration-doc.ts` turns it into the page. */
export const keyTexts = z.registry<KeyText>();

/** How a credential is named; the value itself never stands in the file. */
export const CREDENTIAL_REFERENCE =
  /^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:.+|ssm:[A-Za-z0-9_.\-/]+|aws-sm:[^#\s]+(?:#[^#\s]+)?)$/;

const CREDENTIAL_HINT =
  'expected a reference, not the credential itself: `env:NAME`, `file:PATH`, `ssm:NAME` or `aws-sm:NAME#key` (the value found is not shown)';

const credential = () => z.string().check(z.regex(CREDENTIAL_REFERENCE, { error: CREDENTIAL_HINT }));

const clusterName = () =>
  z.string().check(
    z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, {
      error: 'expected a name of letters, digits, `.`, `_` and `-`, at most 63 characters',
    }),
  );

const glob = () =>
  z
    .string()
    .check(
      z.regex(/^[A-Za-z0-9*?._-]{1,253}$/, { error: 'expected a name or a glob with `*` and `?`, such as `team-*`' }),
    );

const channel = () =>
  z.string().check(
    // Slack's tokens begin with `xox`: one that slipped in here must not reach a log.
    z.regex(/^#?(?!xox)[^\s#@<>&:/]{1,80}$/, {
      error: 'expected a channel name or id, such as `image-pulls` or `C0123ABCD` (quote a name that begins with `#`)',
    }),
  );

const oncall = () =>
  z.string().check(
    z.regex(/^[SUW][A-Z0-9]{2,20}$/, {
      error: 'expected the id of a Slack user group or user, such as `S0123ABCD`',
    }),
  );

const httpUrl = (example: string) =>
  z.string().check(z.regex(/^https?:\/\/[^\s<>|"]{1,2000}$/, { error: `expected a URL, such as \`${example}\`` }));

const environment = () => z.enum(['prod', 'non-prod']);

const nonEmptyText = (what: string) => z.string().check(z.regex(/^\S.{0,199}$/, { error: `expected ${what}` }));

const access = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('kubeconfig').register(keyTexts, { description: 'A kubeconfig, kept as a credential.' }),
    kubeconfig: z.optional(credential()).register(keyTexts, {
      description:
        'Where the kubeconfig is: server, CA, token or client certificate. A foreign `exec` program is refused.',
      defaultText: '`aws-sm:pullmedic/clusters/<cluster>#kubeconfig`',
    }),
    context: z
      .optional(nonEmptyText('the name of a context'))
      .register(keyTexts, { description: 'Context of the kubeconfig.', defaultText: 'its current context' }),
  }),
  z.strictObject({
    kind: z.literal('eks').register(keyTexts, { description: 'EKS: a presigned STS call is the bearer token.' }),
    region: z
      .string()
      .check(z.regex(/^[a-z]{2,4}(?:-[a-z]+)+-\d$/, { error: 'expected an AWS region, such as `eu-west-1`' }))
      .register(keyTexts, { description: 'AWS region of the cluster.' }),
    clusterName: z
      .optional(nonEmptyText("EKS's name of the cluster"))
      .register(keyTexts, { description: "EKS's name of the cluster.", defaultText: 'the `name` above' }),
    roleArn: z
      .optional(
        z.string().check(
          z.regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/, {
            error: 'expected a role ARN, such as `arn:aws:iam::123456789012:role/pullmedic-triage`',
          }),
        ),
      )
      .register(keyTexts, { description: 'Role to assume for the cluster, in its own account.', defaultText: 'none' }),
  }),
  z.strictObject({
    kind: z.literal('in-cluster').register(keyTexts, {
      description: "pullmedic runs in this cluster: the pod's own service account.",
    }),
  }),
]);

const cluster = z.strictObject({
  name: clusterName().register(keyTexts, {
    description: 'Its name in messages, keys, `/alerts/<name>` and the cluster label of alerts.',
  }),
  environment: z._default(environment(), 'prod').register(keyTexts, {
    description: 'What is not prod is never red and mentions nobody. What nobody classified is prod.',
  }),
  access: z.optional(access).register(keyTexts, {
    description: 'How its API server is reached.',
    defaultText: '`kind: kubeconfig` with the kubeconfig at its default place',
  }),
});

const token = z.strictObject({
  scheme: z._default(z.enum(['bearer', 'basic']), 'bearer').register(keyTexts, {
    description: "Alertmanager's `authorization` (bearer) or `basic_auth`.",
  }),
  username: z
    .optional(
      z.string().check(z.regex(/^[^:\s]{1,200}$/, { error: 'expected a user name without a colon or white space' })),
    )
    .register(keyTexts, { description: 'The user name of `basic`, and of nothing else.', defaultText: 'none' }),
  current: credential().register(keyTexts, { description: 'The token or password in use.' }),
  previous: z.optional(credential()).register(keyTexts, {
    description:
      'Accepted too. Write the new one here, wait two minutes, change Alertmanager, then swap: no alert is lost.',
    defaultText: 'none',
  }),
  clusters: z
    .optional(z.array(clusterName()).check(z.minLength(1)))
    .register(keyTexts, { description: 'Clusters that it may speak for.', defaultText: 'all' }),
});

const watchdog = z.strictObject({
  name: z._default(nonEmptyText('the name of an alert'), WATCHDOG_NAME).register(keyTexts, {
    description: 'The alert that always fires: a heartbeat for each cluster.',
  }),
  silentAfterMinutes: z._default(z.number().check(z.gte(1), z.lte(1440)), 15).register(keyTexts, {
    description:
      'A cluster that ever sent it and is silent for longer is told once. Above the `repeat_interval` of its route.',
  }),
});

const alerts = z.strictObject({
  names: z._default(z.array(nonEmptyText('the name of an alert')), []).register(keyTexts, {
    description:
      'Alerts of yours that concern image pulls, beside the ones built in and any whose `reason` label is a pull reason.',
    defaultText: `built in: ${PULL_ALERT_NAMES.map((name) => `\`${name}\``).join(', ')}`,
  }),
  clusterLabel: z
    ._default(
      z.string().check(z.regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, { error: 'expected the name of a Prometheus label' })),
      'cluster',
    )
    .register(keyTexts, { description: 'The label that names the cluster, for alerts that come to `/alerts`.' }),
  tokens: z
    ._default(z.array(token).check(z.minLength(1)), [{ scheme: 'bearer' as const, current: DEFAULT_ALERT_TOKEN }])
    .register(keyTexts, {
      description: 'What Alertmanager sends to prove itself. There is no way to accept alerts without one.',
      defaultText: `one bearer token, \`${DEFAULT_ALERT_TOKEN}\``,
    }),
  watchdog: z.prefault(watchdog, {}).register(keyTexts, {
    description: 'Silence between Prometheus and pullmedic must not pass for health.',
  }),
});

const alertmanager = z.strictObject({
  url: httpUrl('https://alertmanager.example.com').register(keyTexts, {
    description: 'Its root. List every peer of a cluster of Alertmanagers.',
  }),
  auth: z
    .optional(
      z.strictObject({
        scheme: z._default(z.enum(['bearer', 'basic']), 'bearer').register(keyTexts, {
          description: 'How pullmedic proves itself there.',
        }),
        username: z
          .optional(z.string().check(z.regex(/^[^:\s]{1,200}$/, { error: 'expected a user name without a colon' })))
          .register(keyTexts, { description: 'The user name of `basic`, and of nothing else.', defaultText: 'none' }),
        credential: credential().register(keyTexts, {
          description: 'The token or password; on Lambda below `pullmedic/alertmanager` of Secrets Manager.',
        }),
      }),
    )
    .register(keyTexts, { description: 'Credentials, where it asks for any.', defaultText: 'none' }),
  clusters: z
    .optional(z.array(clusterName()).check(z.minLength(1)))
    .register(keyTexts, { description: 'Clusters whose diagnoses it hears.', defaultText: 'all' }),
  generatorUrl: z
    .optional(httpUrl('https://pullmedic.example.com'))
    .register(keyTexts, { description: 'What the alert names as its source.', defaultText: 'none' }),
});

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
  oncall: z.optional(oncall()).register(keyTexts, {
    description: 'Whom a red message mentions where no route says otherwise.',
    defaultText: 'nobody',
  }),
  apiUrl: z
    ._default(httpUrl(SLACK_API_URL), SLACK_API_URL)
    .register(keyTexts, { description: "Slack's Web API; only tests and the embedded stack change it." }),
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
  alertmanagers: z._default(z.array(alertmanager), []).register(keyTexts, {
    description:
      'Alertmanagers that hear `ImagePullDiagnosed` for each failing container, and whose silences hold back what pullmedic found by itself.',
  }),
});

/** The file as parsed: defaults that depend on nothing else are filled in. */
export type ConfigFile = z.infer<typeof configFile>;
