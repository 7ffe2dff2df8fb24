import { readAudit } from './audit.ts';
import { allowedBy, callName, userOf } from './identity.ts';
import { healedWithinMs } from './repair.ts';
import { formatSeconds, median, type Row, storyRow } from './row.ts';
import type { Universe } from './universe.ts';

const POSTED_WITHIN_MS = 1_000;

/** What only the whole run shows, as rows of their own. */
export async function afterwards(rows: readonly Row[], universe: Universe): Promise<readonly Row[]> {
  return [
    latencyRow(rows, universe),
    healedRow(rows, universe),
    await roleRow(universe),
    await remedyRoleRow(universe),
    await doublesRow(universe),
    linesRow(universe),
  ];
}

function latencyRow(rows: readonly Row[], { options }: Universe): Row {
  const values = rows.flatMap(({ latencyMs }) => latencyMs ?? []);
  const middle = median(values);
  const name = 'notification received → message posted';
  if (middle === undefined) return storyRow(name, { skipped: 'no notification came in this run' });
  return storyRow(name, {
    message: {
      text: `median ${formatSeconds(middle)}, at most ${formatSeconds(Math.max(...values))}, over ${values.length} cases`,
    },
    // With a shorter scale looks come that much more often, and what is measured is the machine.
    problems:
      options.timeScale === 1 && middle > POSTED_WITHIN_MS
        ? [`the median is ${formatSeconds(middle)}, more than 1 s`]
        : [],
  });
}

function healedRow(rows: readonly Row[], { options }: Universe): Row {
  const values = rows.flatMap(({ healedMs }) => healedMs ?? []);
  const middle = median(values);
  const name = 'a repaired pod runs → message edited to recovered';
  if (middle === undefined) return storyRow(name, { skipped: 'nothing was repaired in this run' });
  const worst = Math.max(...values);
  const withinMs = healedWithinMs(options);
  return storyRow(name, {
    recovered: {
      text: `median ${formatSeconds(middle)}, at most ${formatSeconds(worst)}, over ${values.length} cases, none of which waited for Alertmanager`,
    },
    problems: worst > withinMs ? [`one took ${formatSeconds(worst)}, more than ${formatSeconds(withinMs)}`] : [],
  });
}

/** Every call of the whole run, held against the shipped roles. */
async function roleRow({ options, identity }: Universe): Promise<Row> {
  const name = 'no verb or resource beyond the triage role';
  if (options.auditLog === undefined) return storyRow(name, { skipped: 'no audit log was given (--audit-log)' });
  const calls = await readAudit(options.auditLog, identity.user);
  const counts = new Map<string, number>();
  const problems = new Set<string>();
  let refused = 0;
  for (const { verb, what, isAllowed } of calls) {
    const call = callName(verb, '', what);
    counts.set(call, (counts.get(call) ?? 0) + 1);
    // What is not granted is asked for once a look where a pod names it: it shows as a stated gap.
    if (!isAllowed && call === 'get secrets') refused += 1;
    else if (!identity.allowed.has(call)) problems.add(`${call}: not in the shipped roles`);
    else if (!isAllowed) problems.add(`${call}: refused by RBAC`);
  }
  const told = [...counts].sort(([, a], [, b]) => b - a).map(([call, count]) => `${call} × ${count}`);
  return storyRow(name, {
    message: { text: `${calls.length} calls: ${told.join(', ')}; ${refused} secrets refused, each a stated gap` },
    problems: calls.length === 0 ? ['the audit log knows no call of it'] : [...problems],
  });
}

/** The changes that remedies made, held against what their role grants: no verb more, none less. */
async function remedyRoleRow({ options, kubectl }: Universe): Promise<Row> {
  const name = 'remedies: what was used is what is granted';
  if (options.auditLog === undefined) return storyRow(name, { skipped: 'no audit log was given (--audit-log)' });
  const granted = await allowedBy(['pullmedic-remedy', 'pullmedic-read-pull-secrets'], kubectl);
  const calls = await readAudit(options.auditLog, userOf('pullmedic-remedy'));
  const used = new Set(calls.filter(({ isAllowed }) => isAllowed).map(({ verb, what }) => callName(verb, '', what)));
  const isWrite = (call: string) => !/^(?:get|list|watch) /.test(call);
  const excess = [...used].filter((call) => !granted.has(call));
  const unused = [...granted].filter((call) => isWrite(call) && !used.has(call));
  if (!calls.some(({ verb }) => isWrite(`${verb} `))) return storyRow(name, { skipped: 'no remedy ran in this run' });
  // Part of the rows cannot use all that is granted.
  const isWhole = options.only === undefined;
  return storyRow(name, {
    message: { text: `${calls.length} calls; written: ${[...used].filter(isWrite).sort().join(', ')}` },
    problems: [
      ...excess.map((call) => `${call}: used and not in the role`),
      ...(isWhole ? unused.map((call) => `${call}: granted and never used`) : []),
    ],
  });
}

/** No incident has two messages in one channel, restarts included. */
async function doublesRow({ slack }: Universe): Promise<Row> {
  const problems: string[] = [];
  let posts = 0;
  for (const { name } of slack.slack.workspace.channels()) {
    const tags = new Set<string>();
    for (const { tag, threadTs, ts, text } of await slack.history(name)) {
      if (tag === undefined || (threadTs !== undefined && threadTs !== ts)) continue;
      posts += 1;
      if (tags.has(tag)) problems.push(`two messages of one incident in ${name}: ${text}`);
      tags.add(tag);
    }
  }
  return storyRow('one message an incident and channel', { message: { text: `${posts} messages` }, problems });
}

/** Every first line that ever stood in Slack during the run, held against the rules. */
function linesRow({ slack }: Universe): Row {
  const { workspace } = slack.slack;
  const lines = workspace.channels().reduce((sum, { id }) => sum + workspace.messages(id).length, 0);
  return storyRow('every first line, edits and replies included', {
    message: { text: `${lines} messages and replies in ${workspace.channels().length} channels` },
    problems: [...slack.badLines],
  });
}
