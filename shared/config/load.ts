import { closest } from 'fastest-levenshtein';
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { ConfigError } from '../domain/errors.ts';
import type { AlertToken, ClusterAccess, Config, Route } from './config.ts';
import { defaultKubeconfig, PULL_ALERT_NAMES } from './defaults.ts';
import { type ConfigIssue, describeIssue, pathText } from './describe-issue.ts';
import type { PolicyConfig } from './policy.ts';
import { type ConfigFile, configFile } from './schema.ts';
import { checkTargets, toTarget } from './targets.ts';

/** More errors than this help nobody. */
const MAX_ISSUES = 20;

/**
 * The text of `pullmedic.yaml` (or the same as JSON) ─▶ configuration with every default filled in.
 * @param origin where the text came from, for the messages: a path, `ssm:NAME`, …
 * @throws {ConfigError} one line for each mistake: origin, line, key path and what it must be; never a value
 */
export function parseConfig(text: string, origin: string): Config {
  const lines = new LineCounter();
  // Pretty errors would quote the source, which may hold a credential that somebody wrote there by mistake.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const broken = document.errors[0];
  if (broken !== undefined) {
    throw new ConfigError(`${origin}:${lines.linePos(broken.pos[0]).line}: not YAML: ${syntaxWords(broken.code)}`);
  }

  const input = toJavaScript(document, origin);
  const parsed = configFile.safeParse(input);
  const issues = parsed.success
    ? crossCheck(parsed.data)
    : parsed.error.issues.flatMap((issue) => describeIssue(issue, configFile, input));
  if (issues.length > 0 || !parsed.success) throw toError(issues, origin, document, lines);
  return toConfig(parsed.data);
}

function toJavaScript(document: Document.Parsed, origin: string): unknown {
  try {
    // An empty file is an empty mapping: the messages then name what is required.
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    // The only failure after a clean parse: aliases that expand beyond all measure.
    throw new ConfigError(`${origin}: too many YAML aliases`);
  }
}

/** `BAD_INDENT` ─▶ `bad indent`: yaml's own messages may quote the source. */
function syntaxWords(code: string): string {
  return code.toLowerCase().replaceAll('_', ' ');
}

/** What no single key can tell. */
function crossCheck(file: ConfigFile): readonly ConfigIssue[] {
  const names = file.clusters.map(({ name }) => name);
  const issues: ConfigIssue[] = [];
  const checkUnique = (values: readonly string[], pathOf: (index: number) => ConfigIssue['path'], what: string) => {
    values.forEach((value, index) => {
      if (values.indexOf(value) < index) issues.push({ path: pathOf(index), message: `expected ${what} has` });
    });
  };
  checkUnique(names, (index) => ['clusters', index, 'name'], 'a name that no other cluster');
  checkUnique(
    file.registries.map(({ host }) => host.toLowerCase()),
    (index) => ['registries', index, 'host'],
    'a host that no other entry',
  );
  checkUnique(
    file.ecr.accounts.map(({ id }) => id),
    (index) => ['ecr', 'accounts', index, 'id'],
    'an account that no other entry',
  );
  const checkCaller = (
    path: ConfigIssue['path'],
    given: { readonly scheme: string; readonly username?: string | undefined },
  ) => {
    if (given.scheme === 'basic' && given.username === undefined) {
      issues.push({ path: [...path, 'username'], message: 'is required where `scheme` is `basic`' });
    }
    if (given.scheme === 'bearer' && given.username !== undefined) {
      issues.push({ path: [...path, 'username'], message: 'belongs to `scheme: basic` only' });
    }
  };
  const checkClusters = (path: ConfigIssue['path'], clusters: readonly string[] | undefined) => {
    clusters?.forEach((name, position) => {
      if (names.includes(name)) return;
      const message = `expected a configured cluster; the nearest one is \`${closest(name, names)}\``;
      issues.push({ path: [...path, 'clusters', position], message });
    });
  };
  file.alerts.tokens.forEach((token, index) => {
    checkCaller(['alerts', 'tokens', index], token);
    checkClusters(['alerts', 'tokens', index], token.clusters);
  });
  file.alertmanagers.forEach(({ auth, clusters }, index) => {
    if (auth !== undefined) checkCaller(['alertmanagers', index, 'auth'], auth);
    checkClusters(['alertmanagers', index], clusters);
  });
  file.targets.forEach(({ clusters }, index) => {
    checkClusters(['targets', index], clusters);
  });
  issues.push(...checkTargets(file.targets).map(({ path, message }) => ({ path: ['targets', ...path], message })));
  return issues;
}

function toError(
  issues: readonly ConfigIssue[],
  origin: string,
  document: Document.Parsed,
  lines: LineCounter,
): ConfigError {
  const texts = issues.slice(0, MAX_ISSUES).map(({ path, message }) => {
    const line = lineOf(document, path, lines);
    const place = line === undefined ? origin : `${origin}:${line}`;
    return path.length === 0 ? `${place}: ${message}` : `${place}: ${pathText(path)}: ${message}`;
  });
  if (issues.length > MAX_ISSUES) texts.push(`${origin}: and ${issues.length - MAX_ISSUES} more`);
  return new ConfigError(texts.join('\n'));
}

/** The line of the key (or list entry) at `path`, or of the nearest parent that is written. */
function lineOf(document: Document.Parsed, path: readonly PropertyKey[], lines: LineCounter): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (pair === undefined) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function toConfig(file: ConfigFile): Config {
  return {
    clusters: file.clusters.map(({ name, environment, access, refreshAccess, remedyAccess }) => ({
      name,
      environment,
      access: toAccess(name, access),
      ...(refreshAccess && { refreshAccess: toAccess(name, refreshAccess) }),
      ...(remedyAccess && { remedyAccess: toAccess(name, remedyAccess) }),
    })),
    alerts: {
      names: [...new Set([...PULL_ALERT_NAMES, ...file.alerts.names])],
      clusterLabel: file.alerts.clusterLabel,
      tokens: file.alerts.tokens.map(toToken),
      watchdog: file.alerts.watchdog,
    },
    routes: {
      rules: file.routes.rules.map(toRoute),
      allowedChannels: file.routes.allowedChannels.map(bareChannel),
      allowedLinkHosts: file.routes.allowedLinkHosts.map((host) => host.toLowerCase()),
    },
    slack: {
      botToken: file.slack.botToken,
      signingSecret: file.slack.signingSecret,
      appToken: file.slack.appToken,
      team: file.slack.team,
      channel: bareChannel(file.slack.channel),
      apiUrl: file.slack.apiUrl.endsWith('/') ? file.slack.apiUrl : `${file.slack.apiUrl}/`,
      oncall: file.slack.oncall,
    },
    limits: file.limits,
    events: file.events,
    askRegistries: file.askRegistries,
    registries: file.registries.map(({ host, proxy, caBundle, realmHosts, allowPrivate }) => ({
      host: host.toLowerCase(),
      proxy,
      caBundle,
      realmHosts: realmHosts.map((name) => name.toLowerCase()),
      allowPrivate,
    })),
    ecr: { accounts: file.ecr.accounts.map(({ id, roleArn }) => ({ id, roleArn })) },
    targets: file.targets.map(toTarget),
    refresh: file.refresh,
    preflight: file.preflight,
    policy: toPolicy(file.policy),
    alertmanagers: file.alertmanagers.map(({ url, auth, clusters, generatorUrl }) => ({
      url: url.replace(/\/+$/, ''),
      auth: auth && { scheme: auth.scheme, username: auth.username, credential: auth.credential },
      clusters,
      generatorUrl,
    })),
  };
}

function toPolicy({ mode, rules, argoCdManualSync }: ConfigFile['policy']): PolicyConfig {
  return {
    mode,
    argoCdManualSync,
    rules: rules.map(({ name, remedies, clusters, namespaces, allowGuests, ...rule }, index) => ({
      ...rule,
      name: name ?? `rule ${index + 1}`,
      remedies,
      clusters,
      namespaces,
      allowsGuests: allowGuests,
    })),
  };
}

function toAccess(cluster: string, access: ConfigFile['clusters'][number]['access']): ClusterAccess {
  switch (access?.kind) {
    case 'eks':
      return { ...access, clusterName: access.clusterName ?? cluster };
    case 'in-cluster':
      return access;
    default:
      return {
        kind: 'kubeconfig',
        kubeconfig: access?.kubeconfig ?? defaultKubeconfig(cluster),
        context: access?.context,
      };
  }
}

function toToken(token: ConfigFile['alerts']['tokens'][number]): AlertToken {
  return {
    scheme: token.scheme,
    username: token.username,
    current: token.current,
    previous: token.previous,
    clusters: token.clusters,
  };
}

function toRoute(rule: ConfigFile['routes']['rules'][number]): Route {
  return {
    namespaces: rule.namespaces,
    clusters: rule.clusters,
    channel: rule.channel === undefined ? undefined : bareChannel(rule.channel),
    oncall: rule.oncall,
    runbook: rule.runbook,
    environment: rule.environment,
    posts: rule.posts,
  };
}

/** Slack takes `#name` and `name` alike; one form makes them comparable. */
function bareChannel(channel: string): string {
  return channel.replace(/^#/, '');
}
