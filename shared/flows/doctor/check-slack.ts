import type { Config } from '../../config/config.ts';
import type { Check } from '../../domain/doctor/check.ts';
import { SLACK_SCOPES, SOCKET_SCOPE } from '../../domain/doctor/slack-scopes.ts';
import { ChatError, type PullmedicError } from '../../domain/errors.ts';
import type { SlackInspector } from '../../ports/inspection.ts';
import { type Attempt, attempt, once } from './attempt.ts';
import type { DoctorDeps, DoctorRequest, Step } from './doctor-deps.ts';

/** Whose app it is, what it may do, whether it is in its channels, and whether clicks can come. */
export function slackSteps(_request: DoctorRequest, deps: DoctorDeps): readonly Step[] {
  const { appToken } = deps.config.slack;
  const auth = once(() => attempt(() => deps.slack.auth(), deps.limitMs));
  return [
    async () => checkApp(await auth(), deps),
    ...channelsOf(deps.config).map((channel) => async () => [await checkChannel(channel, await auth(), deps)]),
    async () => [appToken === undefined ? await checkSigningSecret(deps) : await checkSocket(appToken, deps)],
  ];
}

type Auth = Attempt<Awaited<ReturnType<SlackInspector['auth']>>>;

function checkApp(read: Auth, { config }: DoctorDeps): readonly Check[] {
  const line = { area: 'slack', subject: 'bot token' } as const;
  const { botToken, team } = config.slack;
  if (!read.ok) return [{ ...line, outcome: 'fail', seen: read.why, advice: howToConnect(read.error, botToken) }];
  const { teamId, team: teamName, bot, scopes } = read.value;
  const who = `${bot} in ${teamName} (${teamId})`;
  if (team !== undefined && team !== teamId) {
    const advice = `install the app in ${team}, or correct \`slack.team\`: nobody may press until then`;
    return [
      { ...line, outcome: 'fail', seen: `it is of ${who}, \`slack.team\` is ${team}`, advice },
      judgeScopes(scopes),
    ];
  }
  return [{ ...line, outcome: 'ok', seen: `it is ${who}` }, judgeScopes(scopes)];
}

function judgeScopes(scopes: readonly string[]): Check {
  const line = { area: 'slack', subject: 'scopes' } as const;
  if (scopes.length === 0) return { ...line, outcome: 'skipped', seen: 'Slack did not tell them' };
  const missing = SLACK_SCOPES.filter(({ scope }) => !scopes.includes(scope));
  const extra = scopes.filter((scope) => !SLACK_SCOPES.some((one) => one.scope === scope));
  if (missing.length > 0) {
    const words = missing.map(({ scope, without }) => `${scope} (${without})`);
    return {
      ...line,
      outcome: 'fail',
      seen: `not granted: ${words.join(', ')}`,
      advice:
        'add them under "OAuth & Permissions", or paste infra/slack/manifest.yaml under "App Manifest"; then reinstall the app',
    };
  }
  if (extra.length > 0) {
    return {
      ...line,
      outcome: 'warn',
      seen: `all that are needed, and more: ${extra.join(', ')}`,
      advice: 'take them away under "OAuth & Permissions": pullmedic uses none of them',
    };
  }
  return { ...line, outcome: 'ok', seen: `all ${SLACK_SCOPES.length} that are needed, and no other` };
}

/** Every channel that something may be posted to, as it is configured. */
function channelsOf({ slack, routes }: Config): readonly string[] {
  const all = [slack.channel, ...routes.rules.flatMap(({ channel }) => channel ?? []), ...routes.allowedChannels];
  return [...new Set(all.map((channel) => channel.replace(/^#/, '')))];
}

async function checkChannel(channel: string, auth: Auth, deps: DoctorDeps): Promise<Check> {
  const line = { area: 'slack', subject: `channel ${channel}` } as const;
  if (!auth.ok) return { ...line, outcome: 'skipped', seen: 'the bot token does not work' };
  const read = await attempt(() => deps.slack.channel(channel), deps.limitMs);
  if (!read.ok) {
    const isAbsent = read.error instanceof ChatError && read.error.reason === 'channel_not_found';
    const seen = isAbsent ? 'there is none that the bot can see' : read.why;
    const advice = isAbsent
      ? `correct the name, or, where it is private, type \`/invite @pullmedic\` in it`
      : howToConnect(read.error, deps.config.slack.botToken);
    return { ...line, outcome: 'fail', seen, advice };
  }
  const { id, name, isMember, isArchived } = read.value;
  if (isArchived) {
    return { ...line, outcome: 'fail', seen: `#${name} (${id}) is archived`, advice: 'name another, or unarchive it' };
  }
  if (!isMember) {
    const advice = `type \`/invite @pullmedic\` in #${name}: nothing can be posted there until then`;
    return { ...line, outcome: 'fail', seen: `the bot is not in #${name} (${id})`, advice };
  }
  return { ...line, outcome: 'ok', seen: `the bot is in #${name} (${id})` };
}

async function checkSocket(appToken: string, deps: DoctorDeps): Promise<Check> {
  const line = { area: 'slack', subject: 'Socket Mode' } as const;
  const opened = await attempt(async () => deps.slack.socket(await deps.credentials.read(appToken)), deps.limitMs);
  if (opened.ok) return { ...line, outcome: 'ok', seen: 'an address for the connection is given' };
  return {
    ...line,
    outcome: 'fail',
    seen: opened.why,
    advice: `make an app-level token with ${SOCKET_SCOPE} ("Basic Information"), turn Socket Mode on, and write the token to ${appToken}`,
  };
}

async function checkSigningSecret({ config, credentials, limitMs }: DoctorDeps): Promise<Check> {
  const line = { area: 'slack', subject: 'signing secret' } as const;
  const { signingSecret } = config.slack;
  const advice = `copy "Signing Secret" of "Basic Information" to ${signingSecret}; every click is refused until then`;
  const read = await attempt(() => credentials.read(signingSecret), limitMs);
  if (!read.ok) return { ...line, outcome: 'fail', seen: read.why, advice };
  // Slack's are 32 hexadecimal digits; whether it is this app's, only a click tells.
  const looksRight = /^[0-9a-f]{32}$/.test(read.value.reveal());
  if (!looksRight) {
    return {
      ...line,
      outcome: 'warn',
      seen: `${signingSecret} does not look like one (32 hexadecimal digits)`,
      advice,
    };
  }
  return { ...line, outcome: 'ok', seen: `${signingSecret} looks like one; whether it is of this app, a click tells` };
}

function howToConnect(error: PullmedicError | undefined, botToken: string): string {
  const reason = error instanceof ChatError ? error.reason : undefined;
  switch (reason) {
    case 'invalid_auth':
    case 'not_authed':
    case 'account_inactive':
    case 'token_revoked':
    case 'token_expired':
      return `copy "Bot User OAuth Token" (xoxb-…) of "OAuth & Permissions" to ${botToken}`;
    case 'missing_scope':
      return 'see the line about scopes';
    case undefined:
      return `see the line about ${botToken}, or try again`;
    default:
      return 'check the way to slack.com (DNS, proxy, firewall); status.slack.com tells of outages';
  }
}
