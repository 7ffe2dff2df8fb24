import type { Config, Environment, Route } from '../config/config.ts';
import { matchesGlob } from '../domain/glob.ts';
import { namespacesOf } from '../domain/incident/members-in.ts';
import type { LoadedIncident, Member } from '../domain/incident.ts';

/** One channel that hears of an incident, and what of it. */
export interface Audience {
  /** Channel id or name, as configured or as an allowed annotation wrote it. */
  readonly channel: string;
  /** Namespaces that this channel may see; `undefined` = all of the incident. */
  readonly namespaces: readonly string[] | undefined;
  /** User group or user to mention. */
  readonly oncall: string | undefined;
  /** A link to an allowed host. */
  readonly runbook: string | undefined;
  /** Whether a route asked for a post of its own where the environment's default is the digest. */
  readonly posts: boolean;
}

/** A mention must be an id that Slack knows as user or user group: anything else would be text from a cluster. */
const MENTION_ID = /^[SUW][A-Z0-9]{5,20}$/;

/**
 * Who hears of it. One team: its channel, all of it. Several: the platform channel (`slack.channel`) gets all, and each
 * team's channel only its own namespaces. Channels in which the incident stands already stay in, so that they see its end.
 */
export function routeIncident(
  loaded: LoadedIncident,
  config: Config,
  publishedChannels: readonly string[] = [],
): readonly Audience[] {
  const members = loaded.slices.flatMap((slice) => slice.members);
  const byChannel = new Map<string, Member[]>();
  for (const member of members) {
    const channel = channelOf(member, loaded.incident.cluster, config);
    byChannel.set(channel, [...(byChannel.get(channel) ?? []), member]);
  }
  const platform = config.slack.channel;
  if (byChannel.size === 0) byChannel.set(platform, []);
  const teams = byChannel.size;
  const known = (channel: string) => [...byChannel.keys()].some((other) => sameChannel(other, channel));
  for (const channel of publishedChannels) {
    if (!known(channel) && !sameChannel(channel, platform)) byChannel.set(channel, []);
  }
  const isPlatformIn = known(platform) || publishedChannels.some((channel) => sameChannel(channel, platform));
  if (teams > 1 || isPlatformIn) byChannel.set(keyOf(byChannel, platform), members);

  return [...byChannel].map(([channel, heard]) => ({
    channel,
    namespaces:
      // Named even where they are all of the incident: it may grow, and a button of this channel must not grow with it.
      sameChannel(channel, platform) ? undefined : namespacesOf(heard),
    ...attributes(heard, loaded.incident.cluster, config),
  }));
}

/** The environment of a namespace: a route's word, else the cluster's, else `prod`: what nobody classified is prod. */
export function environmentOf(cluster: string, namespace: string, config: Config): Environment {
  return (
    matchingRoutes(cluster, namespace, config).find((route) => route.environment !== undefined)?.environment ??
    config.clusters.find(({ name }) => name === cluster)?.environment ??
    'prod'
  );
}

function matchingRoutes(cluster: string, namespace: string, config: Config): readonly Route[] {
  return config.routes.rules.filter(
    (route) =>
      (route.clusters === undefined || route.clusters.some((glob) => matchesGlob(glob, cluster))) &&
      route.namespaces.some((glob) => matchesGlob(glob, namespace)),
  );
}

function channelOf(member: Member, cluster: string, config: Config): string {
  const allowed = [
    config.slack.channel,
    ...config.routes.allowedChannels,
    ...config.routes.rules.flatMap((route) => route.channel ?? []),
  ];
  const asked = member.routing.channel;
  const granted = asked === undefined ? undefined : allowed.find((channel) => sameChannel(channel, asked));
  return granted ?? channelOfNamespace(cluster, member.namespace, config);
}

/** The channel of whatever concerns a namespace, and no workload that names its own. */
export function channelOfNamespace(cluster: string, namespace: string, config: Config): string {
  const routes = matchingRoutes(cluster, namespace, config);
  return routes.find((route) => route.channel !== undefined)?.channel ?? config.slack.channel;
}

function attributes(
  members: readonly Member[],
  cluster: string,
  config: Config,
): Omit<Audience, 'channel' | 'namespaces'> {
  const failing = members.filter(({ state }) => state === 'failing');
  const heard = failing.length > 0 ? failing : members;
  const routes = heard.map((member) => matchingRoutes(cluster, member.namespace, config));
  return {
    oncall:
      heard.map((member, index) => oncallOf(member, routes[index] ?? [], config)).find(isDefined) ??
      validMention(config.slack.oncall),
    runbook: heard.map((member, index) => runbookOf(member, routes[index] ?? [], config)).find(isDefined),
    posts: routes.some((matching) => matching.find((route) => route.posts !== undefined)?.posts === true),
  };
}

function oncallOf(member: Member, routes: readonly Route[], config: Config): string | undefined {
  const allowed = [config.slack.oncall, ...config.routes.rules.map((route) => route.oncall)];
  const asked = member.routing.oncall;
  if (asked !== undefined && allowed.includes(asked)) return validMention(asked);
  return validMention(routes.find((route) => route.oncall !== undefined)?.oncall);
}

/** Where the link of a member's own runbook, or of its route, leads to. */
export function runbookFor(member: Member, cluster: string, config: Config): string | undefined {
  return runbookOf(member, matchingRoutes(cluster, member.namespace, config), config);
}

function runbookOf(member: Member, routes: readonly Route[], config: Config): string | undefined {
  const asked = member.routing.runbook;
  if (asked !== undefined && isAllowedLink(asked, config)) return asked;
  return routes.find((route) => route.runbook !== undefined)?.runbook;
}

/** A link from a cluster may point only to a configured host, and carries nothing that Slack would read as its own. */
function isAllowedLink(text: string, config: Config): boolean {
  if (/[\s<>|"'`]/.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    config.routes.allowedLinkHosts.includes(url.hostname)
  );
}

function validMention(id: string | undefined): string | undefined {
  return id !== undefined && MENTION_ID.test(id) ? id : undefined;
}

function keyOf(channels: ReadonlyMap<string, unknown>, channel: string): string {
  return [...channels.keys()].find((other) => sameChannel(other, channel)) ?? channel;
}

/** `#shop` and `shop` are one channel. */
export function sameChannel(a: string, b: string): boolean {
  return a.replace(/^#/, '') === b.replace(/^#/, '');
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}
