import * as z from 'zod/mini';
import { DEFAULT_ALERT_TOKEN, PULL_ALERT_NAMES, WATCHDOG_NAME } from '../defaults.ts';
import { clusterName, credential, httpUrl, nonEmptyText } from './fields.ts';
import { keyTexts } from './key-texts.ts';

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

/** `alerts`: what Alertmanager may say. */
export const alerts = z.strictObject({
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

/** One of `alertmanagers`: who hears the diagnosis back. */
export const alertmanager = z.strictObject({
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
