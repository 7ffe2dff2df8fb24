import type { Config } from '../../config/config.ts';
import type { Dot } from '../../domain/incident.ts';
import type { Instant } from '../../domain/instant.ts';
import type { RefreshTroubleNotice, SecretsRepairedNotice } from '../../domain/jobs.ts';
import { type RefreshTrouble, SOON_MS, type TroubleCause } from '../../domain/refresh/trouble.ts';
import type { ChatMessage } from '../../ports/chat.ts';
import { composeLine, countOf } from '../first-line.ts';
import { formatDuration, formatTime } from '../times.ts';
import { context, headline, section } from './blocks.ts';
import { escapeText, inlineCode } from './escape.ts';
import { fitMessage } from './limits.ts';

/** What a first line says of each cause, and what a person does about it. */
const CAUSES: Readonly<Record<TroubleCause, { readonly phrase: string; readonly advice: string }>> = {
  'role-refused': {
    phrase: 'its role may not be assumed',
    advice:
      'Look at the trust policy of the role that the target names, and at the permission of pullmedic to assume it.',
  },
  'token-refused': {
    phrase: 'its role may not ask ECR for a token',
    advice: 'Allow `ecr:GetAuthorizationToken` to the role that the target names.',
  },
  'credentials-expired': {
    phrase: "pullmedic's own AWS identity has ended",
    advice: 'Renew the AWS credentials that pullmedic runs with.',
  },
  throttled: { phrase: 'AWS wants fewer calls', advice: 'It is tried again every 15 minutes.' },
  'aws-unavailable': { phrase: 'AWS does not answer', advice: 'It is tried again every 15 minutes.' },
  'cluster-unavailable': {
    phrase: 'the API server does not answer pullmedic',
    advice: 'It is tried again every 15 minutes. Look at the cluster and at the way to it.',
  },
  forbidden: {
    phrase: 'the refresh identity may not do it (403)',
    advice: 'The command above grants it; `infra/kubernetes/overlays/refresh` has the roles.',
  },
  'refused-by-cluster': {
    phrase: 'an admission rule of the cluster refuses it',
    advice: 'Label the secret `pullmedic.dev/refresh`, or name it in the policy `pullmedic-secrets`.',
  },
  conflict: { phrase: 'somebody writes it all the time', advice: 'Find out who; it is tried again every 15 minutes.' },
  'out-of-time': { phrase: 'its run was over before its turn', advice: 'It is tried again every 15 minutes.' },
  reverted: {
    phrase: 'another writer undoes it',
    advice: 'Stop that writer, or take these secrets out of their target: two that renew one secret undo each other.',
  },
  'registry-refuses': {
    phrase: 'but the registry refuses the new token',
    advice: 'The role gives tokens that may not pull: look at its policy, and at the policy of the repository.',
  },
  'not-attached': {
    phrase: 'its service accounts could not be changed',
    advice: 'The overlay `infra/kubernetes/overlays/refresh-attach` allows it in one namespace.',
  },
  immutable: { phrase: 'it is immutable', advice: 'Create it again without `immutable: true`.' },
  malformed: {
    phrase: 'its document cannot be read',
    advice: 'Repair or delete it by hand; the kubelet skips it too.',
  },
  'owned-by-controller': {
    phrase: 'a controller owns it',
    advice: 'Renew the token there; a change by pullmedic would be undone.',
  },
  'advise-only': { phrase: 'its mode is advise', advice: 'Set `mode: auto` in its target, or renew it by hand.' },
  bug: { phrase: 'pullmedic failed', advice: 'The log of secret-refresh says more.' },
  created: { phrase: 'it was made', advice: '' },
  missing: { phrase: 'it is not there', advice: 'Set `create: true` in its target, or make it.' },
  'no-entry': { phrase: 'it has no entry for its registry', advice: 'Set `create: true` in its target.' },
  'not-allowed-here': { phrase: 'its registry is not of its target', advice: 'Add the registry to the target.' },
  'opted-out': { phrase: 'its label takes it out', advice: '' },
};

function wordsOf(cause: string): { readonly phrase: string; readonly advice: string } {
  const words: Readonly<Record<string, { readonly phrase: string; readonly advice: string }>> = CAUSES;
  return words[cause] ?? { phrase: cause.replaceAll('-', ' '), advice: '' };
}

/** What the secrets are while the cause lasts; those of every other cause are `not refreshed`. */
const STATES: Partial<Readonly<Record<TroubleCause, string>>> = {
  'registry-refuses': 'refreshed',
  'not-attached': 'not attached',
};

/** Harm × environment, as everywhere: nothing is broken while its token lives. */
export function refreshDot(notice: RefreshTroubleNotice, config: Pick<Config, 'clusters'>): Dot {
  if (notice.endedAt !== undefined) return 'green';
  const isProd = config.clusters.find(({ name }) => name === notice.cluster)?.environment !== 'non-prod';
  const isHarm = notice.trouble.cause === 'registry-refuses' || endsSoon(notice.trouble, notice.at);
  return isProd && isHarm ? 'orange' : 'yellow';
}

/** One cause that keeps secrets of a cluster from being refreshed: as it stands, or that it is over. */
export function renderRefreshTrouble(notice: RefreshTroubleNotice, config: Config, now: Instant): ChatMessage {
  const { cluster, trouble, since, at, endedAt } = notice;
  const { phrase, advice } = wordsOf(trouble.cause);
  const dot = refreshDot(notice, config);
  if (endedAt !== undefined) {
    const line = composeLine({
      dot,
      cluster,
      subject: 'cluster',
      // Whether it works again or nobody wants it any more: what was told is over.
      variants: [[`: over after ${formatDuration(endedAt - since)}`, '']],
      cause: `${stateOf(trouble)}, ${phrase}`,
      joint: ', was: ',
    });
    const told = `Between ${formatTime(since, now)} and ${formatTime(endedAt, now)}: ${escapeText(trouble.why, 600)}`;
    return fitMessage({ text: line.text, blocks: [headline(line), section(told)] });
  }
  const line = composeLine({
    dot,
    cluster,
    subject: 'cluster',
    variants: [
      [`: ${harmOf(trouble, at, now)}`, ''],
      [`: ${stateOf(trouble)}`, ''],
    ],
    cause: phrase,
    joint: ', ',
  });
  const blocks = [
    headline(line),
    section(summaryOf(notice, now)),
    section(`*Why* ${escapeText(trouble.why, 900)}`),
    ...(advice === '' ? [] : [section(`*To do* ${advice}`)]),
    context([`since ${formatTime(since, now)}`, `as of ${formatTime(at, now)}`]),
  ].filter((block) => block !== undefined);
  return fitMessage({ text: line.text, blocks });
}

/** Secrets whose token had ended and that were refreshed: what was done, for whom, as whom, by which permission. */
export function renderSecretsRepaired(notice: SecretsRepairedNotice, config: Config, now: Instant): ChatMessage {
  const { cluster, at, repaired } = notice;
  const { secrets, namespaces, examples, writers, targets, expiredAt, endsAt } = repaired;
  const line = composeLine({
    dot: 'green',
    cluster,
    subject: 'cluster',
    variants: [
      [`: ${countOf(secrets, 'ECR secret')} had expired, refreshed`, `, in ${countOf(namespaces, 'namespace')}`],
      [`: ${countOf(secrets, 'ECR secret')} had expired, refreshed`, ''],
    ],
    cause: '',
  });
  const expired = expiredAt === undefined ? '' : `, from ${formatTime(expiredAt, now)} on`;
  const stopped =
    writers.length === 0
      ? ''
      : ` Last written by ${writers.map((one) => inlineCode(one, 80)).join(', ')} _(managedFields)_.`;
  const roles = targets.flatMap((name) => config.targets.find((target) => target.name === name)?.role ?? []);
  const identities = roles.map((role) =>
    role.kind === 'own' ? "pullmedic's own identity" : inlineCode(role.chain.at(-1) ?? '', 200),
  );
  const as = identities.length === 0 ? '' : ` as ${[...new Set(identities)].join(', ')}`;
  const blocks = [
    headline(line),
    section(`${namesOf(examples, secrets)}: their tokens had ended${expired}.${stopped}`),
    section(
      [
        `*Did* put new tokens in place${as}, other registries in them untouched.`,
        `Allowed by target${targets.length === 1 ? '' : 's'} ${targets.map((name) => inlineCode(name, 80)).join(', ')} of the configuration.`,
        ...(endsAt === undefined
          ? []
          : [`The first of the new ones ends ${formatTime(endsAt, now)}, and is renewed before.`]),
      ].join(' '),
    ),
    ...(writers.some((writer) => writer !== 'pullmedic')
      ? [section('*Left to do* find out why that writer stopped, or end it: pullmedic renews them from now on.')]
      : []),
    context([`as of ${formatTime(at, now)}`]),
  ].filter((block) => block !== undefined);
  return fitMessage({ text: line.text, blocks });
}

/** `4 ECR secrets not refreshed`. */
function stateOf({ cause, secrets }: RefreshTrouble): string {
  if (secrets === 0) return 'ECR secrets are not refreshed';
  return `${countOf(secrets, 'ECR secret')} ${STATES[cause] ?? 'not refreshed'}`;
}

function harmOf(trouble: RefreshTrouble, at: Instant, now: Instant): string {
  const { cause, secrets, endsAt } = trouble;
  const what = stateOf(trouble);
  if (secrets === 0 || endsAt === undefined || STATES[cause] !== undefined) return what;
  return endsAt <= at
    ? `${what}, expired ${formatTime(endsAt, now)}`
    : `${what}, first ends ${formatTime(endsAt, now)}`;
}

function summaryOf({ trouble, at }: RefreshTroubleNotice, now: Instant): string {
  const { cause, secrets, namespaces, examples, endsAt } = trouble;
  const where =
    secrets === 0
      ? 'No secret of it could be looked at'
      : `${namesOf(examples, secrets)} in ${countOf(namespaces, 'namespace')}`;
  if (cause === 'registry-refuses') return `${where}. Pods there cannot pull with it.`;
  if (cause === 'not-attached') return `${where}. Pods that do not name the secret themselves pull without it.`;
  if (endsAt === undefined) return `${where}. When their tokens end is not known.`;
  return endsAt <= at
    ? `${where}. The first token ended ${formatTime(endsAt, now)}: new pods there cannot pull.`
    : `${where}. Nothing is broken yet: the first token ends ${formatTime(endsAt, now)}.`;
}

function namesOf(examples: readonly string[], count: number): string {
  const names = examples.map((name) => inlineCode(name, 120)).join(', ');
  return count > examples.length ? `${names} and ${count - examples.length} more` : names;
}

function endsSoon({ endsAt }: RefreshTrouble, at: Instant): boolean {
  return endsAt !== undefined && endsAt - at < SOON_MS;
}
